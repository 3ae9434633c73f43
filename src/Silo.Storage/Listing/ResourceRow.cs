namespace Silo.Storage.Listing;

/// <summary>A row of resources, as both engines read it: their statements name the columns as the members here.</summary>
internal sealed class ResourceRow
{
    public required long Kind { get; init; }

    public required string Name { get; init; }

    public required byte[] Document { get; init; }

    public required long CreatedAt { get; init; }

    public required long Version { get; init; }

    public StoredResource ToResource() => new((ResourceKind)Kind, Name, Document, new DateTimeOffset(CreatedAt, TimeSpan.Zero), Version);
}
