import assert from 'node:assert/strict';
import {
  CreateConfigurationSetCommand, CreateConfigurationSetEventDestinationCommand, DeleteConfigurationSetCommand,
  DeleteConfigurationSetEventDestinationCommand, GetConfigurationSetEventDestinationsCommand, UpdateConfigurationSetEventDestinationCommand,
} from '@aws-sdk/client-sesv2';
import { account, answer, answers, finish, refuses, region, rule, silo } from './harness.mjs';

const set = { ConfigurationSetName: 'ev-set' };
const topic = `arn:aws:sns:${region}:${account}:ses-events`;
const bus = `arn:aws:events:${region}:${account}:event-bus/default`;
const stream = `arn:aws:firehose:${region}:${account}:deliverystream/ses`;
const destination = name => ({ ...set, EventDestinationName: name });
const make = (name, definition) => new CreateConfigurationSetEventDestinationCommand({ ...destination(name), EventDestination: definition });
const list = async () => (await answer(new GetConfigurationSetEventDestinationsCommand(set))).EventDestinations;
await answer(new CreateConfigurationSetCommand(set));

const definitions = {
  topic: { Enabled: true, MatchingEventTypes: ['SEND', 'DELIVERY', 'BOUNCE', 'COMPLAINT'], SnsDestination: { TopicArn: topic } },
  bus: { Enabled: true, MatchingEventTypes: ['REJECT', 'RENDERING_FAILURE', 'DELIVERY_DELAY'], EventBridgeDestination: { EventBusArn: bus } },
  stream: {
    Enabled: false, MatchingEventTypes: ['OPEN', 'CLICK', 'SUBSCRIPTION'],
    KinesisFirehoseDestination: { IamRoleArn: `arn:aws:iam::${account}:role/ses`, DeliveryStreamArn: stream },
  },
  metrics: {
    Enabled: true, MatchingEventTypes: ['SEND'],
    CloudWatchDestination: {
      DimensionConfigurations: [
        { DimensionName: 'campaign', DimensionValueSource: 'MESSAGE_TAG', DefaultDimensionValue: 'none' },
        { DimensionName: 'x-mailer', DimensionValueSource: 'EMAIL_HEADER', DefaultDimensionValue: 'unknown' },
      ],
    },
  },
};

await rule('Destinations of every kind are made, and read as they were made, in their order', async () => {
  assert.deepEqual(await list(), []);
  for (const [name, definition] of Object.entries(definitions)) await answers(make(name, definition), {});
  assert.deepEqual(await list(), Object.entries(definitions).map(([name, definition]) => ({ Name: name, ...definition })));
});

await rule('An update replaces the definition, a deletion takes one', async () => {
  const changed = { Enabled: false, MatchingEventTypes: ['CLICK'], EventBridgeDestination: { EventBusArn: bus } };
  await answers(new UpdateConfigurationSetEventDestinationCommand({ ...destination('topic'), EventDestination: changed }), {});
  assert.deepEqual((await list())[0], { Name: 'topic', ...changed });
  await answers(new DeleteConfigurationSetEventDestinationCommand(destination('topic')), {});
  assert.deepEqual((await list()).map(d => d.Name), ['bus', 'stream', 'metrics']);
  await refuses(new DeleteConfigurationSetEventDestinationCommand(destination('topic')), 'NotFoundException', 404, /topic does not exist/);
  await refuses(
    new UpdateConfigurationSetEventDestinationCommand({ ...destination('topic'), EventDestination: changed }), 'NotFoundException', 404,
    /topic does not exist/);
});

await rule('What is wrong is named', async () => {
  const sns = { SnsDestination: { TopicArn: topic } };
  await refuses(make('bus', definitions.bus), 'AlreadyExistsException', 400, /bus already exists/);
  await refuses(make('a b', definitions.topic), 'BadRequestException', 400, /EventDestinationName/);
  await refuses(make('n', { ...sns, MatchingEventTypes: [] }), 'BadRequestException', 400, /MatchingEventTypes/);
  await refuses(make('n', { ...sns, MatchingEventTypes: ['NOTHING'] }), 'BadRequestException', 400, /MatchingEventTypes/);
  await refuses(make('n', { MatchingEventTypes: ['SEND'] }), 'BadRequestException', 400, /exactly one destination/);
  await refuses(make('n', { ...sns, EventBridgeDestination: { EventBusArn: bus }, MatchingEventTypes: ['SEND'] }), 'BadRequestException', 400, /exactly one/);
  await refuses(
    make('n', { MatchingEventTypes: ['SEND'], SnsDestination: { TopicArn: `${topic}-2` } }), 'BadRequestException', 400,
    /SnsDestination.TopicArn .* is mapped to no URL/);
  await refuses(
    make('n', { MatchingEventTypes: ['SEND'], PinpointDestination: { ApplicationArn: 'arn:x' } }), 'BadRequestException', 400, /Pinpoint/);
  await refuses(
    new GetConfigurationSetEventDestinationsCommand({ ConfigurationSetName: 'ev-none' }), 'NotFoundException', 404, /ev-none does not exist/);
});

await rule('A set has ten at most, and takes them along when it goes', async () => {
  for (let i = 0; i < 7; i++) await answer(make(`d${i}`, { ...definitions.topic, Enabled: false }));
  await refuses(make('d7', definitions.topic), 'LimitExceededException', 400, /limit/);
  await answer(new DeleteConfigurationSetCommand(set));
  await answer(new CreateConfigurationSetCommand(set));
  assert.deepEqual(await list(), []);
});

await rule('A webhook, which SES does not have, is shown without a target and switched off by its calls', async () => {
  const path = '/silo/v1/configuration-sets/ev-set/event-destinations/hook';
  await silo('PUT', path, { MatchingEventTypes: ['BOUNCE'], WebhookDestination: { Url: 'https://hooks.example/in' } });
  assert.deepEqual(await list(), [{ Name: 'hook', Enabled: true, MatchingEventTypes: ['BOUNCE'] }]);
  await answer(new UpdateConfigurationSetEventDestinationCommand({ ...destination('hook'), EventDestination: { Enabled: false, MatchingEventTypes: ['SEND'] } }));
  assert.deepEqual(await list(), [{ Name: 'hook', Enabled: false, MatchingEventTypes: ['SEND'] }]);
  await silo('DELETE', path);
  assert.deepEqual(await list(), []);
});

finish();
