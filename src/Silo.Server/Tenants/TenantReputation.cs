using Silo.Core.Reputation;
using Silo.Core.Suspension;

namespace Silo.Server.Tenants;

/// <summary>A tenant's reputation at one moment, for people: what its findings come from.</summary>
/// <param name="Volumes">By window, the tenant's as a whole first.</param>
/// <param name="Findings">Open ones with the numbers of now, and those that closed within 30 days.</param>
/// <param name="History">Steps of findings, the oldest first.</param>
/// <param name="Reports">Of third parties, of the last 7 days.</param>
/// <param name="Listings">Blocklists that name it.</param>
public sealed record TenantReputation(
    string TenantName, DateTimeOffset At, TenantStanding Standing, IReadOnlyList<ReputationRow> Volumes, IReadOnlyList<Finding> Findings,
    IReadOnlyList<FindingRecord> History, IReadOnlyList<ReportMark> Reports, IReadOnlyList<ReportMark> Listings)
{
    /// <summary>Recipients accepted in this hour, its robust z-score, and what is usual; a score of 0 without history.</summary>
    public long HourVolume { get; init; }

    public double HourScore { get; init; }

    public double HourMedian { get; init; }
}

/// <param name="Provider">Null for the tenant as a whole.</param>
public sealed record ReputationRow(ReputationWindow Window, string? Provider, ReputationVolume Volume);
