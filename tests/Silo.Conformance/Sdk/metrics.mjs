import assert from 'node:assert/strict';
import {
  BatchGetMetricDataCommand, CreateConfigurationSetCommand, CreateEmailIdentityCommand, CreateTenantCommand,
  CreateTenantResourceAssociationCommand, Metric, SendEmailCommand,
} from '@aws-sdk/client-sesv2';
import { answer, arn, client, finish, refuses, rule } from './harness.mjs';

const day = 86_400_000;
const today = new Date(Math.floor(Date.now() / day) * day);
const [StartDate, EndDate] = [new Date(today - day), new Date(today.getTime() + 2 * day)];
const metrics = Object.values(Metric);

await answer(new CreateTenantCommand({ TenantName: 'mx-acme' }));
await answer(new CreateEmailIdentityCommand({ EmailIdentity: 'mx-acme.example' }));
await answer(new CreateConfigurationSetCommand({
  ConfigurationSetName: 'mx-set', VdmOptions: { DashboardOptions: { EngagementMetrics: 'ENABLED' } },
}));
for (const resource of [arn('identity', 'mx-acme.example'), arn('configuration-set', 'mx-set')])
  await answer(new CreateTenantResourceAssociationCommand({ TenantName: 'mx-acme', ResourceArn: resource }));

const send = (...ToAddresses) => answer(new SendEmailCommand({
  TenantName: 'mx-acme', ConfigurationSetName: 'mx-set', FromEmailAddress: 'news@mx-acme.example', Destination: { ToAddresses },
  Content: { Simple: { Subject: { Data: 'x' }, Body: { Html: { Data: '<a href="https://shop.example/">x</a>' } } } },
}));

const query = (Metric, Dimensions, change = {}) => ({ Id: Metric, Namespace: 'VDM', Metric, StartDate, EndDate, Dimensions, ...change });

/** What each metric of the mail that fits adds up to. */
async function sums(Dimensions) {
  const { Results, Errors } = await answer(new BatchGetMetricDataCommand({ Queries: metrics.map(m => query(m, Dimensions)) }));
  assert.deepEqual(Errors, []);
  return Object.fromEntries(Results.map(r => [r.Id, r.Values.reduce((a, b) => a + b, 0)]));
}

async function eventually(read, holds) {
  for (let tries = 0; tries < 500; tries++) {
    const value = await read();
    if (holds(value)) return value;
    await new Promise(resolve => setTimeout(resolve, 20));
  }

  return read();
}

const all = { TENANT_NAME: 'mx-acme', EMAIL_IDENTITY: 'mx-acme.example', CONFIGURATION_SET: 'mx-set', ISP: 'Gmail' };

await rule('Messages to one recipient count, mail to several and to the simulator does not', async () => {
  await send('a@gmail.com');
  await send('b@gmail.com');
  await send('c@yahoo.com');
  await send('d@gmail.com', 'e@gmail.com');
  await send('bounce@simulator.amazonses.com');
  const expected = {
    SEND: 2, DELIVERY: 2, DELIVERY_OPEN: 2, DELIVERY_CLICK: 2, DELIVERY_COMPLAINT: 0, PERMANENT_BOUNCE: 0, TRANSIENT_BOUNCE: 0, COMPLAINT: 0,
    OPEN: 0, CLICK: 0,
  };
  assert.deepEqual(await eventually(() => sums(all), s => s.DELIVERY === 2), expected);
  const { ISP, ...anywhere } = all;
  assert.deepEqual([(await eventually(() => sums(anywhere), s => s.DELIVERY === 3)).SEND, (await sums({ ISP, TENANT_NAME: 'mx-acme' })).SEND], [3, 2]);
});

await rule('Each day of the interval has a value, and timestamps are read as dates', async () => {
  const { Results } = await client.send(new BatchGetMetricDataCommand({ Queries: [query('SEND', { TENANT_NAME: 'mx-acme' })] }));
  assert.deepEqual(Results[0].Timestamps, [0, 1, 2].map(d => new Date(StartDate.getTime() + d * day)));
  assert.deepEqual([Results[0].Values.length, Results[0].Values.reduce((a, b) => a + b, 0)], [3, 3]);
  assert.ok(Results[0].Values.every(Number.isInteger));
});

await rule('Mail that there was none of has zeros', async () => {
  for (const none of [{ TENANT_NAME: 'mx-nobody' }, { ISP: 'Nobody' }, { ...all, CONFIGURATION_SET: 'mx-other' }])
    assert.equal((await sums(none)).SEND, 0);
});

await rule('What is wrong with a query is refused with its place', async () => {
  const one = change => new BatchGetMetricDataCommand({ Queries: [query('SEND', undefined, change)] });
  await refuses(new BatchGetMetricDataCommand({ Queries: [] }), 'BadRequestException', 400, /Queries/);
  await refuses(new BatchGetMetricDataCommand({ Queries: Array(11).fill(query('SEND')) }), 'BadRequestException', 400, /at most 10/);
  await refuses(one({ Id: 'x'.repeat(256) }), 'BadRequestException', 400, /Queries\[0\]\.Id/);
  await refuses(one({ Metric: 'SENT' }), 'BadRequestException', 400, /Queries\[0\]\.Metric/);
  await refuses(one({ Namespace: 'SES' }), 'BadRequestException', 400, /Queries\[0\]\.Namespace/);
  await refuses(one({ EndDate: StartDate }), 'BadRequestException', 400, /Queries\[0\]\.StartDate/);
  await refuses(one({ StartDate: new Date(today - 61 * day) }), 'BadRequestException', 400, /60 days/);
  await refuses(one({ Dimensions: { COUNTRY: 'x' } }), 'BadRequestException', 400, /COUNTRY/);
});

finish();
