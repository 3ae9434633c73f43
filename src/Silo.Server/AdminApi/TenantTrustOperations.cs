using Silo.Core.Trust;
using Silo.Server.SesApi;
using Silo.Server.SesApi.Operations.Tenants;
using Silo.Server.Tenants;

namespace Silo.Server.AdminApi;

/// <summary>The trust tier of a tenant: where it stands, what it lacks for the next one; and a person's word on it.</summary>
internal static class TenantTrustOperations
{
    private const string Path = "/silo/v1/tenants/{TenantName}/trust";

    public static SesOperation Get { get; } = SesOperation.Of("GetTenantTrust", "GET", Path, Read);

    public static SesOperation Put { get; } = SesOperation.Of("PutTenantTrust", "PUT", Path, AdminJson.Default.PutTenantTrustRequest, Set);

    private static async ValueTask<SesAnswer> Read(SesCall call, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        if (!TenantMembers.CheckName(call.Labels[0], checks)) return checks.Error!;
        return await call.Services.Tenants.Get(call.Labels[0]).Trust(cancellationToken) is { } report
            ? SesAnswer.Json(ToWire(report), AdminJson.Default.GetTenantTrustResponse)
            : TenantMembers.NotFound(call.Labels[0]);
    }

    private static async ValueTask<SesAnswer> Set(SesCall call, PutTenantTrustRequest request, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        TenantMembers.CheckName(call.Labels[0], checks);
        checks.Length(request.TierName, "TierName", 1, TrustTier.MaxNameLength);
        checks.Length(request.Cause, "Cause", 1, TrustReview.MaxTextLength);
        if (checks.Error is { } refused) return refused;
        var command = new SetTrust(request.TierName, request.Cause ?? "Tier manually set.");
        return (await call.Services.Tenants.Get(call.Labels[0]).SetTrust(command, cancellationToken)).Result switch
        {
            TrustResult.NoSuchTenant => TenantMembers.NotFound(call.Labels[0]),
            TrustResult.NoSuchTier => TrustTierOperations.NotFound(request.TierName!),
            _ => SesAnswer.Empty,
        };
    }

    private static GetTenantTrustResponse ToWire(TenantTrustReport report)
    {
        var trust = report.Trust;
        return new GetTenantTrustResponse(
            report.TenantName, trust.Tier?.Name, trust.Tier?.Rank, EpochSeconds.From(trust.Since), trust.TierPolicy,
            TenantLimitsOperations.ToWire(report.LimitsInForce), trust.Tier?.BlastRadius,
            trust.Tier is { } tier ? TrustTierOperations.NameOf(tier.ContentCheck) : null, report.NextTier, report.Missing,
            EvidenceShape.Of(report.Evidence), EpochSeconds.From(trust.AskAgainAt), EpochSeconds.From(trust.RejectsAskAgainAt),
            trust.Review is { } review ? ReviewShape.Of(report.TenantName, review) : null);
    }
}

/// <param name="TierName">Absent takes the tenant out of all tiers.</param>
/// <param name="Cause">1 to 512 characters.</param>
internal sealed record PutTenantTrustRequest(string? TierName, string? Cause);

/// <param name="TierPolicy">The policy that a tier gave; another one that holds is the operator's, and stays.</param>
/// <param name="Limits">In force: the tenant's own, and its tier's where it has none.</param>
/// <param name="NextTier">Absent where none is to be earned.</param>
/// <param name="Missing">For the next tier.</param>
/// <param name="AskAgainAt">Nobody is asked about a promotion before.</param>
/// <param name="RejectsAskAgainAt">Nobody is asked about rejected mail before.</param>
internal sealed record GetTenantTrustResponse(
    string TenantName, string? TierName, int? Rank, decimal? Since, string? TierPolicy, PutTenantLimitsRequest? Limits, int? BlastRadius,
    string? ContentCheck, string? NextTier, IReadOnlyList<string> Missing, EvidenceShape Evidence, decimal? AskAgainAt,
    decimal? RejectsAskAgainAt, ReviewShape? Review);
