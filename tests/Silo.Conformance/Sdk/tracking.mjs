import assert from 'node:assert/strict';
import {
  CreateConfigurationSetCommand, CreateEmailIdentityCommand, SendEmailCommand,
} from '@aws-sdk/client-sesv2';
import { answer, client, clientWith, finish, refuses, rule } from './harness.mjs';

await answer(new CreateEmailIdentityCommand({ EmailIdentity: 't-acme.example' }));
await answer(new CreateConfigurationSetCommand({ ConfigurationSetName: 't-set' }));

const html = '<p><a href="https://shop.example/" ses:tags="product:book;">x</a></p>';
const mail = change => new SendEmailCommand({
  FromEmailAddress: 'news@t-acme.example', Destination: { ToAddresses: ['success@simulator.amazonses.com'] }, ConfigurationSetName: 't-set',
  Content: { Simple: { Subject: { Data: 'x' }, Body: { Html: { Data: html } } } }, ...change,
});
const tracking = (OpenTrackingEnabled, ClickTrackingEnabled) => ({ ConfigurationOverrides: { Tracking: { OpenTrackingEnabled, ClickTrackingEnabled } } });

/** A client that sends one more header with everything. */
function withHeader(name, value) {
  const by = clientWith();
  by.middlewareStack.add(next => args => {
    args.request.headers[name] = value;
    return next(args);
  }, { step: 'build' });
  return by;
}

await rule('Tracking is overridden for one send, each way', async () => {
  for (const change of [tracking('ENABLED', 'ENABLED'), tracking('DISABLED', undefined), tracking(undefined, 'DISABLED')])
    assert.ok((await answer(mail(change))).MessageId);
  await refuses(mail(tracking('ON', undefined)), 'BadRequestException', 400, /OpenTrackingEnabled/);
});

await rule('Two marks for one image are refused', () => refuses(
  mail({
    Content: { Simple: { Subject: { Data: 'x' }, Body: { Html: { Data: '{{ses:openTracker}}{{ses:openTracker}}' } } } }, ...tracking('ENABLED', undefined),
  }),
  'BadRequestException', 400, /openTracker/));

await rule('A call whose answer was lost is retried by the SDK and is one message', async () => {
  const ids = [];
  const inner = client.config.requestHandler;
  const by = clientWith({
    maxAttempts: 3,
    requestHandler: {
      async handle(request, options) {
        const { response } = await inner.handle(request, options);
        const chunks = [];
        for await (const chunk of response.body) chunks.push(chunk);
        const text = Buffer.concat(chunks).toString();
        ids.push(JSON.parse(text).MessageId);
        if (ids.length < 3) throw Object.assign(new Error('The answer was lost.'), { name: 'TimeoutError' });
        return inner.handle(request, options);
      },
    },
  });
  const { MessageId } = await answer(mail({}), by);
  assert.equal(ids.length, 3);
  assert.deepEqual(new Set([...ids, MessageId]), new Set([MessageId]));
});

await rule('An Idempotency-Key makes two calls one message, and another request under it a conflict', async () => {
  const by = withHeader('idempotency-key', 't-order-1');
  const { MessageId } = await answer(mail({}), by);
  assert.equal((await answer(mail({}), by)).MessageId, MessageId);
  await refuses(mail({ ReplyToAddresses: ['a@t-acme.example'] }), 'ConflictException', 409, /t-order-1/, by);
});

await rule('A schedule is an instant up to seven days ahead', async () => {
  const at = ms => new Date(Date.now() + ms).toISOString();
  assert.ok((await answer(mail({}), withHeader('x-silo-schedule', at(3600e3)))).MessageId);
  await refuses(mail({}), 'BadRequestException', 400, /X-Silo-Schedule/, withHeader('x-silo-schedule', at(8 * 86400e3)));
});

finish();
