import assert from 'node:assert/strict';
import {
  CreateConfigurationSetCommand, CreateEmailIdentityCommand, CreateTenantCommand, CreateTenantResourceAssociationCommand,
  DeleteConfigurationSetCommand, DeleteEmailIdentityCommand, DeleteTenantCommand, DeleteTenantResourceAssociationCommand, GetTenantCommand,
  ListResourceTenantsCommand, ListTenantResourcesCommand, ListTenantsCommand, PutTenantSuppressionAttributesCommand, paginateListTenants,
} from '@aws-sdk/client-sesv2';
import { account, answer, answers, arn, client, every, finish, refuses, rule } from './harness.mjs';

const unknown = 'The requested tenant <t-nobody> does not exist.';
let acme;

await rule('CreateTenant answers every member, and the ARN holds name and id', async () => {
  acme = await answer(new CreateTenantCommand({
    TenantName: 't-acme',
    Tags: [{ Key: 'plan', Value: 'gold' }],
    SuppressionAttributes: { SuppressedReasons: ['BOUNCE', 'COMPLAINT'], SuppressionScope: 'TENANT' },
  }));
  assert.match(acme.TenantId, /^tn-[0-9a-f]{30}$/);
  assert.ok(Math.abs(Date.parse(acme.CreatedTimestamp) - Date.now()) < 60_000);
  assert.deepEqual(acme, {
    TenantName: 't-acme', TenantId: acme.TenantId, TenantArn: arn('tenant', `t-acme/${acme.TenantId}`),
    CreatedTimestamp: acme.CreatedTimestamp, Tags: [{ Key: 'plan', Value: 'gold' }], SendingStatus: 'ENABLED',
    SuppressionAttributes: { SuppressedReasons: ['BOUNCE', 'COMPLAINT'], SuppressionScope: 'TENANT' },
  });
});

await rule('GetTenant answers what CreateTenant answered', () => answers(new GetTenantCommand({ TenantName: 't-acme' }), { Tenant: acme }));

await rule('A name is taken once', () => refuses(
  new CreateTenantCommand({ TenantName: 't-acme' }), 'AlreadyExistsException', 400, `Tenant with name t-acme already exists in account ${account}`));

await rule('Names have 1 to 64 letters, digits, hyphens and underscores', async () => {
  for (const name of ['', 'a b', 'a/b', 'ä', '$account', 'x'.repeat(65)])
    await refuses(new CreateTenantCommand({ TenantName: name }), 'BadRequestException', 400, /TenantName/);
});

await rule('Scope and reasons come as a pair', async () => {
  await refuses(
    new CreateTenantCommand({ TenantName: 't-x', SuppressionAttributes: { SuppressionScope: 'TENANT' } }),
    'BadRequestException', 400, /SuppressedReasons cannot be null when SuppressionScope is provided/);
  await refuses(
    new CreateTenantCommand({ TenantName: 't-x', SuppressionAttributes: { SuppressedReasons: [] } }),
    'BadRequestException', 400, /SuppressionScope is required when SuppressedReasons are provided/);
});

await rule('Tags are checked before anything is created', async () => {
  await refuses(new CreateTenantCommand({ TenantName: 't-x', Tags: [{ Key: 'aws:x', Value: '' }] }), 'BadRequestException', 400, /Tags\[0\]\.Key/);
  const many = Array.from({ length: 51 }, (_, i) => ({ Key: `k${i}`, Value: 'v' }));
  await refuses(new CreateTenantCommand({ TenantName: 't-x', Tags: many }), 'BadRequestException', 400, /Tags must have at most 50/);
  await refuses(new GetTenantCommand({ TenantName: 't-x' }), 'NotFoundException', 404, 'The requested tenant <t-x> does not exist.');
});

await rule('Suppression settings are set, replaced, cleared', async () => {
  await answers(new PutTenantSuppressionAttributesCommand({ TenantName: 't-acme', SuppressedReasons: [], SuppressionScope: 'ACCOUNT' }), {});
  assert.deepEqual(
    (await answer(new GetTenantCommand({ TenantName: 't-acme' }))).Tenant.SuppressionAttributes,
    { SuppressedReasons: [], SuppressionScope: 'ACCOUNT' });
  await answers(new PutTenantSuppressionAttributesCommand({ TenantName: 't-acme' }), {});
  assert.equal((await answer(new GetTenantCommand({ TenantName: 't-acme' }))).Tenant.SuppressionAttributes, undefined);
  await refuses(new PutTenantSuppressionAttributesCommand({ TenantName: 't-acme', SuppressionScope: 'TENANT' }), 'BadRequestException', 400, /SuppressedReasons/);
  await refuses(
    new PutTenantSuppressionAttributesCommand({ TenantName: 't-acme', SuppressedReasons: ['SPAM'], SuppressionScope: 'TENANT' }),
    'BadRequestException', 400, /SuppressedReasons\[0\]/);
  await refuses(new PutTenantSuppressionAttributesCommand({ TenantName: 't-nobody' }), 'NotFoundException', 404, unknown);
});

await rule('ListTenants pages in the order of names and filters', async () => {
  for (const name of ['t-page-a', 't-page-b', 't-page-c']) await answer(new CreateTenantCommand({ TenantName: name }));
  const filter = { TENANT_NAME_CONTAINS: 't-page', SENDING_STATUS: 'ENABLED' };
  const first = await answer(new ListTenantsCommand({ Filter: filter, PageSize: 2 }));
  assert.deepEqual(first.Tenants.map(t => t.TenantName), ['t-page-a', 't-page-b']);
  assert.deepEqual(Object.keys(first.Tenants[0]).sort(), ['CreatedTimestamp', 'SendingStatus', 'TenantArn', 'TenantId', 'TenantName']);
  assert.match(first.NextToken, /^[A-Za-z0-9+/]+=*$/);
  const second = await answer(new ListTenantsCommand({ Filter: filter, PageSize: 2, NextToken: first.NextToken }));
  assert.deepEqual(second.Tenants.map(t => t.TenantName), ['t-page-c']);
  assert.equal(second.NextToken, undefined);
  const all = await every(paginateListTenants({ client, pageSize: 1 }, { Filter: filter }), 'Tenants');
  assert.equal(all.length, 3);
  assert.deepEqual(await answer(new ListTenantsCommand({ Filter: { SENDING_STATUS: 'DISABLED', TENANT_NAME_CONTAINS: 't-page' } })), { Tenants: [] });

  // A token belongs to its filter.
  await refuses(new ListTenantsCommand({ PageSize: 2, NextToken: first.NextToken }), 'BadRequestException', 400, /NextToken/);
  await refuses(new ListTenantsCommand({ NextToken: '%%%' }), 'BadRequestException', 400, /NextToken/);
  await refuses(new ListTenantsCommand({ PageSize: 1001 }), 'BadRequestException', 400, /PageSize/);
  await refuses(new ListTenantsCommand({ Filter: { COLOR: 'x' } }), 'BadRequestException', 400, /COLOR/);
  await refuses(new ListTenantsCommand({ Filter: { SENDING_STATUS: 'PAUSED' } }), 'BadRequestException', 400, /SENDING_STATUS/);
});

const identity = arn('identity', 't-mail.example');
const set = arn('configuration-set', 't-set');

await rule('Resources are associated, listed from both sides, and dissociated', async () => {
  await answer(new CreateEmailIdentityCommand({ EmailIdentity: 't-mail.example' }));
  await answer(new CreateConfigurationSetCommand({ ConfigurationSetName: 't-set' }));
  for (const ResourceArn of [identity, set]) await answers(new CreateTenantResourceAssociationCommand({ TenantName: 't-acme', ResourceArn }), {});
  await answers(new CreateTenantResourceAssociationCommand({ TenantName: 't-page-a', ResourceArn: set }), {});
  await answers(new ListTenantResourcesCommand({ TenantName: 't-acme' }), { TenantResources: [
    { ResourceType: 'CONFIGURATION_SET', ResourceArn: set }, { ResourceType: 'EMAIL_IDENTITY', ResourceArn: identity }] });
  for (const type of ['EMAIL_IDENTITY', 'identity'])
    await answers(new ListTenantResourcesCommand({ TenantName: 't-acme', Filter: { RESOURCE_TYPE: type } }),
      { TenantResources: [{ ResourceType: 'EMAIL_IDENTITY', ResourceArn: identity }] });
  const page = await answer(new ListTenantResourcesCommand({ TenantName: 't-acme', PageSize: 1 }));
  assert.equal(page.TenantResources.length, 1);
  await answers(new ListTenantResourcesCommand({ TenantName: 't-acme', PageSize: 1, NextToken: page.NextToken }),
    { TenantResources: [{ ResourceType: 'EMAIL_IDENTITY', ResourceArn: identity }] });

  const { ResourceTenants: rows } = await answer(new ListResourceTenantsCommand({ ResourceArn: set, PageSize: 10 }));
  assert.deepEqual(rows.map(r => [r.TenantName, r.ResourceArn]), [['t-acme', set], ['t-page-a', set]]);
  assert.equal(rows[0].TenantId, acme.TenantId);
  assert.ok(Date.parse(rows[0].AssociatedTimestamp) > 0);
});

await rule('Associations are refused in the order of the service', async () => {
  const associate = ResourceArn => new CreateTenantResourceAssociationCommand({ TenantName: 't-acme', ResourceArn });
  await refuses(associate('t-mail.example'), 'BadRequestException', 400, 'Provided resource identifier is not an SES resource');
  await refuses(associate('arn:aws:sns:us-east-1:1:topic'), 'BadRequestException', 400, 'Provided ARN is not in SES resource ARN format');
  await refuses(associate(arn('contact-list', 'x')), 'BadRequestException', 400, 'Unsupported resource type: contact-list');
  await refuses(associate(set.replace(/ses:[^:]+/, 'ses:mars-1')), 'BadRequestException', 400, /must be in the same region$/);
  await refuses(associate(set.replace(account, '999999999999')), 'BadRequestException', 400, /must be in the same account$/);
  await refuses(associate(arn('identity', 'nowhere.example')), 'NotFoundException', 404, /nowhere\.example/);
  await refuses(associate(set), 'AlreadyExistsException', 400, /t-set/);
  await refuses(new CreateTenantResourceAssociationCommand({ TenantName: 't-nobody', ResourceArn: set }), 'NotFoundException', 404, unknown);
  await refuses(new ListTenantResourcesCommand({ TenantName: 't-nobody' }), 'NotFoundException', 404, unknown);
  await refuses(new ListTenantResourcesCommand({ TenantName: 't-acme', Filter: { RESOURCE_TYPE: 'POOL' } }), 'BadRequestException', 400, /RESOURCE_TYPE/);
  await refuses(new ListResourceTenantsCommand({ ResourceArn: arn('identity', 'nowhere.example') }), 'NotFoundException', 404, /nowhere/);
});

await rule('What tenants use cannot be deleted', async () => {
  const text = resource => `Cannot delete ${resource} because it has tenant associations. Remove all tenant associations and try again.`;
  await refuses(new DeleteEmailIdentityCommand({ EmailIdentity: 't-mail.example' }), 'BadRequestException', 400, text(identity));
  await refuses(new DeleteConfigurationSetCommand({ ConfigurationSetName: 't-set' }), 'BadRequestException', 400, text(set));
});

await rule('Removing an association that does not exist succeeds', async () => {
  for (let i = 0; i < 2; i++) await answers(new DeleteTenantResourceAssociationCommand({ TenantName: 't-acme', ResourceArn: identity }), {});
  await answers(new DeleteEmailIdentityCommand({ EmailIdentity: 't-mail.example' }), {});
  await refuses(new DeleteTenantResourceAssociationCommand({ TenantName: 't-nobody', ResourceArn: set }), 'NotFoundException', 404, unknown);
});

await rule('A deleted tenant is gone with its associations; its name gives a new id', async () => {
  await answers(new DeleteTenantCommand({ TenantName: 't-acme' }), {});
  await refuses(new DeleteTenantCommand({ TenantName: 't-acme' }), 'NotFoundException', 404, 'The requested tenant <t-acme> does not exist.');
  await refuses(new GetTenantCommand({ TenantName: 't-acme' }), 'NotFoundException', 404, 'The requested tenant <t-acme> does not exist.');
  await answers(new DeleteTenantCommand({ TenantName: 't-page-a' }), {});
  await answers(new ListResourceTenantsCommand({ ResourceArn: set }), { ResourceTenants: [] });
  await answers(new DeleteConfigurationSetCommand({ ConfigurationSetName: 't-set' }), {});
  const again = await answer(new CreateTenantCommand({ TenantName: 't-acme' }));
  assert.notEqual(again.TenantId, acme.TenantId);
  assert.deepEqual(again.Tags, []);
  assert.equal(again.SuppressionAttributes, undefined);
});

finish();
