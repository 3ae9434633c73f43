using System.Collections.Concurrent;
using Silo.Server.Tenants.Embedded;
using Silo.Storage;

namespace Silo.Orleans.Tenants;

/// <summary>The tenants that are active on this silo.</summary>
internal sealed class LocalTenants(ISiloStore store)
{
    private readonly ConcurrentDictionary<string, TenantGrain> _active = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, byte> _unclean = new(StringComparer.Ordinal);

    public ActorHostOptions Options { get; } = new();

    public int Count => _active.Count;

    /// <summary>This process lost its tenants: nothing of them is to be saved.</summary>
    public bool IsLost => store.Ownership.Lost.IsCompleted;

    public IEnumerable<TenantGrain> Active => _active.Values;

    public void Add(TenantGrain grain) => _active[grain.Name] = grain;

    /// <param name="unclean">Writes of it may still be in line, or failed: the next activation here waits for them before it loads.</param>
    public void Remove(TenantGrain grain, bool unclean)
    {
        _active.TryRemove(KeyValuePair.Create(grain.Name, grain));
        if (unclean) _unclean[grain.Name] = 0;
    }

    /// <summary>Whether the activation before ended after a failure; asked once, by the next one.</summary>
    public bool TookUnclean(string name) => _unclean.TryRemove(name, out _);

    public void Discard(string name)
    {
        if (_active.TryGetValue(name, out var grain)) grain.Discard();
    }
}
