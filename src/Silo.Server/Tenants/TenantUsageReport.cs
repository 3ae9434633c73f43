using Silo.Core.Tenants;

namespace Silo.Server.Tenants;

/// <summary>What a tenant used.</summary>
/// <param name="Days">The latest 32 UTC days with any use, the oldest first.</param>
/// <param name="Months">The latest 13 months with any use, the oldest first.</param>
public sealed record TenantUsageReport(
    string TenantName, string TenantId, IReadOnlyList<UsagePeriod> Days, IReadOnlyList<UsagePeriod> Months);
