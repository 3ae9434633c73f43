namespace Silo.LoadTest.Traffic;

/// <summary>
/// Which tenants a sender sends for. A tenant with a small part of the traffic is served by one sender, one with a large part by several,
/// so that no sender has to do with much more than the others.
/// </summary>
internal sealed class TenantMix
{
    private readonly List<(int Tenant, double Weight)>[] _bySender;

    /// <param name="weights">One for each tenant, as <see cref="Zipf"/> or a scenario gives them.</param>
    public TenantMix(IReadOnlyList<double> weights, int senders)
    {
        _bySender = [.. Enumerable.Range(0, senders).Select(_ => new List<(int, double)>())];
        var total = weights.Sum();
        var next = 0;
        for (var tenant = 0; tenant < weights.Count; tenant++)
        {
            if (weights[tenant] == 0) continue;
            var by = Math.Clamp((int)Math.Ceiling(weights[tenant] / total * senders * 2), 1, senders);
            for (var i = 0; i < by; i++) _bySender[next++ % senders].Add((tenant, weights[tenant] / by));
        }
    }

    /// <summary>Tenant n + 1 has (n + 1)^-exponent of the first one's traffic; 0 gives all the same.</summary>
    public static double[] Zipf(int tenants, double exponent) =>
        [.. Enumerable.Range(1, tenants).Select(n => Math.Pow(n, -exponent))];

    /// <summary>What this sender has of all traffic, 0 to 1. With fewer tenants than senders some may have nothing.</summary>
    public double ShareOf(int sender) => _bySender[sender].Sum(t => t.Weight) / _bySender.Sum(s => s.Sum(t => t.Weight));

    /// <summary>The sender's tenants and the choice between them; null when it has none.</summary>
    public (int[] Tenants, WeightedChoice Choice)? Of(int sender) => _bySender[sender] is { Count: > 0 } own
        ? ([.. own.Select(t => t.Tenant)], new WeightedChoice([.. own.Select(t => t.Weight)]))
        : null;
}
