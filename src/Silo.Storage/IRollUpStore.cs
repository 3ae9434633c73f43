namespace Silo.Storage;

/// <summary>
/// Counts by hour, tenant, identity, configuration set and provider. Written with snapshots (<see cref="SpoolWrite.RollUps"/>); sums of
/// them over tenants are written with the same commits, so both say the same.
/// </summary>
public interface IRollUpStore
{
    /// <summary>
    /// Sums of rows, in the order of their buckets and names, or by <see cref="RollUpQuery.RankBy"/>; at most <paramref name="limit"/> of them.
    /// Where a query does not tell a dimension apart, it is null.
    /// </summary>
    /// <exception cref="ArgumentException">Hours of several tenants are to be told apart: they are kept by the day.</exception>
    ValueTask<IReadOnlyList<RollUpSum>> Read(RollUpQuery query, int limit, CancellationToken cancellationToken);
}

/// <param name="TenantKey">Only of this tenant; null for all of them.</param>
/// <param name="FromHour">As <see cref="Core.Reputation.RollUpKey.Hour"/>. Of buckets longer than an hour the one that it lies in is read whole.</param>
/// <param name="ToHour">The first that is not in it; of a bucket that it lies in, all is read.</param>
/// <param name="BucketHours">1 or 24: the length of a bucket; 0 for one from end to end, in whole days.</param>
public sealed record RollUpQuery(
    long? TenantKey, int FromHour, int ToHour, int BucketHours, bool ByIdentity, bool ByConfigurationSet, bool ByProvider)
{
    /// <summary>Tenants are told apart. Only by days.</summary>
    public bool ByTenant { get; init; }

    /// <summary>Only of this identity.</summary>
    public string? Identity { get; init; }

    /// <summary>Only of this configuration set; empty for mail without one.</summary>
    public string? ConfigurationSet { get; init; }

    /// <summary>Only towards this provider.</summary>
    public string? Provider { get; init; }

    /// <summary>The columns of <see cref="Core.Reputation.RollUpRow"/> to be added up, the others are 0; null for all.</summary>
    public IReadOnlyList<int>? Columns { get; init; }

    /// <summary>The sum of these columns decides the order, the largest first; null for the order of buckets and names.</summary>
    public IReadOnlyList<int>? RankBy { get; init; }

    /// <summary>Only these, by what is told apart of them; null for all.</summary>
    public IReadOnlyList<RollUpName>? Only { get; init; }
}

/// <summary>What a row is about, as far as a query tells it apart.</summary>
public readonly record struct RollUpName(long TenantKey, string? Identity, string? ConfigurationSet, string? Provider);

/// <param name="FirstHour">Of the bucket.</param>
/// <param name="Identity">Null also for mail whose identity is not known: of an older release, or reported by a source that knows no id.</param>
/// <param name="ConfigurationSet">Null also for mail without one.</param>
/// <param name="Provider">Empty for what is about no single recipient.</param>
/// <param name="Counts">By the columns of <see cref="Core.Reputation.RollUpRow"/>.</param>
public sealed record RollUpSum(int FirstHour, string? Identity, string? ConfigurationSet, string? Provider, long[] Counts)
{
    /// <summary>0 where tenants are not told apart.</summary>
    public long TenantKey { get; init; }

    /// <summary>Null also for a tenant that is gone.</summary>
    public string? TenantName { get; init; }

    public RollUpName Name => new(TenantKey, Identity, ConfigurationSet, Provider);
}
