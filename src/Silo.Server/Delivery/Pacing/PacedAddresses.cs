using Silo.Core.Pacing;
using Silo.Server.Egress;

namespace Silo.Server.Delivery.Pacing;

/// <summary>The source addresses that this silo can use. Owned by the dispatcher's loop.</summary>
/// <param name="transport">The way out, which may leave from addresses of pools or not.</param>
/// <param name="host">The host that this silo runs on: the addresses of others are not used here.</param>
internal sealed class PacedAddresses(EgressScheduler scheduler, ITransport transport, string host)
{
    private readonly Dictionary<string, PacedAddress> _all = new(StringComparer.Ordinal);

    public IEnumerable<PacedAddress> All => _all.Values;

    public PacedAddress? Find(string ip) => _all.GetValueOrDefault(ip);

    /// <summary>The addresses by which mail of a pool leaves here; null when it does not leave by addresses of its own.</summary>
    public IReadOnlyList<PacedAddress>? Of(EgressPlan plan, string pool)
    {
        if (!transport.LeavesFromAddresses || plan.IpsOf(pool) is not { Count: > 0 } ips) return null;
        return [.. ips.Where(CanBeUsed).Select(ip => _all[ip.Document.Ip])];
    }

    public void Follow(EgressPlan plan, DateTimeOffset now)
    {
        if (!transport.LeavesFromAddresses) return;
        foreach (var ip in plan.Pools.SelectMany(p => plan.IpsOf(p.Name)).Where(CanBeUsed))
        {
            if (_all.TryGetValue(ip.Document.Ip, out var address)) address.Follow(ip, now);
            else _all.Add(ip.Document.Ip, new PacedAddress(scheduler, ip, now));
        }
    }

    /// <summary>Ends rests whose time has come. True when there was one.</summary>
    public bool Refresh(DateTimeOffset now)
    {
        var changed = false;
        foreach (var address in _all.Values) changed |= address.Refresh(now);
        return changed;
    }

    /// <summary>Forgets addresses that are gone and of which nothing is in hand.</summary>
    public void Prune(EgressPlan plan)
    {
        foreach (var (name, address) in _all)
            if (address.Whole.InFlight == 0 && !(plan.FindIp(name) is { } ip && CanBeUsed(ip))) _all.Remove(name);
    }

    private bool CanBeUsed(SourceIp ip) => ip.Document.IsOf(host) && transport.CanLeaveFrom(ip);
}
