namespace Silo.Storage.Listing;

/// <summary>A tenant as lists show it, as both engines read it.</summary>
internal sealed class TenantListingRow
{
    public required string Name { get; init; }

    public required string TenantId { get; init; }

    public required string Arn { get; init; }

    public required long CreatedAt { get; init; }

    public required string SendingStatus { get; init; }

    public required string? ReputationImpact { get; init; }

    public required byte[] State { get; init; }

    public TenantListing ToListing() =>
        new(Name, TenantId, Arn, new DateTimeOffset(CreatedAt, TimeSpan.Zero), SendingStatus, ReputationImpact, State);
}
