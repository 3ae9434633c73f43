import assert from 'node:assert/strict';
import {
  CancelExportJobCommand, CreateConfigurationSetCommand, CreateEmailIdentityCommand, CreateExportJobCommand, CreateTenantCommand,
  CreateTenantResourceAssociationCommand, GetEmailAddressInsightsCommand, GetExportJobCommand, GetMessageInsightsCommand, ListExportJobsCommand,
  SendEmailCommand, paginateListExportJobs,
} from '@aws-sdk/client-sesv2';
import { answer, arn, client, every, finish, refuses, rule } from './harness.mjs';

const tenant = 'insights-acme';
await answer(new CreateTenantCommand({ TenantName: tenant }));
await answer(new CreateEmailIdentityCommand({ EmailIdentity: 'insights.example' }));
await answer(new CreateConfigurationSetCommand({ ConfigurationSetName: 'insights-set' }));
for (const ResourceArn of [arn('identity', 'insights.example'), arn('configuration-set', 'insights-set')])
  await answer(new CreateTenantResourceAssociationCommand({ TenantName: tenant, ResourceArn }));

const send = async (Subject, ...ToAddresses) => (await answer(new SendEmailCommand({
  TenantName: tenant, FromEmailAddress: 'News <news@insights.example>', ConfigurationSetName: 'insights-set', Destination: { ToAddresses },
  EmailTags: [{ Name: 'campaign', Value: 'spring' }], Content: { Simple: { Subject: { Data: Subject }, Body: { Text: { Data: 'x' } } } } }))).MessageId;

const until = async (look, holds) => {
  const end = Date.now() + 60_000;
  for (;;) {
    const seen = await look();
    if (holds(seen)) return seen;
    assert.ok(Date.now() < end, `in vain: ${JSON.stringify(seen)}`);
    await new Promise((next) => setTimeout(next, 50));
  }
};

const MessageId = await send('=1+1', 'success@simulator.amazonses.com', 'bounce@simulator.amazonses.com');

await rule('A message is told with the events of each destination', async () => {
  const insights = await until(
    () => answer(new GetMessageInsightsCommand({ MessageId })), (i) => i.Insights.every((d) => d.Events.length === 2));
  assert.deepEqual(
    [insights.MessageId, insights.FromEmailAddress, insights.Subject, insights.EmailTags],
    [MessageId, 'news@insights.example', '=1+1', [{ Name: 'campaign', Value: 'spring' }]]);
  const [delivered, bounced] = insights.Insights;
  assert.deepEqual([delivered.Destination, delivered.Isp, delivered.Events.map((e) => e.Type)],
    ['success@simulator.amazonses.com', 'Other', ['SEND', 'DELIVERY']]);
  assert.equal(bounced.Events[1].Type, 'BOUNCE');
  const { DiagnosticCode, ...bounce } = bounced.Events[1].Details.Bounce;
  assert.deepEqual(bounce, { BounceType: 'PERMANENT', BounceSubType: 'NoEmail' });
  assert.match(DiagnosticCode, /^smtp; 550 5\.1\.1/);
  assert.ok(Math.abs(Date.parse(bounced.Events[0].Timestamp) - Date.now()) < 120_000);
  await refuses(new GetMessageInsightsCommand({ MessageId: MessageId.replace(/^.{17}./, (s) => s.slice(0, -1) + (s.at(-1) === '0' ? '1' : '0')) }),
    'NotFoundException', 404, /is not known/);
  await refuses(new GetMessageInsightsCommand({ MessageId: 'nonsense' }), 'NotFoundException', 404, /is not known/);
});

await rule('An address is judged by what is known of it', async () => {
  const { MailboxValidation: wrong } = await answer(new GetEmailAddressInsightsCommand({ EmailAddress: 'no address' }));
  assert.deepEqual(wrong, { IsValid: { ConfidenceVerdict: 'LOW' }, Evaluations: { HasValidSyntax: { ConfidenceVerdict: 'LOW' } } });
  const { MailboxValidation: role } = await answer(new GetEmailAddressInsightsCommand({ EmailAddress: 'postmaster@mailinator.com' }));
  assert.equal(role.Evaluations.IsRoleAddress.ConfidenceVerdict, 'HIGH');
  assert.equal(role.Evaluations.IsDisposable.ConfidenceVerdict, 'HIGH');
  await refuses(new GetEmailAddressInsightsCommand({ EmailAddress: '' }), 'BadRequestException', 400, /EmailAddress/);
});

const lately = { StartDate: new Date(Date.now() - 3_600_000), EndDate: new Date(Date.now() + 3_600_000) };
const ended = (JobId) => until(() => answer(new GetExportJobCommand({ JobId })), (j) => !['CREATED', 'PROCESSING'].includes(j.JobStatus));
const messages = { MessageInsightsDataSource: { ...lately, Include: { TenantName: [tenant] } } };

await rule('Messages are exported to a file behind a link that needs no signature', async () => {
  const { JobId } = await answer(new CreateExportJobCommand({ ExportDataSource: messages, ExportDestination: { DataFormat: 'CSV' } }));
  const job = await ended(JobId);
  assert.deepEqual(
    [job.JobStatus, job.ExportSourceType, job.ExportDestination.DataFormat, job.Statistics],
    ['COMPLETED', 'MESSAGE_INSIGHTS', 'CSV', { ProcessedRecordsCount: 2, ExportedRecordsCount: 2 }]);
  assert.deepEqual(job.ExportDataSource.MessageInsightsDataSource.Include, { TenantName: [tenant] });
  const file = await fetch(job.ExportDestination.S3Url);
  assert.equal(file.status, 200);
  const lines = (await file.text()).trim().split('\r\n');
  assert.match(lines[0], /^MessageId,TenantName,AcceptedAt,FromEmailAddress,Destination,Isp,Subject,/);
  assert.equal(lines.length, 3);
  for (const line of lines.slice(1)) assert.match(line, /,"'=1\+1",/);
  await refuses(new CancelExportJobCommand({ JobId }), 'BadRequestException', 400, /has ended/);
});

await rule('Messages are exported as JSON by their last event', async () => {
  const source = { MessageInsightsDataSource: { ...messages.MessageInsightsDataSource, Include: { TenantName: [tenant], LastDeliveryEvent: ['PERMANENT_BOUNCE'] } } };
  const { JobId } = await answer(new CreateExportJobCommand({ ExportDataSource: source, ExportDestination: { DataFormat: 'JSON' } }));
  const job = await ended(JobId);
  const lines = (await (await fetch(job.ExportDestination.S3Url)).text()).trim().split('\n');
  assert.deepEqual(lines.map((l) => JSON.parse(l)).map((m) => [m.MessageId, m.Destination, m.LastDeliveryEvent]),
    [[MessageId, 'bounce@simulator.amazonses.com', 'PERMANENT_BOUNCE']]);
});

await rule('Metrics are exported by their dimensions', async () => {
  await send('counted', 'ann@gmail.com');
  const ExportDataSource = { MetricsDataSource: {
    ...lately, Namespace: 'VDM', Dimensions: { TENANT_NAME: [tenant], ISP: ['*'] },
    Metrics: [{ Name: 'SEND', Aggregation: 'VOLUME' }, { Name: 'DELIVERY', Aggregation: 'RATE' }] } };
  await until(async () => {
    const { JobId } = await answer(new CreateExportJobCommand({ ExportDataSource, ExportDestination: { DataFormat: 'JSON' } }));
    const job = await ended(JobId);
    assert.equal(job.ExportSourceType, 'METRICS_DATA');
    return job.ExportDestination.S3Url ? (await (await fetch(job.ExportDestination.S3Url)).text()).trim().split('\n').map((l) => JSON.parse(l)) : [];
  }, (lines) => lines.some((l) => l.Dimensions.ISP === 'Gmail' && l.Dimensions.TENANT_NAME === tenant
    && l.Metrics[0].Value === 1 && l.Metrics[1].Value === 1));
});

await rule('Jobs are listed and told, and what is wrong with one is named', async () => {
  const jobs = await every(paginateListExportJobs({ client, pageSize: 1 }, { ExportSourceType: 'MESSAGE_INSIGHTS', JobStatus: 'COMPLETED' }), 'ExportJobs');
  assert.ok(jobs.length >= 2 && jobs.every((j) => j.ExportSourceType === 'MESSAGE_INSIGHTS' && j.JobStatus === 'COMPLETED'));
  const { ExportJobs: none } = await answer(new ListExportJobsCommand({ JobStatus: 'FAILED' }));
  assert.deepEqual(none, []);
  await refuses(new GetExportJobCommand({ JobId: 'nowhere' }), 'NotFoundException', 404, /does not exist/);
  await refuses(new CancelExportJobCommand({ JobId: 'nowhere' }), 'NotFoundException', 404, /does not exist/);
  const both = { ...messages, MetricsDataSource: { ...lately, Namespace: 'VDM', Dimensions: { ISP: ['*'] }, Metrics: [{ Name: 'SEND', Aggregation: 'VOLUME' }] } };
  await refuses(new CreateExportJobCommand({ ExportDataSource: both, ExportDestination: { DataFormat: 'CSV' } }), 'BadRequestException', 400, /exactly one/);
});

finish();
