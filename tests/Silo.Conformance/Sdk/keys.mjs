import assert from 'node:assert/strict';
import {
  CreateConfigurationSetCommand, CreateEmailIdentityCommand, CreateTenantCommand, CreateTenantResourceAssociationCommand, GetAccountCommand,
  GetTenantCommand, ListTenantsCommand, SendEmailCommand,
} from '@aws-sdk/client-sesv2';
import { account, answer, arn, clientWith, finish, refuses, rule } from './harness.mjs';

/** Calls what SES has no command for, and gives its answer: the body is read before the SDK makes its own of it. */
async function silo(method, path, body) {
  const by = clientWith();
  let text = '';
  by.middlewareStack.add(next => args => {
    Object.assign(args.request, { method, path, body: JSON.stringify(body) });
    if (body) Object.assign(args.request.headers, { 'content-type': 'application/json', 'content-length': String(args.request.body.length) });
    return next(args);
  }, { step: 'build', priority: 'low' });
  by.middlewareStack.add(next => async args => {
    const result = await next(args);
    const chunks = [];
    for await (const chunk of result.response.body) chunks.push(chunk);
    const bytes = Buffer.concat(chunks);
    text = bytes.toString();
    result.response.body = new Uint8Array(bytes);
    return result;
  }, { step: 'deserialize', priority: 'low' });
  await by.send(new GetAccountCommand({}));
  by.destroy();
  return JSON.parse(text);
}

async function keyOf(tenant, policy) {
  const { Credential, SecretAccessKey } = await silo('POST', '/silo/v1/credentials', { Kind: 'TENANT', TenantName: tenant, Policy: policy });
  return { id: Credential.AccessKeyId, client: clientWith({ credentials: { accessKeyId: Credential.AccessKeyId, secretAccessKey: SecretAccessKey } }) };
}

for (const tenant of ['key-acme', 'key-globex']) {
  await answer(new CreateTenantCommand({ TenantName: tenant }));
  await answer(new CreateEmailIdentityCommand({ EmailIdentity: `${tenant}.example` }));
  await answer(new CreateConfigurationSetCommand({ ConfigurationSetName: `${tenant}-mail` }));
  for (const resource of [arn('identity', `${tenant}.example`), arn('configuration-set', `${tenant}-mail`)])
    await answer(new CreateTenantResourceAssociationCommand({ TenantName: tenant, ResourceArn: resource }));
}

const mail = (from, set, tenant) => new SendEmailCommand({
  FromEmailAddress: from, ConfigurationSetName: set, TenantName: tenant, Destination: { ToAddresses: ['r@example.net'] },
  Content: { Simple: { Subject: { Data: 'Hello' }, Body: { Text: { Data: 'Hello' } } } },
});
const acme = await keyOf('key-acme');

await rule('A key of a tenant sends for its tenant, whether the call names it or not', async () => {
  for (const tenant of ['key-acme', undefined])
    assert.match((await answer(mail('a@key-acme.example', 'key-acme-mail', tenant), acme.client)).MessageId, /^[0-9a-f-]+$/);
});

await rule('It is refused for another tenant in the words of AWS, and with what is not its tenant\'s', async () => {
  await refuses(
    mail('a@key-globex.example', 'key-globex-mail', 'key-globex'), 'AccessDeniedException', 403,
    `User: arn:aws:iam::${account}:user/${acme.id} is not authorized to perform: ses:SendEmail on resource: *`, acme.client);
  await refuses(
    mail('a@key-globex.example', 'key-acme-mail'), 'AccessDeniedException', 403,
    `Tenant not associated with resources [${arn('identity', 'key-globex.example')}].`, acme.client);
});

await rule('It sees its own tenant and no other, and manages nothing', async () => {
  assert.equal((await answer(new GetTenantCommand({ TenantName: 'key-acme' }), acme.client)).Tenant.TenantName, 'key-acme');
  await refuses(new GetTenantCommand({ TenantName: 'key-globex' }), 'AccessDeniedException', 403, /ses:GetTenant/, acme.client);
  await refuses(new ListTenantsCommand({}), 'AccessDeniedException', 403, /ses:ListTenants/, acme.client);
});

await rule('A policy in the shape of IAM\'s narrows it', async () => {
  const bounded = await keyOf('key-acme', {
    Version: '2012-10-17',
    Statement: [{
      Effect: 'Allow', Action: ['ses:SendEmail'],
      Resource: [arn('identity', 'key-acme.example'), arn('configuration-set', 'key-acme-mail')],
      Condition: { StringEquals: { 'ses:TenantName': 'key-acme' }, StringLike: { 'ses:FromAddress': 'news@*' } },
    }],
  });
  await answer(mail('news@key-acme.example', 'key-acme-mail'), bounded.client);
  await refuses(mail('a@key-acme.example', 'key-acme-mail'), 'AccessDeniedException', 403, /no identity-based policy allows/, bounded.client);
});

await rule('A disabled key is unknown, at once', async () => {
  await silo('PUT', `/silo/v1/credentials/${acme.id}/status`, { Status: 'DISABLED' });
  await refuses(
    mail('a@key-acme.example', 'key-acme-mail'), 'UnrecognizedClientException', 403, 'The security token included in the request is invalid.',
    acme.client);
});

finish();
