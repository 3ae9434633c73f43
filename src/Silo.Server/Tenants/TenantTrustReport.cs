using Silo.Core.Tenants;
using Silo.Core.Trust;

namespace Silo.Server.Tenants;

/// <summary>How far a tenant is trusted at one moment, and what it lacks for more.</summary>
/// <param name="LimitsInForce">Its own, and its tier's where it has none.</param>
/// <param name="Missing">For the next tier, in words; empty when it has earned it or none is to be earned.</param>
/// <param name="NextTier">Null when there is none above, or only a person moves it there.</param>
public sealed record TenantTrustReport(
    string TenantName, DateTimeOffset At, TenantTrust Trust, TrustEvidence Evidence, IReadOnlyList<string> Missing, string? NextTier,
    TenantLimits LimitsInForce);

/// <param name="TierName">Null takes the tenant out of all tiers.</param>
/// <param name="Cause">1 to 512 characters.</param>
public sealed record SetTrust(string? TierName, string Cause);

public enum TrustResult
{
    Done,
    NoSuchTenant,
    NoSuchTier,

    /// <summary>Nobody asks anything about the tenant.</summary>
    NoReview,
}

/// <param name="Trust">As it is now; null when there is no such tenant.</param>
public sealed record TrustReply(TrustResult Result, TenantTrust? Trust);
