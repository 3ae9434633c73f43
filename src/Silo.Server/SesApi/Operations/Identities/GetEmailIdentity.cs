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
        return SesAnswer.Json(
            new GetEmailIdentityResponse(
                identity.IdentityType, identity.FeedbackForwarding, identity.IsVerified, DkimShape.ToWire(identity.Dkim),
                new Dictionary<string, string>(), TagRules.ToWire(tags), identity.ConfigurationSetName,
                identity.VerificationStatus, Info(identity)),
            SesJson.Default.GetEmailIdentityResponse);
    }

    public static SesError NotFound(string name) => SesError.NotFound($"Email identity {MemberChecks.Shown(name)} does not exist.");

    private static VerificationInfo? Info(EmailIdentity identity) => identity.LastCheckedAt is null
        ? null
        : new VerificationInfo(EpochSeconds.From(identity.LastCheckedAt), EpochSeconds.From(identity.LastSuccessAt));
}

/// <summary>MailFromAttributes is absent until a MAIL FROM domain is set.</summary>
internal sealed record GetEmailIdentityResponse(
    string IdentityType, bool FeedbackForwardingStatus, bool VerifiedForSendingStatus, DkimAttributes DkimAttributes,
    IReadOnlyDictionary<string, string> Policies, IReadOnlyList<Tag> Tags, string? ConfigurationSetName, string VerificationStatus,
    VerificationInfo? VerificationInfo);

internal sealed record VerificationInfo(decimal? LastCheckedTimestamp, decimal? LastSuccessTimestamp);
