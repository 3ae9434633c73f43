import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import {
  AssociateEmailIdentityCertificateCommand, CreateConfigurationSetCommand, CreateEmailIdentityCommand, CreateEmailIdentityPolicyCommand,
  DeleteEmailIdentityCommand, DeleteEmailIdentityPolicyCommand, DisassociateEmailIdentityCertificateCommand, GetEmailIdentityCommand,
  GetEmailIdentityPoliciesCommand, ListEmailIdentityCertificatesCommand, ListRecommendationsCommand, PutEmailIdentityConfigurationSetAttributesCommand,
  PutEmailIdentityDkimAttributesCommand, PutEmailIdentityDkimSigningAttributesCommand, PutEmailIdentityFeedbackAttributesCommand,
  PutEmailIdentityMailFromAttributesCommand, UpdateEmailIdentityPolicyCommand,
} from '@aws-sdk/client-sesv2';
import { answer, answers, arn, clientWith, finish, refuses, rule, silo } from './harness.mjs';

const EmailIdentity = 'd-acme.example';
const Nobody = 'd-nobody.example';
const got = async () => answer(new GetEmailIdentityCommand({ EmailIdentity }));
const key = () => generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64');
const { DkimAttributes: first } = await answer(new CreateEmailIdentityCommand({ EmailIdentity }));
await answer(new CreateEmailIdentityCommand({ EmailIdentity: 'ann@d-acme.example' }));

await rule('DKIM signing is switched, and an absent switch is off', async () => {
  await answers(new PutEmailIdentityDkimAttributesCommand({ EmailIdentity, SigningEnabled: false }), {});
  assert.equal((await got()).DkimAttributes.SigningEnabled, false);
  await answers(new PutEmailIdentityDkimAttributesCommand({ EmailIdentity, SigningEnabled: true }), {});
  assert.equal((await got()).DkimAttributes.SigningEnabled, true);
  await answers(new PutEmailIdentityDkimAttributesCommand({ EmailIdentity }), {});
  assert.equal((await got()).DkimAttributes.SigningEnabled, false);
  await refuses(new PutEmailIdentityDkimAttributesCommand({ EmailIdentity: Nobody }), 'NotFoundException', 404, /d-nobody/);
  await refuses(new PutEmailIdentityDkimAttributesCommand({ EmailIdentity: 'ann@d-acme.example', SigningEnabled: true }), 'BadRequestException', 400, /domain/);
});

await rule('Signing attributes go from the service\'s keys to one\'s own and back, by both paths', async () => {
  const put = (SigningAttributesOrigin, SigningAttributes) =>
    new PutEmailIdentityDkimSigningAttributesCommand({ EmailIdentity, SigningAttributesOrigin, SigningAttributes });
  await answers(put('EXTERNAL', { DomainSigningSelector: 'mine', DomainSigningPrivateKey: key() }), { DkimStatus: 'SUCCESS', DkimTokens: ['mine'] });
  const own = (await got()).DkimAttributes;
  assert.deepEqual([own.SigningAttributesOrigin, own.Tokens, own.NextSigningKeyLength], ['EXTERNAL', ['mine'], undefined]);
  const easy = await answer(put('AWS_SES', { NextSigningKeyLength: 'RSA_1024_BIT' }));
  assert.equal(new Set([...easy.DkimTokens, ...first.Tokens]).size, 6);
  const attributes = (await got()).DkimAttributes;
  assert.deepEqual(
    [attributes.SigningAttributesOrigin, attributes.CurrentSigningKeyLength, attributes.NextSigningKeyLength], ['AWS_SES', 'RSA_1024_BIT', 'RSA_1024_BIT']);
  assert.deepEqual((await answer(put('AWS_SES', { NextSigningKeyLength: 'RSA_2048_BIT' }))).DkimTokens, easy.DkimTokens);
  assert.equal((await got()).DkimAttributes.NextSigningKeyLength, 'RSA_2048_BIT');
  const older = clientWith();
  older.middlewareStack.add(next => args => {
    args.request.path = args.request.path.replace('/v2/', '/v1/');
    return next(args);
  }, { step: 'build', priority: 'low' });
  assert.deepEqual((await answer(put('AWS_SES'), older)).DkimTokens, easy.DkimTokens);

  await refuses(put('EXTERNAL'), 'BadRequestException', 400, /DomainSigningSelector/);
  await refuses(put('EXTERNAL', { DomainSigningSelector: 'mine', DomainSigningPrivateKey: 'AAAA' }), 'BadRequestException', 400, /DomainSigningPrivateKey/);
  await refuses(put('AWS_SES', { DomainSigningSelector: 'mine', DomainSigningPrivateKey: key() }), 'BadRequestException', 400, /EXTERNAL/);
  await refuses(put('AWS_SES_EU_WEST_1'), 'BadRequestException', 400, /SigningAttributesOrigin/);
  await refuses(
    new PutEmailIdentityDkimSigningAttributesCommand({ EmailIdentity: Nobody, SigningAttributesOrigin: 'AWS_SES' }), 'NotFoundException', 404, /d-nobody/);
});

await rule('A MAIL FROM domain is pending until DNS shows it, and is taken off by leaving it out', async () => {
  const put = rest => new PutEmailIdentityMailFromAttributesCommand({ EmailIdentity, ...rest });
  await answers(put({ MailFromDomain: 'Bounce.d-acme.example', BehaviorOnMxFailure: 'REJECT_MESSAGE' }), {});
  const settings = (await got()).MailFromAttributes;
  assert.deepEqual([settings.MailFromDomain, settings.BehaviorOnMxFailure], ['bounce.d-acme.example', 'REJECT_MESSAGE']);
  assert.match(settings.MailFromDomainStatus, /^(PENDING|TEMPORARY_FAILURE)$/);
  await answers(put({ MailFromDomain: 'bounce.d-acme.example' }), {});
  assert.equal((await got()).MailFromAttributes.BehaviorOnMxFailure, 'USE_DEFAULT_VALUE');
  for (const MailFromDomain of ['d-acme.example', 'bounce.other.example', 'no domain'])
    await refuses(put({ MailFromDomain }), 'BadRequestException', 400, /subdomain of d-acme\.example/);
  await refuses(put({ MailFromDomain: 'b.d-acme.example', BehaviorOnMxFailure: 'SHRUG' }), 'BadRequestException', 400, /BehaviorOnMxFailure/);
  await answers(put({}), {});
  assert.equal((await got()).MailFromAttributes, undefined);
  await refuses(new PutEmailIdentityMailFromAttributesCommand({ EmailIdentity: Nobody }), 'NotFoundException', 404, /d-nobody/);
});

await rule('Feedback forwarding and the default configuration set are set and taken off', async () => {
  await answers(new PutEmailIdentityFeedbackAttributesCommand({ EmailIdentity }), {});
  assert.equal((await got()).FeedbackForwardingStatus, false);
  await answers(new PutEmailIdentityFeedbackAttributesCommand({ EmailIdentity, EmailForwardingEnabled: true }), {});
  assert.equal((await got()).FeedbackForwardingStatus, true);
  await answer(new CreateConfigurationSetCommand({ ConfigurationSetName: 'd-set' }));
  await answers(new PutEmailIdentityConfigurationSetAttributesCommand({ EmailIdentity, ConfigurationSetName: 'd-set' }), {});
  assert.equal((await got()).ConfigurationSetName, 'd-set');
  await refuses(new PutEmailIdentityConfigurationSetAttributesCommand({ EmailIdentity, ConfigurationSetName: 'd-no' }), 'NotFoundException', 404, /d-no/);
  await answers(new PutEmailIdentityConfigurationSetAttributesCommand({ EmailIdentity }), {});
  assert.equal((await got()).ConfigurationSetName, undefined);
  for (const command of [PutEmailIdentityFeedbackAttributesCommand, PutEmailIdentityConfigurationSetAttributesCommand])
    await refuses(new command({ EmailIdentity: Nobody }), 'NotFoundException', 404, /d-nobody/);
});

await rule('Policies are kept as they are given', async () => {
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [
    { Effect: 'Allow', Principal: { AWS: '123456789012' }, Action: ['ses:SendEmail'], Resource: arn('identity', EmailIdentity) }] });
  const name = { EmailIdentity, PolicyName: 'others-send' };
  await answers(new GetEmailIdentityPoliciesCommand({ EmailIdentity }), { Policies: {} });
  await refuses(new UpdateEmailIdentityPolicyCommand({ ...name, Policy }), 'NotFoundException', 404, /others-send/);
  await answers(new CreateEmailIdentityPolicyCommand({ ...name, Policy }), {});
  await refuses(new CreateEmailIdentityPolicyCommand({ ...name, Policy }), 'AlreadyExistsException', 400, /others-send/);
  await answers(new GetEmailIdentityPoliciesCommand({ EmailIdentity }), { Policies: { 'others-send': Policy } });
  const other = Policy.replace('Allow', 'Deny');
  await answers(new UpdateEmailIdentityPolicyCommand({ ...name, Policy: other }), {});
  assert.deepEqual((await got()).Policies, { 'others-send': other });
  for (const [bad, why] of [['{', /JSON/], ['[]', /object/], ['{}', /Statement/], [Policy.replace('Allow', 'Maybe'), /Effect/],
    [Policy.replace('Principal', 'Nobody'), /Principal/], [' '.repeat(4097), /4096/]])
    await refuses(new CreateEmailIdentityPolicyCommand({ EmailIdentity, PolicyName: 'bad', Policy: bad }), 'BadRequestException', 400, why);
  await refuses(new CreateEmailIdentityPolicyCommand({ EmailIdentity, PolicyName: 'a b', Policy }), 'BadRequestException', 400, /PolicyName/);
  await refuses(new GetEmailIdentityPoliciesCommand({ EmailIdentity: Nobody }), 'NotFoundException', 404, /d-nobody/);
  for (let i = 1; i < 20; i++) await answer(new CreateEmailIdentityPolicyCommand({ EmailIdentity, PolicyName: `p${i}`, Policy }));
  await refuses(new CreateEmailIdentityPolicyCommand({ EmailIdentity, PolicyName: 'p20', Policy }), 'LimitExceededException', 400, /20/);
  await answers(new DeleteEmailIdentityPolicyCommand(name), {});
  await refuses(new DeleteEmailIdentityPolicyCommand(name), 'NotFoundException', 404, /others-send/);
  assert.equal(Object.keys((await got()).Policies).length, 19);
});

await rule('What is wrong with an identity is recommended to be mended', async () => {
  const found = async Filter => (await answer(new ListRecommendationsCommand({ Filter }))).Recommendations.filter(r => r.ResourceArn === arn('identity', EmailIdentity));
  await answer(new PutEmailIdentityDkimAttributesCommand({ EmailIdentity, SigningEnabled: false }));
  const [one] = await found({ RESOURCE_ARN: arn('identity', EmailIdentity) });
  assert.deepEqual([one.Type, one.Description, one.Status, one.Impact], ['DKIM', 'DKIM verification is not enabled', 'OPEN', 'LOW']);
  assert.equal((await found({ TYPE: 'DKIM' })).length, 1);
  assert.equal((await found({ TYPE: 'SPF' })).length, 0);
  await answer(new PutEmailIdentityDkimSigningAttributesCommand({ EmailIdentity, SigningAttributesOrigin: 'EXTERNAL', SigningAttributes: {
    DomainSigningSelector: 'again', DomainSigningPrivateKey: key() } }));
  await answer(new PutEmailIdentityDkimAttributesCommand({ EmailIdentity, SigningEnabled: true }));
  assert.equal((await found({ TYPE: 'DKIM' })).length, 0);
  await refuses(new ListRecommendationsCommand({ Filter: { RESOURCE_ARN: arn('identity', Nobody) } }), 'NotFoundException', 404, /d-nobody/);
});

await rule('Certificates are refused with a reason', async () => {
  const CertificateArn = 'arn:aws:acm:eu-west-7:123456789012:certificate/1';
  await refuses(new AssociateEmailIdentityCertificateCommand({ EmailIdentity, CertificateArn }), 'BadRequestException', 400, /AWS Certificate Manager/);
  await refuses(new DisassociateEmailIdentityCertificateCommand({ EmailIdentity }), 'BadRequestException', 400, /AWS Certificate Manager/);
  await refuses(new ListEmailIdentityCertificatesCommand({ EmailIdentity }), 'BadRequestException', 400, /AWS Certificate Manager/);
});

await rule('What is deleted leaves nothing to the next of its name', async () => {
  await silo('GET', `/silo/v1/identities/${EmailIdentity}/records`);
  await answers(new DeleteEmailIdentityCommand({ EmailIdentity }), {});
  const again = await answer(new CreateEmailIdentityCommand({ EmailIdentity }));
  assert.equal(new Set([...again.DkimAttributes.Tokens, ...first.Tokens]).size, 6);
  assert.deepEqual((await got()).Policies, {});
});

finish();
