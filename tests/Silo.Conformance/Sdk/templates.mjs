import assert from 'node:assert/strict';
import {
  CreateConfigurationSetCommand, CreateCustomVerificationEmailTemplateCommand, CreateEmailIdentityCommand, CreateEmailTemplateCommand,
  CreateMultiRegionEndpointCommand, CreateTenantCommand, CreateTenantResourceAssociationCommand, DeleteCustomVerificationEmailTemplateCommand,
  DeleteEmailTemplateCommand, DeleteTenantResourceAssociationCommand, GetAccountCommand, GetBlacklistReportsCommand, GetConfigurationSetCommand,
  GetCustomVerificationEmailTemplateCommand, GetEmailIdentityCommand, GetEmailTemplateCommand, ListEmailIdentityCertificatesCommand,
  ListTagsForResourceCommand, PutAccountDetailsCommand, PutAccountPricingAttributesCommand, PutAccountVdmAttributesCommand,
  PutConfigurationSetArchivingOptionsCommand, PutConfigurationSetReputationOptionsCommand, PutConfigurationSetTrackingOptionsCommand,
  PutConfigurationSetVdmOptionsCommand, SendBulkEmailCommand, SendCustomVerificationEmailCommand, SendEmailCommand,
  TestRenderEmailTemplateCommand, UpdateConfigurationSetCommand, UpdateCustomVerificationEmailTemplateCommand, UpdateEmailTemplateCommand,
  paginateListCustomVerificationEmailTemplates, paginateListEmailTemplates,
} from '@aws-sdk/client-sesv2';
import { answer, answers, arn, client, every, finish, refuses, rule } from './harness.mjs';

const messageId = /^[0-9a-f]{16}-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}-[0-9]{6}$/;
const ToAddresses = ['success@simulator.amazonses.com'];
await answer(new CreateTenantCommand({ TenantName: 'tpl-acme' }));
await answer(new CreateEmailIdentityCommand({ EmailIdentity: 'tpl-acme.example' }));
await answer(new CreateConfigurationSetCommand({ ConfigurationSetName: 'tpl-set' }));
for (const ResourceArn of [arn('identity', 'tpl-acme.example'), arn('configuration-set', 'tpl-set')])
  await answer(new CreateTenantResourceAssociationCommand({ TenantName: 'tpl-acme', ResourceArn }));

const content = { Subject: 'Hi {{name}}', Text: 'Dear {{name}}{{#if vip}}, our friend{{/if}}', Html: '<p>Dear {{name}}</p>' };

await rule('A template is created with tags, read, listed, changed and deleted', async () => {
  await answers(new CreateEmailTemplateCommand({ TemplateName: 'tpl-one', TemplateContent: content, Tags: [{ Key: 'a', Value: 'b' }] }), {});
  await refuses(new CreateEmailTemplateCommand({ TemplateName: 'tpl-one', TemplateContent: content }), 'AlreadyExistsException', 400, /tpl-one/);
  await answers(new GetEmailTemplateCommand({ TemplateName: 'tpl-one' }), { TemplateName: 'tpl-one', TemplateContent: content, Tags: [{ Key: 'a', Value: 'b' }] });
  await answers(new ListTagsForResourceCommand({ ResourceArn: arn('template', 'tpl-one') }), { Tags: [{ Key: 'a', Value: 'b' }] });
  await answers(new UpdateEmailTemplateCommand({ TemplateName: 'tpl-one', TemplateContent: { Subject: 's', Text: 't' } }), {});
  assert.deepEqual((await answer(new GetEmailTemplateCommand({ TemplateName: 'tpl-one' }))).TemplateContent, { Subject: 's', Text: 't' });
  for (const name of ['tpl-two', 'tpl-three']) await answer(new CreateEmailTemplateCommand({ TemplateName: name, TemplateContent: content }));
  const listed = (await every(paginateListEmailTemplates({ client, pageSize: 1 }, {}), 'TemplatesMetadata')).filter(t => t.TemplateName.startsWith('tpl-'));
  assert.deepEqual(listed.map(t => t.TemplateName), ['tpl-one', 'tpl-three', 'tpl-two']);
  assert.ok(listed[0].CreatedTimestamp instanceof Date);
  for (const name of ['tpl-one', 'tpl-two', 'tpl-three']) await answers(new DeleteEmailTemplateCommand({ TemplateName: name }), {});
  for (const command of [
    new GetEmailTemplateCommand({ TemplateName: 'tpl-one' }), new DeleteEmailTemplateCommand({ TemplateName: 'tpl-one' }),
    new UpdateEmailTemplateCommand({ TemplateName: 'tpl-one', TemplateContent: content }),
    new TestRenderEmailTemplateCommand({ TemplateName: 'tpl-one', TemplateData: '{}' }),
  ]) await refuses(command, 'NotFoundException', 404, 'Template tpl-one does not exist.');
});

await rule('A template that cannot be read is refused with the place of the slip', async () => {
  const create = change => new CreateEmailTemplateCommand({ TemplateName: 'tpl-bad', TemplateContent: { ...content, ...change } });
  await refuses(create({ Text: 'ab{{#if x}}' }), 'BadRequestException', 400, /TemplateContent\.Text has at character 3/);
  await refuses(create({ Html: '{{upper name}}' }), 'BadRequestException', 400, /TemplateContent\.Html/);
  await refuses(create({ Text: undefined, Html: undefined }), 'BadRequestException', 400, /Text, Html or both/);
  await refuses(create({ Html: 'x'.repeat(512 * 1024) }), 'BadRequestException', 400, /512000/);
  await refuses(new CreateEmailTemplateCommand({ TemplateName: 'a b', TemplateContent: content }), 'BadRequestException', 400, /TemplateName/);
});

await rule('TestRenderEmailTemplate answers a message, and a missing attribute is a bad request', async () => {
  await answer(new CreateEmailTemplateCommand({ TemplateName: 'tpl-render', TemplateContent: content }));
  const { RenderedTemplate } = await answer(new TestRenderEmailTemplateCommand({ TemplateName: 'tpl-render', TemplateData: '{"name":"A&B","vip":true}' }));
  assert.match(RenderedTemplate, /^Date: .+\r\nMessage-ID: .+\r\n/m);
  assert.match(RenderedTemplate, /^Subject: Hi A&B\r$/m);
  assert.match(RenderedTemplate, /Dear A&B, our friend/);
  assert.match(RenderedTemplate, /<p>Dear A&amp;B<\/p>/);
  await refuses(new TestRenderEmailTemplateCommand({ TemplateName: 'tpl-render', TemplateData: '{}' }),
    'BadRequestException', 400, "Attribute 'name' is not present in the rendering data.");
  await refuses(new TestRenderEmailTemplateCommand({ TemplateName: 'tpl-render', TemplateData: '[]' }), 'BadRequestException', 400, /TemplateData/);
});

await rule('A send names its template, and the tenant has to be associated with it', async () => {
  const send = (Template, TenantName) => new SendEmailCommand({
    FromEmailAddress: 'news@tpl-acme.example', Destination: { ToAddresses }, ConfigurationSetName: 'tpl-set', TenantName, Content: { Template } });
  const TemplateData = '{"name":"Ann"}';
  const ResourceArn = arn('template', 'tpl-render');
  assert.match((await answer(send({ TemplateName: 'tpl-render', TemplateData }))).MessageId, messageId);
  await refuses(send({ TemplateName: 'tpl-render', TemplateData }, 'tpl-acme'), 'AccessDeniedException', 403, `Tenant not associated with resources [${ResourceArn}].`);
  await answers(new CreateTenantResourceAssociationCommand({ TenantName: 'tpl-acme', ResourceArn }), {});
  assert.match((await answer(send({ TemplateName: 'tpl-render', TemplateData }, 'tpl-acme'))).MessageId, messageId);
  assert.match((await answer(send({ TemplateArn: ResourceArn, TemplateData }, 'tpl-acme'))).MessageId, messageId);
  await refuses(send({ TemplateName: 'tpl-render', TemplateData: '{}' }), 'BadRequestException', 400, "Attribute 'name' is not present in the rendering data.");
  await refuses(send({ TemplateName: 'tpl-none', TemplateData }), 'NotFoundException', 404, 'Template tpl-none does not exist.');
  await refuses(new DeleteEmailTemplateCommand({ TemplateName: 'tpl-render' }), 'BadRequestException', 400, /has tenant associations/);
  await answer(new DeleteTenantResourceAssociationCommand({ TenantName: 'tpl-acme', ResourceArn }));
});

await rule('A bulk send answers for each entry, in their order', async () => {
  const entry = (to, data, more) => ({ Destination: { ToAddresses: [to] }, ...(data && { ReplacementEmailContent: { ReplacementTemplate: { ReplacementTemplateData: data } } }), ...more });
  const bulk = change => new SendBulkEmailCommand({
    FromEmailAddress: 'news@tpl-acme.example', DefaultEmailTags: [{ Name: 'c', Value: '1' }],
    DefaultContent: { Template: { TemplateName: 'tpl-render', TemplateData: '{"name":"friend"}', Headers: [{ Name: 'X-A', Value: '1' }] } },
    BulkEmailEntries: [entry(ToAddresses[0], '{"name":"Ann"}', { ReplacementTags: [{ Name: 'c', Value: '2' }], ReplacementHeaders: [{ Name: 'x-a', Value: '2' }] }),
      entry('broken', '{}'), entry(ToAddresses[0], '{}'), entry(ToAddresses[0])], ...change });
  const { BulkEmailEntryResults: results } = await answer(bulk());
  assert.deepEqual(results.map(r => r.Status), ['SUCCESS', 'INVALID_PARAMETER', 'SUCCESS', 'SUCCESS']);
  for (const at of [0, 2, 3]) assert.match(results[at].MessageId, messageId);
  assert.match(results[1].Error, /broken/);
  assert.equal(new Set(results.map(r => r.MessageId)).size, 4);
  const all = async change => (await answer(bulk(change))).BulkEmailEntryResults[0].Status;
  assert.equal(await all({ DefaultContent: { Template: { TemplateName: 'tpl-none', TemplateData: '{}' } } }), 'TEMPLATE_NOT_FOUND');
  assert.equal(await all({ ConfigurationSetName: 'tpl-none' }), 'CONFIGURATION_SET_NOT_FOUND');
  assert.equal(await all({ FromEmailAddress: 'a@unverified.example' }), 'MESSAGE_REJECTED');
  await refuses(bulk({ BulkEmailEntries: [] }), 'BadRequestException', 400, /BulkEmailEntries/);
  await refuses(bulk({ DefaultContent: {} }), 'BadRequestException', 400, /DefaultContent\.Template/);
  const BulkEmailEntries = [entry(ToAddresses[0])];
  await refuses(bulk({ BulkEmailEntries, TenantName: 'tpl-acme', ConfigurationSetName: 'tpl-set' }), 'AccessDeniedException', 403, /Tenant not associated/);
  await refuses(bulk({ BulkEmailEntries, TenantName: 'tpl-nobody', ConfigurationSetName: 'tpl-set' }), 'NotFoundException', 404, /tpl-nobody/);
});

await rule('Custom verification templates are kept, and their mail makes the address a pending identity', async () => {
  const template = {
    TemplateName: 'tpl-verify', FromEmailAddress: 'Acme <hello@tpl-acme.example>', TemplateSubject: 'Please confirm', TemplateContent: '<p>Hello</p>',
    SuccessRedirectionURL: 'https://acme.example/ok', FailureRedirectionURL: 'https://acme.example/no' };
  await answers(new CreateCustomVerificationEmailTemplateCommand({ ...template, Tags: [{ Key: 'a', Value: 'b' }] }), {});
  await refuses(new CreateCustomVerificationEmailTemplateCommand(template), 'AlreadyExistsException', 400, /tpl-verify/);
  await refuses(new CreateCustomVerificationEmailTemplateCommand({ ...template, TemplateName: 'tpl-v2', FromEmailAddress: 'x@none.example' }), 'BadRequestException', 400, /not verified/);
  await refuses(new CreateCustomVerificationEmailTemplateCommand({ ...template, TemplateName: 'tpl-v2', SuccessRedirectionURL: 'javascript:1' }), 'BadRequestException', 400, /SuccessRedirectionURL/);
  await answers(new GetCustomVerificationEmailTemplateCommand({ TemplateName: 'tpl-verify' }), { ...template, Tags: [{ Key: 'a', Value: 'b' }] });
  const changed = { ...template, TemplateSubject: 'Confirm, please' };
  await answers(new UpdateCustomVerificationEmailTemplateCommand(changed), {});
  const { TemplateContent, ...metadata } = changed;
  const listed = await every(paginateListCustomVerificationEmailTemplates({ client, pageSize: 1 }, {}), 'CustomVerificationEmailTemplates');
  assert.deepEqual(listed.filter(t => t.TemplateName === 'tpl-verify'), [metadata]);

  const sent = await answer(new SendCustomVerificationEmailCommand({ EmailAddress: 'success@simulator.amazonses.com', TemplateName: 'tpl-verify', ConfigurationSetName: 'tpl-set' }));
  assert.match(sent.MessageId, messageId);
  const identity = await answer(new GetEmailIdentityCommand({ EmailIdentity: 'success@simulator.amazonses.com' }));
  assert.deepEqual([identity.VerificationStatus, identity.VerifiedForSendingStatus], ['PENDING', false]);
  await refuses(new SendCustomVerificationEmailCommand({ EmailAddress: 'a@b.example', TemplateName: 'tpl-none' }), 'NotFoundException', 404, /tpl-none/);
  await refuses(new SendCustomVerificationEmailCommand({ EmailAddress: 'b.example', TemplateName: 'tpl-verify' }), 'BadRequestException', 400, /EmailAddress/);
  await answers(new DeleteCustomVerificationEmailTemplateCommand({ TemplateName: 'tpl-verify' }), {});
  await refuses(new GetCustomVerificationEmailTemplateCommand({ TemplateName: 'tpl-verify' }), 'NotFoundException', 404, /tpl-verify/);
});

await rule('Each group of options of a configuration set is put, shown and taken away', async () => {
  const ConfigurationSetName = 'tpl-options';
  await answer(new CreateConfigurationSetCommand({ ConfigurationSetName }));
  const got = async () => answer(new GetConfigurationSetCommand({ ConfigurationSetName }));
  const ArchiveArn = arn('mailmanager-archive', 'a-1');
  await answers(new PutConfigurationSetArchivingOptionsCommand({ ConfigurationSetName, ArchiveArn }), {});
  await answers(new PutConfigurationSetReputationOptionsCommand({ ConfigurationSetName, ReputationMetricsEnabled: true }), {});
  await answers(new PutConfigurationSetTrackingOptionsCommand({ ConfigurationSetName, CustomRedirectDomain: 'click.tpl-acme.example', HttpsPolicy: 'REQUIRE' }), {});
  const VdmOptions = { DashboardOptions: { EngagementMetrics: 'ENABLED' }, GuardianOptions: { OptimizedSharedDelivery: 'DISABLED' } };
  await answers(new PutConfigurationSetVdmOptionsCommand({ ConfigurationSetName, VdmOptions }), {});
  const MessageSecurityOptions = { SigningScheme: { DefaultScheme: {} } };
  await answers(new UpdateConfigurationSetCommand({ ConfigurationSetName, MessageSecurityOptions }), {});
  await answers(new UpdateConfigurationSetCommand({ ConfigurationSetName }), {});
  assert.deepEqual(await got(), {
    ConfigurationSetName, Tags: [], ArchivingOptions: { ArchiveArn }, ReputationOptions: { ReputationMetricsEnabled: true },
    TrackingOptions: { CustomRedirectDomain: 'click.tpl-acme.example', HttpsPolicy: 'REQUIRE' }, VdmOptions, MessageSecurityOptions });
  await refuses(new PutConfigurationSetTrackingOptionsCommand({ ConfigurationSetName, CustomRedirectDomain: 'click.foreign.example' }), 'BadRequestException', 400, /not a verified domain/);
  await refuses(new PutConfigurationSetTrackingOptionsCommand({ ConfigurationSetName, HttpsPolicy: 'MAYBE' }), 'BadRequestException', 400, /HttpsPolicy/);
  await refuses(new PutConfigurationSetArchivingOptionsCommand({ ConfigurationSetName, ArchiveArn: 'short' }), 'BadRequestException', 400, /ArchiveArn/);
  await answers(new PutConfigurationSetArchivingOptionsCommand({ ConfigurationSetName }), {});
  await answers(new PutConfigurationSetTrackingOptionsCommand({ ConfigurationSetName }), {});
  await answers(new PutConfigurationSetVdmOptionsCommand({ ConfigurationSetName }), {});
  const rest = await got();
  assert.deepEqual([rest.ArchivingOptions, rest.TrackingOptions, rest.VdmOptions], [undefined, undefined, undefined]);
  for (const command of [
    new PutConfigurationSetArchivingOptionsCommand({ ConfigurationSetName: 'tpl-none' }), new PutConfigurationSetReputationOptionsCommand({ ConfigurationSetName: 'tpl-none' }),
    new PutConfigurationSetTrackingOptionsCommand({ ConfigurationSetName: 'tpl-none' }), new PutConfigurationSetVdmOptionsCommand({ ConfigurationSetName: 'tpl-none' }),
    new UpdateConfigurationSetCommand({ ConfigurationSetName: 'tpl-none' }),
  ]) await refuses(command, 'NotFoundException', 404, /tpl-none/);
});

await rule('What the account says of itself is kept and granted at once', async () => {
  await answers(new PutAccountDetailsCommand({
    MailType: 'TRANSACTIONAL', WebsiteURL: 'https://acme.example', ContactLanguage: 'EN', UseCaseDescription: 'receipts',
    AdditionalContactEmailAddresses: ['ops@acme.example'], ProductionAccessEnabled: true }), {});
  const VdmAttributes = { VdmEnabled: 'ENABLED', DashboardAttributes: { EngagementMetrics: 'ENABLED' } };
  await answers(new PutAccountVdmAttributesCommand({ VdmAttributes }), {});
  await answers(new PutAccountPricingAttributesCommand({ Plan: 'PRO' }), {});
  const account = await answer(new GetAccountCommand({}));
  assert.deepEqual(account.Details, {
    MailType: 'TRANSACTIONAL', WebsiteURL: 'https://acme.example', ContactLanguage: 'EN', UseCaseDescription: 'receipts',
    AdditionalContactEmailAddresses: ['ops@acme.example'], ReviewDetails: { Status: 'GRANTED' } });
  assert.deepEqual([account.VdmAttributes, account.PricingAttributes], [VdmAttributes, { CurrentPlan: 'PRO' }]);
  const details = change => new PutAccountDetailsCommand({ MailType: 'MARKETING', WebsiteURL: 'https://acme.example', ...change });
  await refuses(details({ MailType: 'SPAM' }), 'BadRequestException', 400, /MailType/);
  await refuses(details({ WebsiteURL: 'acme' }), 'BadRequestException', 400, /WebsiteURL/);
  await refuses(details({ AdditionalContactEmailAddresses: [] }), 'BadRequestException', 400, /AdditionalContactEmailAddresses/);
  await refuses(new PutAccountVdmAttributesCommand({ VdmAttributes: { VdmEnabled: 'ON' } }), 'BadRequestException', 400, /VdmEnabled/);
  await refuses(new PutAccountPricingAttributesCommand({ Plan: 'FREE' }), 'BadRequestException', 400, /Plan/);
});

await rule('What has no meaning outside of AWS says so', async () => {
  const endpoint = new CreateMultiRegionEndpointCommand({ EndpointName: 'e', Details: { RoutesDetails: [{ Region: 'us-west-2' }] } });
  await refuses(endpoint, 'BadRequestException', 400, /^CreateMultiRegionEndpoint has no meaning outside of AWS: .+\.$/);
  await refuses(new GetBlacklistReportsCommand({ BlacklistItemNames: ['1.2.3.4'] }), 'BadRequestException', 400, /ListRecommendations/);
  await refuses(new ListEmailIdentityCertificatesCommand({ EmailIdentity: 'a.example' }), 'BadRequestException', 400, /Certificate Manager/);
});

finish();
