using System.Collections.Concurrent;
using Silo.Core.Messages;
using Silo.Core.Tenants;
using Silo.Server.Tenants;

namespace Silo.Server.Trust;

/// <summary>
/// What tenants' tiers say about content checks, for intake on any silo: remembered for <see cref="MaxAge"/>, and asked for only while
/// there is a tier that says something. Safe for several threads.
/// </summary>
internal sealed class TrustCoverage(TrustTiers tiers, ITenants tenants, TimeProvider time)
{
    public static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(30);
    public const int MaxEntries = 20_000;

    private readonly ConcurrentDictionary<string, (ContentCoverage Coverage, long At)> _known = new(StringComparer.Ordinal);

    public async ValueTask<ContentCoverage> Of(string tenantName, CancellationToken cancellationToken)
    {
        if (tenantName == TenantName.Account || tiers.Current is not { } ladder) return ContentCoverage.Sample;
        if (!ladder.Tiers.Any(t => t.ContentCheck != ContentCoverage.Sample)) return ContentCoverage.Sample;
        if (_known.TryGetValue(tenantName, out var known) && time.GetElapsedTime(known.At) < MaxAge) return known.Coverage;
        var at = time.GetTimestamp();
        var coverage = (await tenants.Get(tenantName).Trust(cancellationToken))?.Trust.Tier?.ContentCheck ?? ContentCoverage.Sample;
        if (_known.Count >= MaxEntries) _known.Clear();
        _known[tenantName] = (coverage, at);
        return coverage;
    }
}
