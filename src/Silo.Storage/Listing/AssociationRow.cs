namespace Silo.Storage.Listing;

/// <summary>A row of associations, as both engines read it.</summary>
internal sealed class AssociationRow
{
    public required string TenantName { get; init; }

    public required string TenantId { get; init; }

    public required string ResourceArn { get; init; }

    public required long Kind { get; init; }

    public required string ResourceName { get; init; }

    public required long CreatedAt { get; init; }

    public Association ToAssociation() =>
        new(TenantName, TenantId, ResourceArn, (ResourceKind)Kind, ResourceName, new DateTimeOffset(CreatedAt, TimeSpan.Zero));
}
