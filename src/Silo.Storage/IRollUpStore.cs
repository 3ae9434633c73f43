namespace Silo.Storage;

/// <summary>Tenants' counts by hour, identity, configuration set and provider. Written with snapshots (<see cref="SpoolWrite.RollUps"/>).</summary>
public interface IRollUpStore
{
    /// <summary>
    /// The sums of a tenant's rows, in the order of their buckets and names; at most <paramref name="limit"/> of them. Where a query
    /// does not tell a dimension apart, it is null.
    /// </summary>
    ValueTask<IReadOnlyList<RollUpSum>> Read(RollUpQuery query, int limit, CancellationToken cancellationToken);
}

/// <param name="FromHour">As <see cref="Core.Reputation.RollUpKey.Hour"/>.</param>
/// <param name="ToHour">The first that is not in it.</param>
/// <param name="BucketHours">1 or 24: the length of a bucket.</param>
public sealed record RollUpQuery(
    long TenantKey, int FromHour, int ToHour, int BucketHours, bool ByIdentity, bool ByConfigurationSet, bool ByProvider)
{
    /// <summary>Only of this identity.</summary>
    public string? Identity { get; init; }

    /// <summary>Only of this configuration set.</summary>
    public string? ConfigurationSet { get; init; }

    /// <summary>Only towards this provider.</summary>
    public string? Provider { get; init; }
}

/// <param name="FirstHour">Of the bucket.</param>
/// <param name="Identity">Null also for mail whose identity is not known: of an older release, or reported by a source that knows no id.</param>
/// <param name="Provider">Empty for what is about no single recipient.</param>
/// <param name="Counts">By the columns of <see cref="Core.Reputation.RollUpRow"/>.</param>
public sealed record RollUpSum(int FirstHour, string? Identity, string? ConfigurationSet, string? Provider, long[] Counts);
