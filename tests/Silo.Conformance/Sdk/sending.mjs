import assert from 'node:assert/strict';
import {
  CreateConfigurationSetCommand, CreateEmailIdentityCommand, CreateTenantCommand, CreateTenantResourceAssociationCommand,
  DeleteTenantResourceAssociationCommand, GetAccountCommand, PutAccountSendingAttributesCommand, PutConfigurationSetSendingOptionsCommand,
  SendEmailCommand, UpdateReputationEntityCustomerManagedStatusCommand,
} from '@aws-sdk/client-sesv2';
import { account, answer, answers, arn, finish, refuses, rule } from './harness.mjs';

const { TenantArn: tenant } = await answer(new CreateTenantCommand({ TenantName: 's-acme' }));
await answer(new CreateEmailIdentityCommand({ EmailIdentity: 's-acme.example' }));
await answer(new CreateConfigurationSetCommand({ ConfigurationSetName: 's-set' }));
const identity = arn('identity', 's-acme.example');
const set = arn('configuration-set', 's-set');
for (const ResourceArn of [identity, set]) await answer(new CreateTenantResourceAssociationCommand({ TenantName: 's-acme', ResourceArn }));

const simple = { Subject: { Data: 'Hello ✓', Charset: 'UTF-8' }, Body: { Text: { Data: 'Hi Ann' }, Html: { Data: '<p>Hi Ann</p>' } } };
const base = {
  FromEmailAddress: 'Acme <news@s-acme.example>', Destination: { ToAddresses: ['success@simulator.amazonses.com'] },
  ConfigurationSetName: 's-set', TenantName: 's-acme', Content: { Simple: simple },
};
const mail = change => new SendEmailCommand({ ...base, ...change });
const withSimple = change => mail({ Content: { Simple: { ...simple, ...change } } });
const messageId = /^[0-9a-f]{16}-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}-[0-9]{6}$/;
const sends = async command => assert.match((await answer(command)).MessageId, messageId);

await rule('Simple content with headers, attachments and tags is accepted', async () => {
  await sends(mail({
    ReplyToAddresses: ['help@s-acme.example'], EmailTags: [{ Name: 'campaign', Value: 'spring' }, { Name: 'ses:feedback-id-a', Value: 'x' }],
    FromEmailAddressIdentityArn: identity, FeedbackForwardingEmailAddress: 'bounce@s-acme.example', FeedbackForwardingEmailAddressIdentityArn: identity,
    ConfigurationOverrides: { Tracking: { OpenTrackingEnabled: 'DISABLED', ClickTrackingEnabled: 'ENABLED' } },
    Content: { Simple: { ...simple, Headers: [{ Name: 'X-Campaign', Value: '42' }],
      Attachments: [{ RawContent: Buffer.from('a,b\n1,2\n'), FileName: 't.csv', ContentType: 'text/csv', ContentDisposition: 'INLINE', ContentId: 'c1' }] } },
  }));
});

await rule('Raw content takes sender and recipients from its own headers', async () => {
  const raw = 'From: news@s-acme.example\r\nTo: success@simulator.amazonses.com\r\nSubject: Raw\r\n\r\nHi\r\n';
  await sends(new SendEmailCommand({ TenantName: 's-acme', ConfigurationSetName: 's-set', Content: { Raw: { Data: Buffer.from(raw) } } }));
});

await rule('The account sends too, without a tenant', () => sends(mail({ TenantName: undefined, ConfigurationSetName: undefined })));

await rule('A subdomain is covered by the identity of its parent', () => sends(mail({ FromEmailAddress: 'a@deep.sub.s-acme.example' })));

await rule('Three megabytes of attachment go through', () => sends(
  withSimple({ Attachments: [{ RawContent: Buffer.alloc(3 << 20, 7), FileName: 'big.bin' }] })));

await rule('What was sent is counted', async () => {
  const { SendQuota } = await answer(new GetAccountCommand({}));
  assert.ok(SendQuota.SentLast24Hours >= 5, String(SendQuota.SentLast24Hours));
});

await rule('Shape is checked first, and each error names its member', async () => {
  const header = (Name, Value) => withSimple({ Headers: [{ Name, Value }] });
  const file = change => withSimple({ Attachments: [{ RawContent: Buffer.from('x'), FileName: 'x', ...change }] });
  const cases = [
    [mail({ Content: {} }), /Content must have exactly one/],
    [mail({ Content: { Simple: simple, Raw: { Data: Buffer.from('x') } } }), /exactly one/],
    [mail({ Destination: {} }), /Destination/],
    [mail({ Destination: { ToAddresses: Array.from({ length: 51 }, (_, i) => `a${i}@b.example`) } }), /at most 50 recipients/],
    [mail({ FromEmailAddress: undefined }), /FromEmailAddress/],
    [mail({ FromEmailAddress: 'no address' }), /./],
    [mail({ FromEmailAddressIdentityArn: 'x' }), /FromEmailAddressIdentityArn/],
    [mail({ EmailTags: [{ Name: 'a b', Value: 'x' }] }), /EmailTags\[0\]\.Name/],
    [mail({ EmailTags: [{ Name: 'ses:other', Value: 'x' }] }), /EmailTags\[0\]\.Name/],
    [mail({ TenantName: 'a b' }), /TenantName/],
    [mail({ ListManagementOptions: {} }), /ListManagementOptions.ContactListName is required/],
    [mail({ ConfigurationOverrides: { Tracking: { OpenTrackingEnabled: 'ON' } } }), /ConfigurationOverrides\.Tracking\.OpenTrackingEnabled/],
    [withSimple({ Subject: undefined }), /Content\.Simple\.Subject/],
    [withSimple({ Body: {} }), /Content\.Simple\.Body/],
    [header('Subject', 'x'), /Headers\[0\]\.Name/],
    [header('X:Y', 'x'), /Headers\[0\]\.Name/],
    [header('X-Y', 'a\r\nBcc: b'), /Headers\[0\]\.Value/],
    [withSimple({ Headers: Array.from({ length: 16 }, (_, i) => ({ Name: `X-${i}`, Value: 'v' })) }), /Headers must have at most 15/],
    [file({ FileName: '' }), /Attachments\[0\]\.FileName/],
    [file({ ContentDisposition: 'POPUP' }), /Attachments\[0\]\.ContentDisposition/],
    [file({ ContentId: 'a\r\nb' }), /Attachments\[0\]\.ContentId/],
    [mail({ Content: { Template: { TemplateName: 'a', TemplateContent: { Text: 'x' } } } }), /Content\.Template/],
    [mail({ Content: { Template: { TemplateName: 'a', TemplateData: '[1]' } } }), /TemplateData must be a JSON object/],
  ];
  for (const [command, text] of cases) await refuses(command, 'BadRequestException', 400, text);
});

await rule('Checks go in the order of the service: tenant, then associations', async () => {
  await refuses(mail({ TenantName: 's-nobody' }), 'NotFoundException', 404, `Tenant s-nobody for AwsAccountId ${account} not found.`);
  await answer(new CreateEmailIdentityCommand({ EmailIdentity: 'alone@s-acme.example' }));
  await answer(new CreateConfigurationSetCommand({ ConfigurationSetName: 's-other' }));
  await refuses(
    mail({ FromEmailAddress: 'alone@s-acme.example', ConfigurationSetName: 's-other' }), 'AccessDeniedException', 403,
    `Tenant not associated with resources [${arn('identity', 'alone@s-acme.example')}, ${arn('configuration-set', 's-other')}].`);
  await answers(new DeleteTenantResourceAssociationCommand({ TenantName: 's-acme', ResourceArn: identity }), {});
  await refuses(mail({}), 'AccessDeniedException', 403, `Tenant not associated with resources [${identity}].`);
  await answers(new CreateTenantResourceAssociationCommand({ TenantName: 's-acme', ResourceArn: identity }), {});
});

await rule('Unknown sets and identities are told apart', async () => {
  await refuses(mail({ TenantName: undefined, ConfigurationSetName: 's-none' }), 'NotFoundException', 404, /s-none/);
  await refuses(
    mail({ TenantName: undefined, FromEmailAddress: 'a@stranger.example' }), 'MessageRejected', 400,
    /^Email address is not verified\. The following identities failed the check in region .*stranger\.example/);
});

await rule('A paused tenant sends nothing, from the answer on', async () => {
  const set = SendingStatus => new UpdateReputationEntityCustomerManagedStatusCommand(
    { ReputationEntityType: 'RESOURCE', ReputationEntityReference: tenant, SendingStatus });
  await answers(set('DISABLED'), {});
  await refuses(mail({}), 'MessageRejected', 400, `Sending disabled for ${tenant}.`);
  await answers(set('ENABLED'), {});
  await sends(mail({}));
});

await rule('Switches of configuration set and account stop sends', async () => {
  await answers(new PutConfigurationSetSendingOptionsCommand({ ConfigurationSetName: 's-set', SendingEnabled: false }), {});
  await refuses(mail({}), 'SendingPausedException', 400, /s-set/);
  await answers(new PutConfigurationSetSendingOptionsCommand({ ConfigurationSetName: 's-set', SendingEnabled: true }), {});
  await answers(new PutAccountSendingAttributesCommand({ SendingEnabled: false }), {});
  await refuses(mail({}), 'SendingPausedException', 400, /account/);
  await answers(new PutAccountSendingAttributesCommand({ SendingEnabled: true }), {});
  await sends(mail({}));
});

finish();
