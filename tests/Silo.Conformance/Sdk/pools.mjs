import assert from 'node:assert/strict';
import {
  CreateConfigurationSetCommand, CreateDedicatedIpPoolCommand, DeleteConfigurationSetCommand, DeleteDedicatedIpPoolCommand, GetAccountCommand,
  GetConfigurationSetCommand, GetDedicatedIpCommand, GetDedicatedIpPoolCommand, GetDedicatedIpsCommand, ListDedicatedIpPoolsCommand,
  ListTagsForResourceCommand, PutAccountDedicatedIpWarmupAttributesCommand, PutConfigurationSetDeliveryOptionsCommand,
  PutDedicatedIpInPoolCommand, PutDedicatedIpPoolScalingAttributesCommand, PutDedicatedIpWarmupAttributesCommand, TagResourceCommand,
  UntagResourceCommand, paginateGetDedicatedIps, paginateListDedicatedIpPools,
} from '@aws-sdk/client-sesv2';
import { answer, answers, arn, client, every, finish, refuses, rule, silo } from './harness.mjs';

const pool = async PoolName => (await answer(new GetDedicatedIpPoolCommand({ PoolName }))).DedicatedIpPool;
const ip = async Ip => (await answer(new GetDedicatedIpCommand({ Ip }))).DedicatedIp;

await rule('Pools are created, STANDARD unless told otherwise, once, and shown', async () => {
  await answers(new CreateDedicatedIpPoolCommand({ PoolName: 'p-news' }), {});
  await answers(new CreateDedicatedIpPoolCommand({ PoolName: 'p-alerts', ScalingMode: 'STANDARD', Tags: [{ Key: 'a', Value: 'b' }] }), {});
  await answers(new CreateDedicatedIpPoolCommand({ PoolName: 'p-managed', ScalingMode: 'MANAGED' }), {});
  assert.deepEqual(await pool('p-news'), { PoolName: 'p-news', ScalingMode: 'STANDARD' });
  assert.deepEqual(await pool('p-managed'), { PoolName: 'p-managed', ScalingMode: 'MANAGED' });
  await refuses(new CreateDedicatedIpPoolCommand({ PoolName: 'p-news' }), 'AlreadyExistsException', 400, 'Dedicated IP pool p-news already exists.');
  await refuses(new GetDedicatedIpPoolCommand({ PoolName: 'p-none' }), 'NotFoundException', 404, 'Dedicated IP pool p-none does not exist.');
});

await rule('What a pool is given is checked by member', async () => {
  const cases = [
    [{ PoolName: 'a b' }, /PoolName must have 1 to 64/],
    [{ PoolName: 'x'.repeat(65) }, /PoolName must have 1 to 64/],
    [{ PoolName: '' }, /PoolName must not be empty/],
    [{}, /PoolName is required/],
    [{ PoolName: 'p-bad', ScalingMode: 'AUTO' }, /ScalingMode must be one of STANDARD, MANAGED/],
    [{ PoolName: 'p-bad', Tags: [{ Key: 'aws:x', Value: '' }] }, /Tags\[0\]\.Key/],
  ];
  for (const [members, text] of cases) await refuses(new CreateDedicatedIpPoolCommand(members), 'BadRequestException', 400, text);
});

await rule('The implicit pools are there without being listed, and stay as they are', async () => {
  for (const PoolName of ['ses-default-dedicated-pool', 'ses-shared-pool']) {
    assert.deepEqual(await pool(PoolName), { PoolName, ScalingMode: 'STANDARD' });
    await refuses(new CreateDedicatedIpPoolCommand({ PoolName }), 'AlreadyExistsException', 400, /already exists/);
    await refuses(new DeleteDedicatedIpPoolCommand({ PoolName }), 'BadRequestException', 400, /cannot be deleted/);
    await refuses(new PutDedicatedIpPoolScalingAttributesCommand({ PoolName, ScalingMode: 'MANAGED' }), 'BadRequestException', 400, /cannot be converted/);
  }
});

await rule('Pools are listed by name, page by page', async () => {
  const first = await answer(new ListDedicatedIpPoolsCommand({ PageSize: 1 }));
  assert.equal(first.DedicatedIpPools.length, 1);
  const all = await every(paginateListDedicatedIpPools({ client, pageSize: 1 }, {}), 'DedicatedIpPools');
  assert.deepEqual(all.filter(n => n.startsWith('p-')), ['p-alerts', 'p-managed', 'p-news']);
  assert.equal(all.some(n => n.startsWith('ses-')), false);
  await refuses(new ListDedicatedIpPoolsCommand({ PageSize: 1001 }), 'BadRequestException', 400, /PageSize/);
  await refuses(new ListDedicatedIpPoolsCommand({ NextToken: 'abc' }), 'BadRequestException', 400, /NextToken/);
});

await rule('Pools carry tags', async () => {
  const ResourceArn = arn('dedicated-ip-pool', 'p-alerts');
  await answers(new ListTagsForResourceCommand({ ResourceArn }), { Tags: [{ Key: 'a', Value: 'b' }] });
  await answers(new TagResourceCommand({ ResourceArn, Tags: [{ Key: 'c', Value: 'd' }] }), {});
  await answers(new UntagResourceCommand({ ResourceArn, TagKeys: ['a'] }), {});
  await answers(new ListTagsForResourceCommand({ ResourceArn }), { Tags: [{ Key: 'c', Value: 'd' }] });
  for (const name of ['p-none', 'ses-shared-pool'])
    await refuses(new ListTagsForResourceCommand({ ResourceArn: arn('dedicated-ip-pool', name) }), 'NotFoundException', 404, /does not exist/);
});

await rule('A pool turns from STANDARD to MANAGED and never back', async () => {
  const put = (PoolName, ScalingMode) => new PutDedicatedIpPoolScalingAttributesCommand({ PoolName, ScalingMode });
  await answers(new CreateDedicatedIpPoolCommand({ PoolName: 'p-turned' }), {});
  await answers(put('p-turned', 'STANDARD'), {});
  await answers(put('p-turned', 'MANAGED'), {});
  await answers(put('p-turned', 'MANAGED'), {});
  assert.equal((await pool('p-turned')).ScalingMode, 'MANAGED');
  await refuses(put('p-turned', 'STANDARD'), 'BadRequestException', 400, 'Dedicated IP pool p-turned is MANAGED and cannot be converted to STANDARD.');
  await refuses(put('p-turned', 'AUTO'), 'BadRequestException', 400, /ScalingMode/);
  await refuses(put('p-turned'), 'BadRequestException', 400, /ScalingMode is required/);
  await refuses(put('p-none', 'MANAGED'), 'NotFoundException', 404, /p-none/);
  await answers(new DeleteDedicatedIpPoolCommand({ PoolName: 'p-turned' }), {});
});

await rule('Addresses that were added are shown with pool and warm-up, and moved', async () => {
  await silo('PUT', '/silo/v1/dedicated-ips/192.0.2.10', { PoolName: 'p-news', HelloName: 'm.example.com' });
  await silo('PUT', '/silo/v1/dedicated-ips/192.0.2.11', { PoolName: 'p-managed', HelloName: 'm.example.com' });
  await silo('PUT', '/silo/v1/dedicated-ips/2001%3Adb8%3A%3A1', { HelloName: 'm.example.com' });
  assert.deepEqual(await ip('192.0.2.10'), { Ip: '192.0.2.10', WarmupStatus: 'IN_PROGRESS', WarmupPercentage: 1, PoolName: 'p-news' });
  assert.deepEqual(await ip('192.0.2.11'), { Ip: '192.0.2.11', WarmupStatus: 'NOT_APPLICABLE', WarmupPercentage: -1, PoolName: 'p-managed' });
  assert.equal((await ip('2001:db8::1')).PoolName, 'ses-default-dedicated-pool');
  const move = (Ip, DestinationPoolName) => new PutDedicatedIpInPoolCommand({ Ip, DestinationPoolName });
  await answers(move('192.0.2.10', 'p-alerts'), {});
  assert.equal((await ip('192.0.2.10')).PoolName, 'p-alerts');
  await answers(move('192.0.2.10', 'ses-default-dedicated-pool'), {});
  assert.equal((await ip('192.0.2.10')).PoolName, 'ses-default-dedicated-pool');
  await answers(move('192.0.2.10', 'p-news'), {});
  await refuses(move('192.0.2.10', 'p-none'), 'NotFoundException', 404, 'Dedicated IP pool p-none does not exist.');
  await refuses(move('192.0.2.77', 'p-news'), 'NotFoundException', 404, 'Dedicated IP 192.0.2.77 does not exist.');
  await refuses(move('192.0.2.10', 'ses-shared-pool'), 'BadRequestException', 400, /DestinationPoolName/);
  await refuses(move('192.0.2.10'), 'BadRequestException', 400, /DestinationPoolName is required/);
  await refuses(move('nonsense', 'p-news'), 'BadRequestException', 400, /Ip must be/);
  await refuses(new GetDedicatedIpCommand({ Ip: '192.0.2.77' }), 'NotFoundException', 404, 'Dedicated IP 192.0.2.77 does not exist.');
});

await rule('Addresses are listed, of one pool or of all, page by page', async () => {
  await answers(new GetDedicatedIpsCommand({ PoolName: 'p-news', PageSize: 10 }), {
    DedicatedIps: [{ Ip: '192.0.2.10', WarmupStatus: 'IN_PROGRESS', WarmupPercentage: 1, PoolName: 'p-news' }] });
  const all = await every(paginateGetDedicatedIps({ client, pageSize: 1 }, {}), 'DedicatedIps');
  assert.deepEqual(all.map(i => i.Ip), ['192.0.2.10', '192.0.2.11', '2001:db8::1']);
  await answers(new GetDedicatedIpsCommand({ PoolName: 'ses-shared-pool' }), { DedicatedIps: [] });
  await refuses(new GetDedicatedIpsCommand({ PoolName: 'p-none' }), 'NotFoundException', 404, /p-none/);
  const { NextToken } = await answer(new GetDedicatedIpsCommand({ PageSize: 1 }));
  await refuses(new GetDedicatedIpsCommand({ NextToken, PoolName: 'p-news' }), 'BadRequestException', 400, /NextToken/);
});

await rule('A warm-up is set to a percentage, ended by 100 and taken up again by less', async () => {
  const put = (Ip, WarmupPercentage) => new PutDedicatedIpWarmupAttributesCommand({ Ip, WarmupPercentage });
  const state = async () => { const { WarmupStatus, WarmupPercentage } = await ip('192.0.2.10'); return [WarmupStatus, WarmupPercentage]; };
  for (const [set, shown] of [[40, ['IN_PROGRESS', 40]], [100, ['DONE', 100]], [99, ['IN_PROGRESS', 99]], [0, ['IN_PROGRESS', 1]]]) {
    await answers(put('192.0.2.10', set), {});
    assert.deepEqual(await state(), shown);
  }
  for (const bad of [-1, 101]) await refuses(put('192.0.2.10', bad), 'BadRequestException', 400, /WarmupPercentage must be 0 to 100/);
  await refuses(put('192.0.2.10'), 'BadRequestException', 400, /WarmupPercentage is required/);
  await refuses(put('192.0.2.77', 5), 'NotFoundException', 404, /192\.0\.2\.77/);
  await refuses(put('192.0.2.11', 5), 'BadRequestException', 400, /managed pool/);
});

await rule('Without automatic warm-up new addresses are warm, and a warm-up under way goes on', async () => {
  await answers(new PutAccountDedicatedIpWarmupAttributesCommand({}), {});
  assert.equal((await answer(new GetAccountCommand({}))).DedicatedIpAutoWarmupEnabled, false);
  await silo('PUT', '/silo/v1/dedicated-ips/192.0.2.12', { HelloName: 'm.example.com' });
  assert.deepEqual(await ip('192.0.2.12'), { Ip: '192.0.2.12', WarmupStatus: 'DONE', WarmupPercentage: 100, PoolName: 'ses-default-dedicated-pool' });
  assert.equal((await ip('192.0.2.10')).WarmupStatus, 'IN_PROGRESS');
  await answers(new PutAccountDedicatedIpWarmupAttributesCommand({ AutoWarmupEnabled: true }), {});
  assert.equal((await answer(new GetAccountCommand({}))).DedicatedIpAutoWarmupEnabled, true);
  assert.equal((await ip('192.0.2.12')).WarmupStatus, 'DONE');
});

await rule('Delivery options of a set are replaced as a whole and name a pool that exists', async () => {
  const ConfigurationSetName = 'p-set';
  const put = members => new PutConfigurationSetDeliveryOptionsCommand({ ConfigurationSetName, ...members });
  const options = async () => (await answer(new GetConfigurationSetCommand({ ConfigurationSetName }))).DeliveryOptions;
  await answers(new CreateConfigurationSetCommand({ ConfigurationSetName }), {});
  await answers(put({ TlsPolicy: 'REQUIRE', SendingPoolName: 'p-news', MaxDeliverySeconds: 300 }), {});
  assert.deepEqual(await options(), { TlsPolicy: 'REQUIRE', SendingPoolName: 'p-news', MaxDeliverySeconds: 300 });
  await answers(put({ SendingPoolName: 'ses-shared-pool' }), {});
  assert.deepEqual(await options(), { SendingPoolName: 'ses-shared-pool' });
  await refuses(put({ SendingPoolName: 'p-none' }), 'NotFoundException', 404, 'Dedicated IP pool p-none does not exist.');
  await refuses(put({ SendingPoolName: '' }), 'BadRequestException', 400, /SendingPoolName must not be empty/);
  await refuses(put({ TlsPolicy: 'MAYBE' }), 'BadRequestException', 400, /detected: TlsPolicy must be one of/);
  for (const seconds of [299, 50401]) await refuses(put({ MaxDeliverySeconds: seconds }), 'BadRequestException', 400, /MaxDeliverySeconds must be 300 to 50400/);
  assert.deepEqual(await options(), { SendingPoolName: 'ses-shared-pool' });
  await answers(put({ SendingPoolName: 'p-news' }), {});
  await refuses(put({ ConfigurationSetName: 'p-no-set', SendingPoolName: 'p-news' }), 'NotFoundException', 404, /p-no-set/);
});

await rule('A pool in use is not deleted, an unused one once', async () => {
  const drop = PoolName => new DeleteDedicatedIpPoolCommand({ PoolName });
  await refuses(drop('p-news'), 'BadRequestException', 400, 'Dedicated IP pool p-news cannot be deleted while the dedicated IP 192.0.2.10 uses it.');
  await silo('DELETE', '/silo/v1/dedicated-ips/192.0.2.10');
  await refuses(drop('p-news'), 'BadRequestException', 400, 'Dedicated IP pool p-news cannot be deleted while the configuration set p-set uses it.');
  await answers(new PutConfigurationSetDeliveryOptionsCommand({ ConfigurationSetName: 'p-set' }), {});
  assert.equal((await answer(new GetConfigurationSetCommand({ ConfigurationSetName: 'p-set' }))).DeliveryOptions, undefined);
  await answers(drop('p-news'), {});
  await refuses(drop('p-news'), 'NotFoundException', 404, 'Dedicated IP pool p-news does not exist.');
  await refuses(new GetDedicatedIpPoolCommand({ PoolName: 'p-news' }), 'NotFoundException', 404, /p-news/);
  for (const each of ['192.0.2.11', '192.0.2.12', '2001%3Adb8%3A%3A1']) await silo('DELETE', `/silo/v1/dedicated-ips/${each}`);
  await answers(drop('p-managed'), {});
  await answers(drop('p-alerts'), {});
  await answers(new DeleteConfigurationSetCommand({ ConfigurationSetName: 'p-set' }), {});
});

client.destroy();
finish();
