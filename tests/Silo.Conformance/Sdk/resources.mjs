import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import {
  CreateConfigurationSetCommand, CreateDedicatedIpPoolCommand, CreateEmailIdentityCommand, CreateTenantCommand,
  DeleteConfigurationSetCommand, DeleteEmailIdentityCommand, GetAccountCommand, GetConfigurationSetCommand, GetEmailIdentityCommand, ListConfigurationSetsCommand,
  ListEmailIdentitiesCommand, ListTagsForResourceCommand, PutAccountSendingAttributesCommand, PutConfigurationSetSendingOptionsCommand,
  TagResourceCommand, UntagResourceCommand,
} from '@aws-sdk/client-sesv2';
import { answer, answers, arn, client, clientWith, finish, refuses, rule } from './harness.mjs';

await rule('A domain gets three DKIM tokens and is verified at once with the simulator', async () => {
  const created = await answer(new CreateEmailIdentityCommand({ EmailIdentity: 'Mail.I-Acme.example', Tags: [{ Key: 'a', Value: 'b' }] }));
  assert.equal(new Set(created.DkimAttributes.Tokens).size, 3);
  for (const token of created.DkimAttributes.Tokens) assert.match(token, /^[a-z2-7]{32}$/);
  const dkim = created.DkimAttributes;
  assert.deepEqual(created, { IdentityType: 'DOMAIN', VerifiedForSendingStatus: true, DkimAttributes: {
    SigningEnabled: true, Status: 'SUCCESS', Tokens: dkim.Tokens, SigningAttributesOrigin: 'AWS_SES', NextSigningKeyLength: 'RSA_2048_BIT',
    CurrentSigningKeyLength: 'RSA_2048_BIT', LastKeyGenerationTimestamp: dkim.LastKeyGenerationTimestamp } });
  const got = await answer(new GetEmailIdentityCommand({ EmailIdentity: 'mail.i-acme.example' }));
  assert.ok(Date.parse(got.VerificationInfo.LastCheckedTimestamp) > 0);
  assert.deepEqual(got, {
    IdentityType: 'DOMAIN', FeedbackForwardingStatus: true, VerifiedForSendingStatus: true, DkimAttributes: dkim, Policies: {},
    Tags: [{ Key: 'a', Value: 'b' }], VerificationStatus: 'SUCCESS', VerificationInfo: got.VerificationInfo });
  await refuses(new CreateEmailIdentityCommand({ EmailIdentity: 'mail.i-acme.example' }), 'AlreadyExistsException', 400, /mail\.i-acme\.example/);
});

await rule('An address is an identity too, also with signs that paths escape', async () => {
  const created = await answer(new CreateEmailIdentityCommand({ EmailIdentity: 'x+y/z@i-acme.example' }));
  assert.deepEqual([created.IdentityType, created.DkimAttributes.SigningEnabled, created.DkimAttributes.Status], ['EMAIL_ADDRESS', false, 'NOT_STARTED']);
  assert.equal((await answer(new GetEmailIdentityCommand({ EmailIdentity: 'x+y/z@i-acme.example' }))).IdentityType, 'EMAIL_ADDRESS');
});

await rule('A key of one\'s own is checked, stored and never answered', async () => {
  const key = bits => generateKeyPairSync('rsa', { modulusLength: bits }).privateKey.export({ type: 'pkcs1', format: 'der' }).toString('base64');
  const create = DkimSigningAttributes => new CreateEmailIdentityCommand({ EmailIdentity: 'own.i-acme.example', DkimSigningAttributes });
  await refuses(create({ DomainSigningSelector: 's1' }), 'BadRequestException', 400, /DomainSigningPrivateKey/);
  await refuses(create({ DomainSigningSelector: 's1', DomainSigningPrivateKey: 'aGVsbG8=' }), 'BadRequestException', 400, /DomainSigningPrivateKey/);
  await refuses(create({ DomainSigningSelector: 's1', DomainSigningPrivateKey: key(512) }), 'BadRequestException', 400, /1024 to 2048/);
  await refuses(create({ DomainSigningSelector: 's1', DomainSigningPrivateKey: key(1024), NextSigningKeyLength: 'RSA_2048_BIT' }), 'BadRequestException', 400, /not both/);
  await refuses(
    new CreateEmailIdentityCommand({ EmailIdentity: 'a@own.i-acme.example', DkimSigningAttributes: { NextSigningKeyLength: 'RSA_1024_BIT' } }),
    'BadRequestException', 400, /domain only/);
  const created = await answer(create({ DomainSigningSelector: 's1', DomainSigningPrivateKey: key(1024) }));
  assert.deepEqual(created.DkimAttributes, { SigningEnabled: true, Status: 'SUCCESS', Tokens: ['s1'], SigningAttributesOrigin: 'EXTERNAL' });
});

await rule('Identities are domains or addresses', async () => {
  for (const bad of ['', 'nodots', 'a..b', '-a.example', 'a@b', 'ä@b.example', 'a b@c.example', '1.2.3.4'])
    await refuses(new CreateEmailIdentityCommand({ EmailIdentity: bad }), 'BadRequestException', 400, /EmailIdentity/);
  await refuses(
    new CreateEmailIdentityCommand({ EmailIdentity: 'q.i-acme.example', ConfigurationSetName: 'i-nothing' }), 'NotFoundException', 404, /i-nothing/);
  await refuses(new GetEmailIdentityCommand({ EmailIdentity: 'no.i-acme.example' }), 'NotFoundException', 404, /no\.i-acme\.example/);
  await refuses(new DeleteEmailIdentityCommand({ EmailIdentity: 'no.i-acme.example' }), 'NotFoundException', 404, /no\.i-acme\.example/);
});

await rule('ListEmailIdentities filters and pages, by its newer and its older path', async () => {
  const Filter = { IDENTITY_NAME_CONTAINS: 'i-acme.example', IDENTITY_TYPE: 'DOMAIN', VERIFICATION_STATUS: 'SUCCESS' };
  const first = await answer(new ListEmailIdentitiesCommand({ Filter, PageSize: 1 }));
  assert.deepEqual(first.EmailIdentities, [{ IdentityType: 'DOMAIN', IdentityName: 'mail.i-acme.example', SendingEnabled: true, VerificationStatus: 'SUCCESS' }]);
  const second = await answer(new ListEmailIdentitiesCommand({ Filter, PageSize: 1, NextToken: first.NextToken }));
  assert.deepEqual([second.EmailIdentities.map(i => i.IdentityName), second.NextToken], [['own.i-acme.example'], undefined]);
  await answers(new ListEmailIdentitiesCommand({ Filter: { VERIFICATION_STATUS: 'FAILED' } }), { EmailIdentities: [] });
  await refuses(new ListEmailIdentitiesCommand({ Filter: { IDENTITY_TYPE: 'PLANET' } }), 'BadRequestException', 400, /IDENTITY_TYPE/);
  await refuses(new ListEmailIdentitiesCommand({ PageSize: 1001 }), 'BadRequestException', 400, /PageSize/);
});

await rule('A configuration set gives back all that was set, and nothing else', async () => {
  const full = {
    ConfigurationSetName: 'i-full',
    TrackingOptions: { CustomRedirectDomain: 't.mail.i-acme.example', HttpsPolicy: 'REQUIRE' },
    DeliveryOptions: { TlsPolicy: 'REQUIRE', SendingPoolName: 'i-pool', MaxDeliverySeconds: 3600 },
    ReputationOptions: { ReputationMetricsEnabled: true },
    SendingOptions: { SendingEnabled: true },
    Tags: [{ Key: 'a', Value: 'b' }],
    SuppressionOptions: { SuppressedReasons: ['BOUNCE'], SuppressionScope: 'TENANT',
      ValidationOptions: { ConditionThreshold: { ConditionThresholdEnabled: 'ENABLED', OverallConfidenceThreshold: { ConfidenceVerdictThreshold: 'MANAGED' } } } },
    VdmOptions: { DashboardOptions: { EngagementMetrics: 'ENABLED' }, GuardianOptions: { OptimizedSharedDelivery: 'DISABLED' } },
    ArchivingOptions: { ArchiveArn: 'arn:aws:ses:us-east-1:123456789012:mailmanager-archive/a-1' },
    MessageSecurityOptions: { SigningScheme: { DefaultScheme: {} } },
  };
  await refuses(new CreateConfigurationSetCommand(full), 'NotFoundException', 404, 'Dedicated IP pool i-pool does not exist.');
  await answers(new CreateDedicatedIpPoolCommand({ PoolName: 'i-pool' }), {});
  await answers(new CreateConfigurationSetCommand(full), {});
  await answers(new GetConfigurationSetCommand({ ConfigurationSetName: 'i-full' }), full);
  await answers(new CreateConfigurationSetCommand({ ConfigurationSetName: 'i-bare' }), {});
  await answers(new GetConfigurationSetCommand({ ConfigurationSetName: 'i-bare' }), { ConfigurationSetName: 'i-bare', Tags: [] });
  await refuses(new CreateConfigurationSetCommand({ ConfigurationSetName: 'i-bare' }), 'AlreadyExistsException', 400, /i-bare/);
});

await rule('Options of a configuration set name the member that is wrong', async () => {
  const create = options => new CreateConfigurationSetCommand({ ConfigurationSetName: 'i-bad', ...options });
  const cases = [
    [{ ConfigurationSetName: 'a b' }, /ConfigurationSetName/],
    [{ DeliveryOptions: { TlsPolicy: 'MAYBE' } }, /DeliveryOptions\.TlsPolicy/],
    [{ DeliveryOptions: { SendingPoolName: 'a b' } }, /DeliveryOptions\.SendingPoolName/],
    [{ DeliveryOptions: { MaxDeliverySeconds: 299 } }, /DeliveryOptions\.MaxDeliverySeconds/],
    [{ TrackingOptions: { CustomRedirectDomain: 'not.verified.example' } }, /CustomRedirectDomain/],
    [{ SuppressionOptions: { SuppressedReasons: ['X'] } }, /SuppressionOptions\.SuppressedReasons\[0\]/],
    [{ VdmOptions: { DashboardOptions: { EngagementMetrics: 'ON' } } }, /EngagementMetrics/],
    [{ ArchivingOptions: { ArchiveArn: 'short' } }, /ArchiveArn/],
  ];
  for (const [options, text] of cases) await refuses(create(options), 'BadRequestException', 400, text);
  await refuses(new GetConfigurationSetCommand({ ConfigurationSetName: 'i-bad' }), 'NotFoundException', 404, /i-bad/);
});

await rule('Sending of a set is switched; absent means false', async () => {
  const sending = async () => (await answer(new GetConfigurationSetCommand({ ConfigurationSetName: 'i-bare' }))).SendingOptions;
  await answers(new PutConfigurationSetSendingOptionsCommand({ ConfigurationSetName: 'i-bare', SendingEnabled: true }), {});
  assert.deepEqual(await sending(), { SendingEnabled: true });
  await answers(new PutConfigurationSetSendingOptionsCommand({ ConfigurationSetName: 'i-bare' }), {});
  assert.deepEqual(await sending(), { SendingEnabled: false });
  await refuses(new PutConfigurationSetSendingOptionsCommand({ ConfigurationSetName: 'i-none' }), 'NotFoundException', 404, /i-none/);
});

await rule('Configuration sets are listed by name and deleted once', async () => {
  const Filter = { CONFIGURATION_SET_NAME_CONTAINS: 'i-' };
  const first = await answer(new ListConfigurationSetsCommand({ Filter, PageSize: 1 }));
  assert.deepEqual(first.ConfigurationSets, ['i-bare']);
  await answers(new ListConfigurationSetsCommand({ Filter, PageSize: 1, NextToken: first.NextToken }), { ConfigurationSets: ['i-full'] });
  await answers(new DeleteConfigurationSetCommand({ ConfigurationSetName: 'i-bare' }), {});
  await refuses(new DeleteConfigurationSetCommand({ ConfigurationSetName: 'i-bare' }), 'NotFoundException', 404, /i-bare/);
});

await rule('Tags are set, replaced, removed and listed by ARN', async () => {
  const { TenantArn, TenantId } = await answer(new CreateTenantCommand({ TenantName: 'i-tagged', Tags: [{ Key: 'a', Value: '1' }] }));
  for (const ResourceArn of [TenantArn, arn('tenant', `other-name/${TenantId}`)])
    await answers(new ListTagsForResourceCommand({ ResourceArn }), { Tags: [{ Key: 'a', Value: '1' }] });
  await answers(new TagResourceCommand({ ResourceArn: TenantArn, Tags: [{ Key: 'a', Value: '2' }, { Key: 'b c', Value: '' }] }), {});
  await answers(new ListTagsForResourceCommand({ ResourceArn: TenantArn }), { Tags: [{ Key: 'a', Value: '2' }, { Key: 'b c', Value: '' }] });
  await answers(new UntagResourceCommand({ ResourceArn: TenantArn, TagKeys: ['a', 'b c', 'never'] }), {});
  await answers(new ListTagsForResourceCommand({ ResourceArn: TenantArn }), { Tags: [] });
  const fifty = Array.from({ length: 50 }, (_, i) => ({ Key: `k${i}`, Value: 'v' }));
  await answers(new TagResourceCommand({ ResourceArn: TenantArn, Tags: fifty }), {});
  await refuses(new TagResourceCommand({ ResourceArn: TenantArn, Tags: [{ Key: 'more', Value: '' }] }), 'BadRequestException', 400, /50/);
  await refuses(new TagResourceCommand({ ResourceArn: arn('identity', 'no.example'), Tags: [{ Key: 'x', Value: '' }] }), 'NotFoundException', 404, /no\.example/);
  await refuses(new ListTagsForResourceCommand({ ResourceArn: 'nonsense' }), 'BadRequestException', 400, /ResourceArn/);
});

await rule('The account is healthy, in production, and can be switched off and on', async () => {
  const expected = {
    DedicatedIpAutoWarmupEnabled: true, EnforcementStatus: 'HEALTHY', ProductionAccessEnabled: true, SendingEnabled: true,
    SuppressionAttributes: { SuppressedReasons: ['BOUNCE', 'COMPLAINT'] },
  };
  // What the account says of itself is another suite's, which may have run before.
  const { SendQuota: quota, Details, VdmAttributes, PricingAttributes, ...rest } = await answer(new GetAccountCommand({}));
  assert.deepEqual(rest, expected);
  assert.deepEqual([quota.Max24HourSend, quota.MaxSendRate, quota.SentLast24Hours >= 0], [-1, -1, true]);
  await answers(new PutAccountSendingAttributesCommand({}), {});
  assert.equal((await answer(new GetAccountCommand({}))).SendingEnabled, false);
  await answers(new PutAccountSendingAttributesCommand({ SendingEnabled: true }), {});
  assert.equal((await answer(new GetAccountCommand({}))).SendingEnabled, true);
});

await rule('Strangers, forgers and those of another Region are refused', async () => {
  const by = (accessKeyId, secretAccessKey, more) => clientWith({ credentials: { accessKeyId, secretAccessKey, ...more } });
  const { SILO_KEY_ID: key, SILO_SECRET: secret } = process.env;
  await refuses(new GetAccountCommand({}), 'UnrecognizedClientException', 403, 'The security token included in the request is invalid.', by('AKIDSTRANGER', secret));
  await refuses(new GetAccountCommand({}), 'InvalidSignatureException', 403, /^The request signature we calculated does not match/, by(key, `${secret}x`));
  await refuses(new GetAccountCommand({}), 'UnrecognizedClientException', 403, /token/, by(key, secret, { sessionToken: 'abc' }));
  await refuses(new GetAccountCommand({}), 'InvalidSignatureException', 403, /region/, clientWith({ region: 'mars-1' }));
  const late = clientWith({ systemClockOffset: -3_600_000 });
  await refuses(new GetAccountCommand({}), 'InvalidSignatureException', 403, /^Signature expired: .* is now earlier than /, late);
});

client.destroy();
finish();
