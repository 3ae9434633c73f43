using Silo.Core.Suppression;

namespace Silo.Storage;

/// <summary>
/// The suppression list of the account and those of tenants; null names the account's. What bounces and complaints add comes with the write
/// of its event (<see cref="SpoolWrite.Suppressions"/>). Lists have no limit; a tenant's goes with the tenant.
/// </summary>
public interface ISuppressionStore
{
    /// <summary>What the account's list and the tenant's hold of these recipients, whatever the case of either.</summary>
    /// <param name="recipients">1 to 50.</param>
    ValueTask<IReadOnlyList<ListedAddress>> Find(string tenantName, IReadOnlyList<string> recipients, CancellationToken cancellationToken);

    /// <summary>Null when the list has no such entry in exactly this case, or there is no such tenant.</summary>
    ValueTask<SuppressionEntry?> Get(string? tenantName, string address, CancellationToken cancellationToken);

    /// <summary>Adds an entry or replaces the one of exactly this address. False when there is no such tenant.</summary>
    ValueTask<bool> Put(string? tenantName, SuppressionEntry entry, CancellationToken cancellationToken);

    /// <summary>False when the list has no such entry in exactly this case, or there is no such tenant.</summary>
    ValueTask<bool> Delete(string? tenantName, string address, CancellationToken cancellationToken);

    /// <summary>Entries in the order of their addresses; empty for a tenant that does not exist.</summary>
    ValueTask<Page<SuppressionEntry>> List(SuppressionFilter filter, int pageSize, CancellationToken cancellationToken);
}

/// <param name="TenantName">Null for the account's list.</param>
public sealed record SuppressionFilter(string? TenantName)
{
    /// <summary>Entries behind this address.</summary>
    public string? After { get; init; }

    /// <summary>Null for all.</summary>
    public SuppressionReason? Reason { get; init; }

    /// <summary>Put there at or after.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Put there before.</summary>
    public DateTimeOffset? Until { get; init; }
}
