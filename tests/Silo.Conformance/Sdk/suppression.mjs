import assert from 'node:assert/strict';
import {
  CreateConfigurationSetCommand, CreateTenantCommand, DeleteSuppressedDestinationCommand, DeleteTenantCommand, GetAccountCommand,
  GetConfigurationSetCommand, GetSuppressedDestinationCommand, ListSuppressedDestinationsCommand, PutAccountSuppressionAttributesCommand,
  PutConfigurationSetSuppressionOptionsCommand, PutSuppressedDestinationCommand, paginateListSuppressedDestinations,
} from '@aws-sdk/client-sesv2';
import { answer, answers, client, finish, refuses, rule } from './harness.mjs';

const unknown = 'The requested tenant <sup-nobody> does not exist.';
const bob = 'Bob.s+x@example.net';
await answer(new CreateTenantCommand({ TenantName: 'sup-acme' }));

await rule('An address is put on the list of a tenant, with its case, and on no other', async () => {
  await answers(new PutSuppressedDestinationCommand({ EmailAddress: bob, Reason: 'COMPLAINT', TenantName: 'sup-acme' }), {});
  const { SuppressedDestination: found } = await answer(new GetSuppressedDestinationCommand({ EmailAddress: bob, TenantName: 'sup-acme' }));
  assert.ok(Math.abs(Date.parse(found.LastUpdateTime) - Date.now()) < 60_000);
  assert.deepEqual(found, { EmailAddress: bob, Reason: 'COMPLAINT', LastUpdateTime: found.LastUpdateTime, TenantName: 'sup-acme' });
  const missing = /does not exist on your suppression list/;
  await refuses(new GetSuppressedDestinationCommand({ EmailAddress: bob }), 'NotFoundException', 404, missing);
  await refuses(new GetSuppressedDestinationCommand({ EmailAddress: bob.toLowerCase(), TenantName: 'sup-acme' }), 'NotFoundException', 404, missing);
});

await rule('Putting it again replaces the reason; deleting is not idempotent', async () => {
  await answers(new PutSuppressedDestinationCommand({ EmailAddress: bob, Reason: 'BOUNCE', TenantName: 'sup-acme' }), {});
  assert.equal(
    (await answer(new GetSuppressedDestinationCommand({ EmailAddress: bob, TenantName: 'sup-acme' }))).SuppressedDestination.Reason, 'BOUNCE');
  await answers(new DeleteSuppressedDestinationCommand({ EmailAddress: bob, TenantName: 'sup-acme' }), {});
  await refuses(new DeleteSuppressedDestinationCommand({ EmailAddress: bob, TenantName: 'sup-acme' }), 'NotFoundException', 404, /suppression list/);
});

await rule('What is wrong is named', async () => {
  await refuses(new PutSuppressedDestinationCommand({ EmailAddress: 'nobody', Reason: 'BOUNCE' }), 'BadRequestException', 400, /EmailAddress/);
  await refuses(new PutSuppressedDestinationCommand({ EmailAddress: bob, Reason: 'SPAM' }), 'BadRequestException', 400, /Reason/);
  const foreign = { EmailAddress: bob, TenantName: 'sup-nobody' };
  await refuses(new PutSuppressedDestinationCommand({ ...foreign, Reason: 'BOUNCE' }), 'NotFoundException', 404, unknown);
  await refuses(new GetSuppressedDestinationCommand(foreign), 'NotFoundException', 404, unknown);
  await refuses(new DeleteSuppressedDestinationCommand(foreign), 'NotFoundException', 404, unknown);
  await refuses(new ListSuppressedDestinationsCommand({ TenantName: 'sup-nobody' }), 'NotFoundException', 404, unknown);
});

await rule('A list is paged and filtered by reason and date', async () => {
  for (let i = 0; i < 5; i++) {
    const reason = i % 2 ? 'COMPLAINT' : 'BOUNCE';
    await answer(new PutSuppressedDestinationCommand({ EmailAddress: `r${i}@example.net`, Reason: reason, TenantName: 'sup-acme' }));
  }

  const addresses = async (input) => {
    const found = [];
    for await (const page of paginateListSuppressedDestinations({ client, pageSize: 2 }, { TenantName: 'sup-acme', ...input }))
      found.push(...page.SuppressedDestinationSummaries.map((s) => s.EmailAddress));
    return found;
  };
  assert.deepEqual(await addresses({}), [0, 1, 2, 3, 4].map((i) => `r${i}@example.net`));
  assert.deepEqual(await addresses({ Reasons: ['COMPLAINT'] }), ['r1@example.net', 'r3@example.net']);
  assert.equal((await addresses({ Reasons: ['COMPLAINT', 'BOUNCE'] })).length, 5);
  assert.deepEqual(await addresses({ EndDate: new Date(Date.now() - 3_600_000) }), []);
  assert.equal((await addresses({ StartDate: new Date(Date.now() - 3_600_000), EndDate: new Date(Date.now() + 3_600_000) })).length, 5);
  await refuses(new ListSuppressedDestinationsCommand({ NextToken: 'x' }), 'InvalidNextTokenException', 400, /./);
});

await rule('The list of a tenant goes with it', async () => {
  await answer(new DeleteTenantCommand({ TenantName: 'sup-acme' }));
  await answer(new CreateTenantCommand({ TenantName: 'sup-acme' }));
  assert.deepEqual((await answer(new ListSuppressedDestinationsCommand({ TenantName: 'sup-acme' }))).SuppressedDestinationSummaries, []);
});

await rule('Reasons of the account are set, absent ones turn its list off', async () => {
  await answers(new PutAccountSuppressionAttributesCommand({ SuppressedReasons: ['COMPLAINT'] }), {});
  assert.deepEqual((await answer(new GetAccountCommand({}))).SuppressionAttributes, { SuppressedReasons: ['COMPLAINT'] });
  await answers(new PutAccountSuppressionAttributesCommand({}), {});
  assert.deepEqual((await answer(new GetAccountCommand({}))).SuppressionAttributes, { SuppressedReasons: [] });
  await refuses(new PutAccountSuppressionAttributesCommand({ SuppressedReasons: ['X'] }), 'BadRequestException', 400, /SuppressedReasons\[0\]/);
  await answers(new PutAccountSuppressionAttributesCommand({ SuppressedReasons: ['BOUNCE', 'COMPLAINT'] }), {});
});

await rule('A configuration set says scope and reasons each by itself', async () => {
  await answer(new CreateConfigurationSetCommand({ ConfigurationSetName: 'sup-set' }));
  const put = (input) => answers(new PutConfigurationSetSuppressionOptionsCommand({ ConfigurationSetName: 'sup-set', ...input }), {});
  const get = async () => (await answer(new GetConfigurationSetCommand({ ConfigurationSetName: 'sup-set' }))).SuppressionOptions;
  await put({ SuppressedReasons: [] });
  assert.deepEqual(await get(), { SuppressedReasons: [] });
  await put({ SuppressionScope: 'TENANT' });
  assert.deepEqual(await get(), { SuppressionScope: 'TENANT' });
  await put({});
  assert.equal(await get(), undefined);
  await refuses(
    new PutConfigurationSetSuppressionOptionsCommand({ ConfigurationSetName: 'sup-none' }), 'NotFoundException', 404, /does not exist/);
});

finish();
