namespace Silo.Storage;

/// <summary>Tenants by name: one row with the current state. Changes of state travel as snapshots in a <see cref="SpoolWrite"/>.</summary>
public interface ITenantStore
{
    /// <summary>
    /// The tenant with its last snapshot and the events committed after that snapshot, in order; null when there is none of that name.
    /// Costs one row read when the snapshot is current.
    /// </summary>
    ValueTask<StoredTenant?> Load(string name, CancellationToken cancellationToken);

    /// <summary>
    /// Makes the tenant this incarnation's own and loads it, in one step; tenants claimed at the same time are claimed in sets. One that
    /// belongs to another living incarnation is asked for and waited for, as long as a claim may take; of one that has ended it is taken.
    /// </summary>
    ValueTask<TenantClaim> Claim(string name, CancellationToken cancellationToken);

    /// <summary>Creates the tenant with its first snapshot and its tags, in one commit. It belongs to this incarnation.</summary>
    ValueTask<TenantCreation> Create(NewTenant tenant, CancellationToken cancellationToken);

    /// <summary>
    /// Removes the tenant, its tags and its associations in one commit; its events stay. The queue must be empty by then.
    /// False when there is no such tenant.
    /// </summary>
    ValueTask<bool> Delete(long tenantKey, CancellationToken cancellationToken);

    /// <summary>Tenants in the order of their names (ordinal) after <see cref="TenantFilter.AfterName"/>. The account tenant is left out.</summary>
    ValueTask<Page<TenantListing>> List(TenantFilter filter, int pageSize, CancellationToken cancellationToken);

    /// <summary>The listing of the tenant with this id ("tn-…"), or null.</summary>
    ValueTask<TenantListing?> FindById(string tenantId, CancellationToken cancellationToken);

    /// <summary>The name of the tenant that has or had this key; null when it is not there any more.</summary>
    ValueTask<string?> FindName(long tenantKey, CancellationToken cancellationToken);

    /// <summary>
    /// Names of tenants whose oldest event after their snapshot lies <paramref name="maxBehind"/> or more events back in the log, the
    /// oldest first. They are to be given a snapshot: until then they keep the log from being trimmed, cost 8 bytes of memory per
    /// event, and lengthen the next start.
    /// </summary>
    ValueTask<IReadOnlyList<string>> TenantsToSnapshot(long maxBehind, int limit, CancellationToken cancellationToken);
}

public sealed record StoredTenant(
    long TenantKey, string Name, string TenantId, DateTimeOffset CreatedAt, TenantSnapshot Snapshot, IReadOnlyList<StoredEvent> Tail);

public enum ClaimResult
{
    Claimed,
    NoSuchTenant,

    /// <summary>Another incarnation lives and did not give it in time.</summary>
    OwnedElsewhere,
}

/// <param name="Tenant">Null unless claimed.</param>
/// <param name="Unsettled">
/// Its units that were in hand when an earlier incarnation ended: the possible duplicates. Each claim names them until they are settled.
/// </param>
/// <param name="Backlog">Its queue when it was not this incarnation's before; null when it was, or when nothing is queued.</param>
public sealed record TenantClaim(
    ClaimResult Result, StoredTenant? Tenant, IReadOnlyList<UnsettledUnit> Unsettled, TenantBacklog? Backlog)
{
    public static TenantClaim NoSuchTenant { get; } = new(ClaimResult.NoSuchTenant, null, [], null);

    public static TenantClaim OwnedElsewhere { get; } = new(ClaimResult.OwnedElsewhere, null, [], null);
}

/// <param name="Arn">Under which its tags are kept.</param>
/// <param name="MaxTenants">The limit on tenants, the account tenant not counted.</param>
public sealed record NewTenant(
    string Name, string TenantId, string Arn, DateTimeOffset CreatedAt, TenantSnapshot Snapshot,
    IReadOnlyList<ResourceTag> Tags, int MaxTenants);

public enum TenantCreationResult
{
    Created,
    NameTaken,
    LimitReached,
}

/// <param name="TenantKey">The new key; 0 unless created. Keys are never used again.</param>
public sealed record TenantCreation(TenantCreationResult Result, long TenantKey);

/// <summary>All given conditions must hold. Substrings and prefixes compare ordinally.</summary>
public sealed record TenantFilter
{
    public string? AfterName { get; init; }

    public string? NameContains { get; init; }

    /// <summary>A prefix of the tenant's ARN.</summary>
    public string? ArnPrefix { get; init; }

    public string? SendingStatus { get; init; }

    public string? ReputationImpact { get; init; }

    /// <summary>Only tenants with an open finding.</summary>
    public bool WithFinding { get; init; }
}

public sealed record TenantListing(
    string Name, string TenantId, string Arn, DateTimeOffset CreatedAt, string SendingStatus, string? ReputationImpact,
    ReadOnlyMemory<byte> State);
