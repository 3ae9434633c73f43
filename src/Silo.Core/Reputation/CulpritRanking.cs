using Silo.Core.Delivery;
using Silo.Core.Tenants;

namespace Silo.Core.Reputation;

/// <summary>What a tenant's mail brought about in a period.</summary>
/// <param name="Sent">Recipients with an outcome.</param>
/// <param name="HardBounces">Those that count: none of a simulator, none at the tenant's own domains.</param>
/// <param name="Blocks">Refusals for policy or the source's reputation, and bounces that were a finding of the pool.</param>
/// <param name="TrapReports">Messages that third parties reported as sent to spam traps.</param>
/// <param name="AbuseReports">Messages that third parties reported otherwise.</param>
public readonly record struct CulpritCounts(long Sent, long HardBounces, long Blocks, long Complaints, long TrapReports, long AbuseReports)
{
    public static CulpritCounts operator +(CulpritCounts a, CulpritCounts b) => new(
        a.Sent + b.Sent, a.HardBounces + b.HardBounces, a.Blocks + b.Blocks, a.Complaints + b.Complaints, a.TrapReports + b.TrapReports,
        a.AbuseReports + b.AbuseReports);

    public static CulpritCounts operator -(CulpritCounts a, CulpritCounts b) => new(
        a.Sent - b.Sent, a.HardBounces - b.HardBounces, a.Blocks - b.Blocks, a.Complaints - b.Complaints, a.TrapReports - b.TrapReports,
        a.AbuseReports - b.AbuseReports);
}

/// <summary>How many times as often as with the others together; 1 is usual.</summary>
public readonly record struct CulpritLifts(double HardBounces, double Blocks, double Complaints, double TrapReports, double AbuseReports);

/// <param name="Share">Of what all sent, 0 to 1.</param>
/// <param name="Score">By which they are ranked: what exceeds the others' rate, weighed.</param>
/// <param name="SampleMessageIds">
/// Of messages that it came from, those with reports and complaints first; at most <see cref="CulpritRanking.MaxSamples"/>.
/// </param>
public sealed record Culprit(
    long TenantKey, CulpritCounts Counts, CulpritLifts Lifts, double Share, double Score, IReadOnlyList<string> SampleMessageIds);

/// <summary>
/// Ranks tenants by what may have brought a listing or a throttle upon the address that they share: what their mail brought about above the
/// rate of the others. Pure: the same events give the same ranking.
/// </summary>
public sealed class CulpritRanking
{
    /// <summary>Tenants that are followed; of further ones nothing is told.</summary>
    public const int MaxTenants = 10_000;

    public const int MaxSamples = 5;

    // Operators of lists go by traps first and by reports next; a bounce is a sign of a bad list alone. A block often follows the listing.
    private const double TrapWeight = 50;
    private const double ComplaintWeight = 10;
    private const double BounceWeight = 1;
    private const double BlockWeight = 0.5;

    private readonly Dictionary<long, Followed> _tenants = [];

    /// <summary>There were more than <see cref="MaxTenants"/>.</summary>
    public bool LeftTenantsOut { get; private set; }

    public CulpritCounts Total { get; private set; }

    public void Apply(long tenantKey, TenantEvent e)
    {
        var (counts, severity) = CountsOf(e);
        if (counts == default) return;
        if (!_tenants.TryGetValue(tenantKey, out var tenant))
        {
            if (_tenants.Count == MaxTenants)
            {
                LeftTenantsOut = true;
                return;
            }

            _tenants.Add(tenantKey, tenant = new Followed());
        }

        Total += counts;
        tenant.Counts += counts;
        if (severity > 0 && (e.MessageId ?? e.Report?.MessageId) is { } id) tenant.Sample(id, severity);
    }

    /// <summary>The worst first, at most so many; those with nothing against them are left out.</summary>
    public IReadOnlyList<Culprit> Result(int most) =>
    [
        .. _tenants.Select(t => Judge(t.Key, t.Value)).Where(c => c.Score > 0)
            .OrderByDescending(c => c.Score).ThenBy(c => c.TenantKey).Take(most),
    ];

    private Culprit Judge(long key, Followed tenant)
    {
        var (own, others) = (tenant.Counts, Total - tenant.Counts);
        var score = (TrapWeight * Excess(own.TrapReports, others.TrapReports))
            + (ComplaintWeight * (Excess(own.Complaints, others.Complaints) + Excess(own.AbuseReports, others.AbuseReports)))
            + (BounceWeight * Excess(own.HardBounces, others.HardBounces)) + (BlockWeight * Excess(own.Blocks, others.Blocks));
        return new Culprit(
            key, own,
            new CulpritLifts(
                Lift(own.HardBounces, others.HardBounces), Lift(own.Blocks, others.Blocks), Lift(own.Complaints, others.Complaints),
                Lift(own.TrapReports, others.TrapReports), Lift(own.AbuseReports, others.AbuseReports)),
            Total.Sent == 0 ? 0 : (double)own.Sent / Total.Sent, score, tenant.Samples);

        // Half an event more on both sides, so that few are not taken for many and none divides by nothing.
        double Lift(long count, long othersCount) => (count + 0.5) / (own.Sent + 1) / ((othersCount + 0.5) / (others.Sent + 1));

        double Excess(long count, long othersCount) =>
            count == 0 ? 0 : Math.Max(0, count - (own.Sent * (double)othersCount / Math.Max(1, others.Sent)));
    }

    /// <returns>What an event counts as, and how grave it is: 0 for what is no sample.</returns>
    private static (CulpritCounts Counts, int Severity) CountsOf(TenantEvent e)
    {
        if (e.Simulated || e.Repeated) return default;
        // A late outcome takes the place of an earlier one, which was counted as sent.
        var sent = e.Previous is null ? e.Units : 0;
        return e.Kind switch
        {
            TenantEventKind.HandedOver or TenantEventKind.Delivered or TenantEventKind.SoftBounced =>
                (new CulpritCounts(sent, 0, 0, 0, 0, 0), 0),
            TenantEventKind.HardBounced when e.CommonCause => (new CulpritCounts(sent, 0, e.Units, 0, 0, 0), 1),
            TenantEventKind.HardBounced => (new CulpritCounts(sent, e.OwnDomain ? 0 : e.Units, 0, 0, 0, 0), e.OwnDomain ? 0 : 2),
            TenantEventKind.Blocked => (new CulpritCounts(sent, 0, e.Units, 0, 0, 0), 1),
            TenantEventKind.Complained => (new CulpritCounts(0, 0, 0, e.Units, 0, 0), 3),
            TenantEventKind.ExternalReported when e.Report is { Kind: ExternalReportKind.SpamTrap } r =>
                (new CulpritCounts(0, 0, 0, 0, r.Count, 0), 4),
            TenantEventKind.ExternalReported when e.Report is { IsListing: false, IsOfDestination: false } r =>
                (new CulpritCounts(0, 0, 0, 0, 0, r.Count), 4),
            _ => default,
        };
    }

    private sealed class Followed
    {
        private readonly List<(string Id, int Severity)> _samples = [];

        public CulpritCounts Counts { get; set; }

        public IReadOnlyList<string> Samples => [.. _samples.OrderByDescending(s => s.Severity).Select(s => s.Id)];

        // Of equal ones the newest stay.
        public void Sample(string id, int severity)
        {
            _samples.RemoveAll(s => s.Id == id && s.Severity <= severity);
            if (_samples.Any(s => s.Id == id)) return;
            _samples.Add((id, severity));
            if (_samples.Count <= MaxSamples) return;
            var least = _samples.Min(s => s.Severity);
            _samples.RemoveAt(_samples.FindIndex(s => s.Severity == least));
        }
    }
}
