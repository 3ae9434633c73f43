import assert from 'node:assert/strict';
import {
  CreateTenantCommand, GetReputationEntityCommand, GetTenantCommand, ListRecommendationsCommand, ListReputationEntitiesCommand,
  UpdateReputationEntityCustomerManagedStatusCommand, UpdateReputationEntityPolicyCommand,
} from '@aws-sdk/client-sesv2';
import { account, answer, answers, arn, finish, policy, refuses, region, rule } from './harness.mjs';

const { TenantArn: tenant, TenantId: id } = await answer(new CreateTenantCommand({ TenantName: 'r-acme' }));
const entity = reference => ({ ReputationEntityType: 'RESOURCE', ReputationEntityReference: reference });
const get = async () => (await answer(new GetReputationEntityCommand(entity(tenant)))).ReputationEntity;
const status = (SendingStatus, reference = tenant) => new UpdateReputationEntityCustomerManagedStatusCommand({ ...entity(reference), SendingStatus });
const nobody = arn('tenant', 'r-nobody/tn-000000000000000000000000000000');

await rule('A new tenant is enabled by both records, under the standard policy', async () => {
  const found = await get();
  const { CustomerManagedStatus: customer, AwsSesManagedStatus: platform, ...rest } = found;
  assert.deepEqual(rest, {
    ReputationEntityReference: tenant, ReputationEntityType: 'RESOURCE', ReputationManagementPolicy: policy('standard'), SendingStatusAggregate: 'ENABLED',
  });
  for (const record of [customer, platform]) {
    assert.equal(record.Status, 'ENABLED');
    assert.ok(Date.parse(record.LastUpdatedTimestamp) > 0);
  }
});

await rule('The id is the key: the name in the ARN is not looked at', async () => {
  const other = await answer(new GetReputationEntityCommand(entity(arn('tenant', `whatever/${id}`))));
  assert.equal(other.ReputationEntity.ReputationEntityReference, tenant);
});

await rule('A pause by the owner shows at once, and so does the end of it', async () => {
  await answers(status('DISABLED'), {});
  const paused = await get();
  assert.equal(paused.SendingStatusAggregate, 'DISABLED');
  assert.deepEqual([paused.CustomerManagedStatus.Status, paused.CustomerManagedStatus.Cause], ['DISABLED', 'Status manually updated.']);
  assert.equal((await answer(new GetTenantCommand({ TenantName: 'r-acme' }))).Tenant.SendingStatus, 'DISABLED');
  const listed = await answer(new ListReputationEntitiesCommand({ Filter: { SENDING_STATUS: 'DISABLED', ENTITY_REFERENCE_PREFIX: arn('tenant', 'r-') } }));
  assert.deepEqual(listed.ReputationEntities, [paused]);
  await answers(status('DISABLED'), {});
  await answers(status('ENABLED'), {});
  assert.equal((await get()).SendingStatusAggregate, 'ENABLED');
  await answers(status('REINSTATED'), {});
  assert.equal((await get()).SendingStatusAggregate, 'REINSTATED');
  await answers(status('ENABLED'), {});
});

await rule('Policies are the three of the service', async () => {
  for (const name of ['strict', 'none', 'standard']) {
    await answers(new UpdateReputationEntityPolicyCommand({ ...entity(tenant), ReputationEntityPolicy: policy(name) }), {});
    assert.equal((await get()).ReputationManagementPolicy, policy(name));
  }
  for (const bad of ['strict', policy('lenient'), policy('strict').replace(':aws:reputation', `:${account}:reputation`), policy('strict').replace(region, 'mars-1')])
    await refuses(new UpdateReputationEntityPolicyCommand({ ...entity(tenant), ReputationEntityPolicy: bad }), 'BadRequestException', 400, /ReputationEntityPolicy/);
});

await rule('Unknown entities are NotFound for Get and BadRequest for changes', async () => {
  await refuses(new GetReputationEntityCommand(entity(nobody)), 'NotFoundException', 404, /r-nobody/);
  await refuses(status('ENABLED', nobody), 'BadRequestException', 400, /r-nobody/);
  await refuses(new UpdateReputationEntityPolicyCommand({ ...entity(nobody), ReputationEntityPolicy: policy('none') }), 'BadRequestException', 400, /r-nobody/);
  for (const bad of ['x', arn('tenant', id), arn('identity', 'a.example')])
    await refuses(new GetReputationEntityCommand(entity(bad)), 'BadRequestException', 400, /ReputationEntityReference/);
  await refuses(
    new GetReputationEntityCommand({ ReputationEntityType: 'PLANET', ReputationEntityReference: tenant }), 'BadRequestException', 400, /ReputationEntityType/);
  await refuses(status('PAUSED'), 'BadRequestException', 400, /SendingStatus/);
});

await rule('ListReputationEntities pages, and refuses what it does not know', async () => {
  for (const name of ['r-p1', 'r-p2']) await answer(new CreateTenantCommand({ TenantName: name }));
  const Filter = { ENTITY_TYPE: 'RESOURCE', ENTITY_REFERENCE_PREFIX: arn('tenant', 'r-p') };
  const first = await answer(new ListReputationEntitiesCommand({ Filter, PageSize: 1 }));
  const second = await answer(new ListReputationEntitiesCommand({ Filter, PageSize: 1, NextToken: first.NextToken }));
  assert.deepEqual([first, second].flatMap(p => p.ReputationEntities.map(e => e.ReputationEntityReference.split('/')[1])), ['r-p1', 'r-p2']);
  assert.equal(second.NextToken, undefined);
  await answers(new ListReputationEntitiesCommand({ Filter: { REPUTATION_IMPACT: 'HIGH' } }), { ReputationEntities: [] });
  await refuses(new ListReputationEntitiesCommand({ Filter: { REPUTATION_IMPACT: 'HUGE' } }), 'BadRequestException', 400, /REPUTATION_IMPACT/);
  await refuses(new ListReputationEntitiesCommand({ NextToken: first.NextToken }), 'BadRequestException', 400, /NextToken/);
});

await rule('A clean tenant has no recommendations', async () => {
  await answers(new ListRecommendationsCommand({ Filter: { RESOURCE_ARN: tenant }, PageSize: 100 }), { Recommendations: [] });
  await answers(new ListRecommendationsCommand({}), { Recommendations: [] });
  await answers(new ListRecommendationsCommand({ Filter: { STATUS: 'OPEN', IMPACT: 'HIGH' } }), { Recommendations: [] });
  await refuses(new ListRecommendationsCommand({ Filter: { RESOURCE_ARN: nobody } }), 'NotFoundException', 404, /r-nobody/);
  await refuses(new ListRecommendationsCommand({ Filter: { TYPE: 'BOUNCE', IMPACT: 'HIGH' } }), 'BadRequestException', 400, /Filter/);
  await refuses(new ListRecommendationsCommand({ PageSize: 101 }), 'BadRequestException', 400, /PageSize/);
});

finish();
