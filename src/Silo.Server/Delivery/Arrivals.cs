using System.Collections.Concurrent;
using Silo.Storage;

namespace Silo.Server.Delivery;

/// <summary>
/// Tenants that came to this silo with mail in their queue, and whose actor has not come to life yet. The store names a backlog once, to the
/// claim that made the tenant this silo's own; coming to life may fail after that, and then nobody else would ever let that mail leave.
/// At most one entry per tenant.
/// </summary>
public sealed class Arrivals
{
    private readonly ConcurrentDictionary<string, TenantBacklog> _backlogs = new(StringComparer.Ordinal);

    public IReadOnlyList<TenantBacklog> All => [.. _backlogs.Values];

    public void Add(TenantBacklog backlog) => _backlogs[backlog.TenantName] = backlog;

    /// <summary>The tenant is alive, and its backlog to be taken up by whoever asks; null when it came without one.</summary>
    public TenantBacklog? Take(string tenantName) => _backlogs.TryRemove(tenantName, out var backlog) ? backlog : null;

    /// <summary>The tenant is alive here or elsewhere. One that arrived again since stays.</summary>
    public void Remove(TenantBacklog backlog) => _backlogs.TryRemove(KeyValuePair.Create(backlog.TenantName, backlog));
}
