import assert from 'node:assert/strict';
import { GetAccountCommand, SESv2Client } from '@aws-sdk/client-sesv2';

export const region = process.env.SILO_REGION;
export const account = process.env.SILO_ACCOUNT;
export const endpoint = process.env.SILO_ENDPOINT;
export const arn = (type, name) => `arn:aws:ses:${region}:${account}:${type}/${name}`;
export const policy = name => `arn:aws:ses:${region}:aws:reputation-policy/${name}`;

export function clientWith(options = {}) {
  return new SESv2Client({
    endpoint,
    region,
    credentials: { accessKeyId: process.env.SILO_KEY_ID, secretAccessKey: process.env.SILO_SECRET },
    maxAttempts: 1,
    ...options,
  });
}

export const client = clientWith();

let failures = 0;

/** Runs one rule and prints how it went; a failed one does not stop the others. */
export async function rule(name, body) {
  try {
    await body();
    console.log(`ok - ${name}`);
  } catch (error) {
    failures++;
    console.log(`not ok - ${name}\n${String(error?.stack ?? error).replace(/^/gm, '    ')}`);
  }
}

export function finish() {
  console.log(failures === 0 ? 'all rules hold' : `${failures} rules do not hold`);
  process.exitCode = failures === 0 ? 0 : 1;
}

/** The answer of a call that must succeed, without the SDK's metadata. */
export async function answer(command, by = client) {
  const { $metadata, ...rest } = await by.send(command);
  assert.equal($metadata.httpStatusCode, 200);
  assert.match($metadata.requestId ?? '', /^[0-9a-f-]{36}$/);
  return JSON.parse(JSON.stringify(rest));
}

/** Sends a command that must succeed and answer exactly these members. */
export async function answers(command, expected) {
  assert.deepEqual(await answer(command), expected);
}

/** Sends a command that must fail with this class, this status and this text (a string to equal or a pattern). */
export async function refuses(command, name, status, message, by = client) {
  let error;
  try {
    await by.send(command);
  } catch (thrown) {
    error = thrown;
  }
  assert.ok(error, `${command.constructor.name} was expected to fail with ${name}`);
  assert.equal(error.name, name, error.message);
  assert.equal(error.$metadata.httpStatusCode, status);
  assert.match(error.$metadata.requestId ?? '', /^[0-9a-f-]{36}$/);
  if (typeof message === 'string') assert.equal(error.message, message);
  else assert.match(error.message, message);
  return error;
}

export async function every(pages, member) {
  const all = [];
  for await (const page of pages) all.push(...(page[member] ?? []));
  return all;
}

/** Calls what SES has no command for: a command of the SDK is turned into another request before the SDK signs it. */
export async function silo(method, path, body) {
  const by = clientWith();
  by.middlewareStack.add(next => args => {
    Object.assign(args.request, { method, path, body: JSON.stringify(body) });
    if (body) Object.assign(args.request.headers, { 'content-type': 'application/json', 'content-length': String(args.request.body.length) });
    return next(args);
  }, { step: 'build', priority: 'low' });
  const { $metadata } = await by.send(new GetAccountCommand({}));
  assert.equal($metadata.httpStatusCode, 200);
  by.destroy();
}
