import assert from 'node:assert/strict';
import {
  CreateConfigurationSetCommand, CreateContactCommand, CreateContactListCommand, CreateEmailIdentityCommand, CreateImportJobCommand,
  DeleteContactCommand, DeleteContactListCommand, GetContactCommand, GetContactListCommand, GetImportJobCommand, ListContactListsCommand,
  ListImportJobsCommand, ListTagsForResourceCommand, SendEmailCommand, UpdateContactCommand, UpdateContactListCommand, paginateListContacts,
} from '@aws-sdk/client-sesv2';
import { answer, answers, arn, client, finish, refuses, rule } from './harness.mjs';

const list = { ContactListName: 'lists-main' };
const topics = [
  { TopicName: 'news', DisplayName: 'News', DefaultSubscriptionStatus: 'OPT_IN', Description: 'Once a week' },
  { TopicName: 'offers', DisplayName: 'Offers', DefaultSubscriptionStatus: 'OPT_OUT' },
];
const ann = { ...list, EmailAddress: 'Ann@example.net' };

await rule('A list is made once, with topics and tags, and read back', async () => {
  await answers(new CreateContactListCommand({ ...list, Topics: topics, Description: 'Ours', Tags: [{ Key: 'a', Value: 'b' }] }), {});
  const { CreatedTimestamp, LastUpdatedTimestamp, ...rest } = await answer(new GetContactListCommand(list));
  assert.ok(Math.abs(Date.parse(CreatedTimestamp) - Date.now()) < 60_000);
  assert.equal(CreatedTimestamp, LastUpdatedTimestamp);
  assert.deepEqual(rest, { ...list, Topics: topics, Description: 'Ours', Tags: [{ Key: 'a', Value: 'b' }] });
  await refuses(new CreateContactListCommand(list), 'AlreadyExistsException', 400, /already exists/);
  const tags = await answer(new ListTagsForResourceCommand({ ResourceArn: arn('contact-list', 'lists-main') }));
  assert.deepEqual(tags.Tags, [{ Key: 'a', Value: 'b' }]);
  const all = await answer(new ListContactListsCommand({ PageSize: 100 }));
  assert.ok(all.ContactLists.some((l) => l.ContactListName === 'lists-main'));
});

await rule('What is wrong with a list is named, and at most 20 topics are taken', async () => {
  await refuses(new CreateContactListCommand({ ContactListName: 'no name' }), 'BadRequestException', 400, /ContactListName/);
  const many = Array.from({ length: 21 }, (_, i) => ({ ...topics[0], TopicName: `t${i}` }));
  await refuses(new CreateContactListCommand({ ContactListName: 'many', Topics: many }), 'BadRequestException', 400, /Topics/);
  await refuses(new CreateContactListCommand({ ContactListName: 'twice', Topics: [topics[0], topics[0]] }), 'BadRequestException', 400, /twice/);
  await refuses(new GetContactListCommand({ ContactListName: 'nowhere' }), 'NotFoundException', 404, /doesn't exist/);
});

await rule('A contact is known in any case, and what a change leaves out stays', async () => {
  await answers(new CreateContactCommand({
    ...ann, TopicPreferences: [{ TopicName: 'news', SubscriptionStatus: 'OPT_OUT' }], AttributesData: '{"a":1}' }), {});
  await refuses(new CreateContactCommand({ ...ann, EmailAddress: 'ann@EXAMPLE.net' }), 'AlreadyExistsException', 400, /already exists/);
  const found = await answer(new GetContactCommand({ ...ann, EmailAddress: 'ann@example.net' }));
  assert.deepEqual(
    [found.EmailAddress, found.TopicPreferences, found.TopicDefaultPreferences, found.UnsubscribeAll, found.AttributesData],
    ['Ann@example.net', [{ TopicName: 'news', SubscriptionStatus: 'OPT_OUT' }], [{ TopicName: 'offers', SubscriptionStatus: 'OPT_OUT' }],
      false, '{"a":1}']);
  await answers(new UpdateContactCommand({ ...ann, UnsubscribeAll: true }), {});
  const left = await answer(new GetContactCommand(ann));
  assert.deepEqual([left.UnsubscribeAll, left.AttributesData, left.TopicPreferences.length], [true, '{"a":1}', 1]);
  await answers(new UpdateContactCommand({ ...ann, UnsubscribeAll: false, TopicPreferences: [] }), {});
  await refuses(new UpdateContactCommand({ ...ann, EmailAddress: 'nobody@example.net' }), 'NotFoundException', 404, /doesn't exist/);
  await refuses(
    new UpdateContactCommand({ ...ann, TopicPreferences: [{ TopicName: 'x', SubscriptionStatus: 'OPT_IN' }] }), 'BadRequestException', 400, /TopicName/);
});

await rule('Contacts are paged and filtered by status, with or without the default', async () => {
  for (const [name, status] of [['b', 'OPT_IN'], ['c', 'OPT_OUT'], ['d', null]])
    await answer(new CreateContactCommand({
      ...list, EmailAddress: `${name}@example.net`, TopicPreferences: status ? [{ TopicName: 'news', SubscriptionStatus: status }] : [] }));
  const addresses = async (Filter) => {
    const all = [];
    for await (const page of paginateListContacts({ client, pageSize: 2 }, { ...list, Filter }))
      all.push(...page.Contacts.map((c) => c.EmailAddress));
    return all;
  };
  const news = (FilteredStatus, UseDefaultIfPreferenceUnavailable) =>
    addresses({ FilteredStatus, TopicFilter: { TopicName: 'news', UseDefaultIfPreferenceUnavailable } });
  assert.deepEqual(await addresses(undefined), ['Ann@example.net', 'b@example.net', 'c@example.net', 'd@example.net']);
  assert.deepEqual(await news('OPT_IN', false), ['b@example.net']);
  assert.deepEqual(await news('OPT_IN', true), ['Ann@example.net', 'b@example.net', 'd@example.net']);
  assert.deepEqual(await news('OPT_OUT', true), ['c@example.net']);
});

await rule('Mail of a list puts its recipient there, and one with an unknown list or topic is refused', async () => {
  await client.send(new CreateEmailIdentityCommand({ EmailIdentity: 'lists.example' }));
  await client.send(new CreateConfigurationSetCommand({ ConfigurationSetName: 'lists-set' }));
  const mail = (ListManagementOptions) => new SendEmailCommand({
    FromEmailAddress: 'news@lists.example', Destination: { ToAddresses: ['new@example.net'] }, ConfigurationSetName: 'lists-set',
    Content: { Simple: { Subject: { Data: 'Hello' }, Body: { Text: { Data: '{{amazonSESUnsubscribeUrl}}' } } } }, ListManagementOptions });
  assert.ok((await answer(mail({ ...list, TopicName: 'news' }))).MessageId);
  assert.equal((await answer(new GetContactCommand({ ...list, EmailAddress: 'new@example.net' }))).EmailAddress, 'new@example.net');
  await refuses(mail({ ContactListName: 'nowhere' }), 'NotFoundException', 404, /doesn't exist/);
  await refuses(mail({ ...list, TopicName: 'x' }), 'BadRequestException', 400, /no topic/);
});

await rule('An import without a bucket that is mapped is refused, and jobs are listed', async () => {
  const job = (S3Url) => new CreateImportJobCommand({
    ImportDestination: { ContactListDestination: { ...list, ContactListImportAction: 'PUT' } }, ImportDataSource: { S3Url, DataFormat: 'CSV' } });
  await refuses(job('s3://unmapped/a.csv'), 'BadRequestException', 400, /unmapped/);
  await refuses(job('nothing'), 'BadRequestException', 400, /s3:\/\/bucket\/key/);
  await refuses(new GetImportJobCommand({ JobId: 'none' }), 'NotFoundException', 404, /does not exist/);
  await answers(new ListImportJobsCommand({ ImportDestinationType: 'SUPPRESSION_LIST' }), { ImportJobs: [] });
});

await rule('Changes of a list keep what they leave out, and one that is deleted takes its contacts along', async () => {
  await answers(new UpdateContactListCommand({ ...list, Description: 'Changed' }), {});
  const changed = await answer(new GetContactListCommand(list));
  assert.deepEqual([changed.Description, changed.Topics.length], ['Changed', 2]);
  await answers(new DeleteContactCommand(ann), {});
  await refuses(new DeleteContactCommand(ann), 'NotFoundException', 404, /doesn't exist/);
  await answers(new DeleteContactListCommand(list), {});
  await answers(new CreateContactListCommand(list), {});
  await refuses(new GetContactCommand({ ...list, EmailAddress: 'b@example.net' }), 'NotFoundException', 404, /doesn't exist/);
});

finish();
