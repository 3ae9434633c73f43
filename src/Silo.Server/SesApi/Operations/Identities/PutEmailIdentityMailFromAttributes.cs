using Silo.Server.Accounts;
using Silo.Server.Identities;

namespace Silo.Server.SesApi.Operations.Identities;

internal static class PutEmailIdentityMailFromAttributes
{
    public static SesOperation Operation { get; } = SesOperation.Of(
        "PutEmailIdentityMailFromAttributes", "PUT", GetEmailIdentity.Path + "/mail-from",
        SesJson.Default.PutEmailIdentityMailFromAttributesRequest, Handle);

    private static async ValueTask<SesAnswer> Handle(
        SesCall call, PutEmailIdentityMailFromAttributesRequest request, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        checks.OneOf(request.BehaviorOnMxFailure, "BehaviorOnMxFailure", MailFromSettings.UseDefault, MailFromSettings.Reject);
        if (checks.Error is { } refused) return refused;
        if (IdentityName.Normalize(call.Labels[0]) is not { } name) return GetEmailIdentity.NotFound(call.Labels[0]);

        // Empty or absent: the platform's own return path again.
        if (string.IsNullOrEmpty(request.MailFromDomain)) return await IdentityChange.Apply(call, i => i with { MailFrom = null }, cancellationToken);
        var owner = name[(name.LastIndexOf('@') + 1)..];
        var domain = IdentityName.IsDomain(request.MailFromDomain) ? request.MailFromDomain.ToLowerInvariant() : null;
        if (domain is null || !domain.EndsWith("." + owner, StringComparison.Ordinal))
            return SesError.BadRequest($"1 validation error detected: MailFromDomain must be a subdomain of {owner}");

        var now = call.Services.Time.GetUtcNow();
        var behavior = request.BehaviorOnMxFailure ?? MailFromSettings.UseDefault;
        return await IdentityChange.Apply(
            call,
            identity => identity with
            {
                MailFrom = identity.MailFrom is { } same && same.Domain == domain
                    ? same with { BehaviorOnMxFailure = behavior }
                    : new MailFromSettings(domain, behavior, VerificationRules.Pending, now),
                Proof = (identity.Proof ?? new IdentityProof()) with { NextLookAt = now },
            },
            cancellationToken);
    }
}

internal sealed record PutEmailIdentityMailFromAttributesRequest(string? MailFromDomain, string? BehaviorOnMxFailure);
