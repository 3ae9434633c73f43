using System.Collections.Concurrent;

namespace Silo.Server.Tenants;

/// <summary>Which tenants of this silo hold counts that are not stored yet. Thread-safe.</summary>
public sealed class UnstoredRollUps
{
    private readonly ConcurrentDictionary<string, byte> _names = new(StringComparer.Ordinal);

    internal void Add(string tenantName) => _names.TryAdd(tenantName, 0);

    internal void Remove(string tenantName) => _names.TryRemove(tenantName, out _);

    /// <summary>Any of them, at most so many.</summary>
    internal IReadOnlyList<string> Some(int most) => [.. _names.Select(n => n.Key).Take(most)];
}
