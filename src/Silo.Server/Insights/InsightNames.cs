using System.Collections.Concurrent;
using Silo.Storage;

namespace Silo.Server.Insights;

/// <summary>The names of tenants by their keys, which never name another one.</summary>
internal sealed class InsightNames(ITenantStore tenants)
{
    private const int MaxNames = 10_000;

    private readonly ConcurrentDictionary<long, string> _names = new();

    /// <summary>Null when the tenant is not there any more.</summary>
    public async ValueTask<string?> Find(long tenantKey, CancellationToken cancellationToken)
    {
        if (_names.TryGetValue(tenantKey, out var known)) return known;
        if (await tenants.FindName(tenantKey, cancellationToken) is not { } name) return null;
        if (_names.Count >= MaxNames) _names.Clear();
        _names[tenantKey] = name;
        return name;
    }

    /// <summary>The keys of those that there are.</summary>
    public async ValueTask<IReadOnlyList<long>> Keys(IEnumerable<string> names, CancellationToken cancellationToken)
    {
        var keys = new List<long>();
        foreach (var name in names)
            if (await tenants.Load(name, cancellationToken) is { } row) keys.Add(row.TenantKey);
        return keys;
    }
}
