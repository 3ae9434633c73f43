using System.Collections.Frozen;

namespace Silo.Server.Egress;

/// <summary>All pools with their addresses as they stood at one moment; it does not change.</summary>
public sealed class EgressPlan
{
    private readonly FrozenDictionary<string, SendingPool> _pools;
    private readonly FrozenDictionary<string, SourceIp[]> _ipsByPool;
    private readonly FrozenDictionary<string, SourceIp> _ips;

    /// <param name="version">Another one than that of any plan before it.</param>
    /// <param name="pools">Those that are stored; the implicit ones are added.</param>
    /// <param name="ips">One whose pool is not there is left out: nothing may leave from it.</param>
    internal EgressPlan(long version, IEnumerable<SendingPool> pools, IEnumerable<DedicatedIp> ips)
    {
        Version = version;
        var byName = pools.ToDictionary(p => p.Name, StringComparer.Ordinal);
        byName.TryAdd(SendingPool.Default, SendingPool.Implicit(SendingPool.Default));
        byName.TryAdd(SendingPool.Shared, SendingPool.Implicit(SendingPool.Shared));
        _pools = byName.ToFrozenDictionary(StringComparer.Ordinal);
        var sources = ips.Where(i => byName.ContainsKey(i.Pool)).OrderBy(i => i.Ip, StringComparer.Ordinal)
            .Select(i => new SourceIp(i, byName[i.Pool])).ToList();
        _ips = sources.ToFrozenDictionary(i => i.Document.Ip, StringComparer.Ordinal);
        _ipsByPool = sources.GroupBy(i => i.Pool.Name, StringComparer.Ordinal)
            .ToFrozenDictionary(g => g.Key, g => g.ToArray(), StringComparer.Ordinal);
    }

    /// <summary>Grows when anything in the plan changed, and only then.</summary>
    public long Version { get; }

    /// <summary>In no order, the two implicit ones among them.</summary>
    public IReadOnlyList<SendingPool> Pools => _pools.Values;

    /// <summary>Null when there is no such pool.</summary>
    public SendingPool? Find(string poolName) => _pools.GetValueOrDefault(poolName);

    /// <summary>In the order of their text; none for a pool that is not there.</summary>
    public IReadOnlyList<SourceIp> IpsOf(string poolName) => _ipsByPool.TryGetValue(poolName, out var ips) ? ips : [];

    /// <summary>Null when the address is none of ours any more.</summary>
    public SourceIp? FindIp(string ip) => _ips.GetValueOrDefault(ip);

    /// <summary>
    /// The pool that a send leaves from: the one that its configuration set names; without a name the default one if it has addresses,
    /// else the shared one. Null when the named one is gone.
    /// </summary>
    public SendingPool? PoolFor(string? sendingPoolName) => sendingPoolName is not null
        ? Find(sendingPoolName)
        : _pools[_ipsByPool.ContainsKey(SendingPool.Default) ? SendingPool.Default : SendingPool.Shared];
}
