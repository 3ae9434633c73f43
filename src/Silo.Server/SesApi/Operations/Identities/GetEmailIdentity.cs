using Silo.Server.Accounts;

namespace Silo.Server.SesApi.Operations.Identities;

internal static class GetEmailIdentity
{
    public const string Path = "/v2/email/identities/{EmailIdentity}";

    public static SesOperation Operation { get; } = SesOperation.Of("GetEmailIdentity", "GET", Path, Handle);

    private static async ValueTask<SesAnswer> Handle(SesCall call, CancellationToken cancellationToken)
    {
        var services = call.Services;
        if (await services.Account.GetIdentity(call.Labels[0], cancellationToken) is not { } identity) return NotFound(call.Labels[0]);
        var tags = await services.Resources.GetTags(services.Arns.Identity(identity.Name), cancellationToken);
        var policies = await services.IdentityPolicies.Get(identity.Name, cancellationToken);
        return SesAnswer.Json(
            new GetEmailIdentityResponse(
                identity.IdentityType, identity.FeedbackForwarding, identity.IsVerified,
                DkimShape.ToWire(identity.Dkim, services.IdentityTerms.SigningHostedZone), MailFrom(identity.MailFrom), policies,
                TagRules.ToWire(tags), identity.ConfigurationSetName, identity.VerificationStatus, Info(identity)),
            SesJson.Default.GetEmailIdentityResponse);
    }

    public static SesError NotFound(string name) => SesError.NotFound($"Email identity {MemberChecks.Shown(name)} does not exist.");

    private static MailFromAttributes? MailFrom(MailFromSettings? settings) => settings is null
        ? null
        : new MailFromAttributes(settings.Domain, settings.Status, settings.BehaviorOnMxFailure);

    private static VerificationInfo? Info(EmailIdentity identity) => identity.LastCheckedAt is null
        ? null
        : new VerificationInfo(
            EpochSeconds.From(identity.LastCheckedAt), EpochSeconds.From(identity.LastSuccessAt), identity.Proof?.ErrorType,
            identity.Proof?.Authority is { } a ? new SOARecord(a.PrimaryNameServer, a.AdminEmail, a.SerialNumber) : null);
}

/// <summary>MailFromAttributes is absent until a MAIL FROM domain is set.</summary>
internal sealed record GetEmailIdentityResponse(
    string IdentityType, bool FeedbackForwardingStatus, bool VerifiedForSendingStatus, DkimAttributes DkimAttributes,
    MailFromAttributes? MailFromAttributes, IReadOnlyDictionary<string, string> Policies, IReadOnlyList<Tag> Tags, string? ConfigurationSetName,
    string VerificationStatus, VerificationInfo? VerificationInfo);

/// <param name="MailFromDomainStatus">PENDING, SUCCESS, FAILED or TEMPORARY_FAILURE.</param>
internal sealed record MailFromAttributes(string MailFromDomain, string MailFromDomainStatus, string BehaviorOnMxFailure);

/// <param name="ErrorType">SES VerificationError.</param>
internal sealed record VerificationInfo(decimal? LastCheckedTimestamp, decimal? LastSuccessTimestamp, string? ErrorType, SOARecord? SOARecord);

internal sealed record SOARecord(string PrimaryNameServer, string AdminEmail, long SerialNumber);
