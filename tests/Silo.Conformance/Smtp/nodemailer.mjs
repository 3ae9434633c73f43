// nodemailer as an application of SES uses it; the certificate of the server is checked.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import nodemailer from 'nodemailer';

const { SMTP_HOST: host, SMTP_PORT, SMTP_TLS_PORT, SMTP_USER: user, SMTP_PASSWORD: pass, SMTP_CERTIFICATE } = process.env;
const tls = { ca: readFileSync(SMTP_CERTIFICATE), servername: 'localhost' };
const mail = {
  from: 'Sender <sender@example.com>',
  to: 'success@simulator.amazonses.com',
  bcc: ['ooto@simulator.amazonses.com'],
  subject: 'Grüße',
  text: 'Hello\n.\nthere',
  html: '<p>Hello</p>',
  attachments: [{ filename: 'a.bin', content: Buffer.alloc(300_000, 7) }],
  headers: { 'X-SES-TENANT': 'acme', 'X-SES-CONFIGURATION-SET': 'news', 'X-SES-MESSAGE-TAGS': 'kind=test' },
};

const upgraded = nodemailer.createTransport({ host, port: Number(SMTP_PORT), requireTLS: true, auth: { user, pass }, tls, pool: true });
const sent = await Promise.all(Array.from({ length: 20 }, () => upgraded.sendMail(mail)));
const ids = sent.map(s => /^250 Ok ([0-9a-f-]{40,})$/.exec(s.response)?.[1]);
assert.equal(new Set(ids).size, 20, sent[0].response);
assert.deepEqual(sent[0].rejected, []);
upgraded.close();

const implicit = nodemailer.createTransport({ host, port: Number(SMTP_TLS_PORT), secure: true, auth: { user, pass, method: 'LOGIN' }, tls });
assert.match((await implicit.sendMail(mail)).response, /^250 Ok /);
await assert.rejects(implicit.sendMail({ ...mail, from: 'x@other.example' }), e => e.responseCode === 554);

const wrong = nodemailer.createTransport({ host, port: Number(SMTP_PORT), auth: { user, pass: 'wrong' }, tls });
await assert.rejects(wrong.verify(), e => e.code === 'EAUTH' && e.responseCode === 535);

console.log('all rules hold');
