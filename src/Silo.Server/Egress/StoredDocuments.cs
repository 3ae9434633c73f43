using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Silo.Server.Accounts;
using Silo.Storage;

namespace Silo.Server.Egress;

/// <summary>Documents of one kind, always as they stand in the store.</summary>
internal sealed class StoredDocuments<T>(IResourceStore store, ResourceKind kind, JsonTypeInfo<T> shape)
    where T : class
{
    private const int MaxWriteAttempts = 5;
    private const int PageSize = 1_000;

    public async ValueTask<Versioned?> Get(string name, CancellationToken cancellationToken) =>
        await store.Get(kind, name, cancellationToken) is { } stored ? new Versioned(Parse(stored), stored.Version) : null;

    /// <summary>All of them, in the order of their names.</summary>
    public async ValueTask<IReadOnlyList<StoredResource>> List(CancellationToken cancellationToken)
    {
        var all = new List<StoredResource>();
        string? after = null;
        do
        {
            var page = await store.List(kind, after, null, PageSize, cancellationToken);
            all.AddRange(page.Items);
            after = page.Next;
        }
        while (after is not null);
        return all;
    }

    public ValueTask<ResourceCreation> Create(
        string name, string arn, T value, DateTimeOffset createdAt, IReadOnlyList<ResourceTag> tags, int max, CancellationToken cancellationToken) =>
        store.Create(new NewResource(kind, name, arn, Write(value), createdAt, tags, max), cancellationToken);

    public ValueTask<bool> Replace(string name, T value, long expectedVersion, CancellationToken cancellationToken) =>
        store.Replace(kind, name, Write(value), expectedVersion, cancellationToken);

    /// <param name="change">Null to leave it as it is; may be asked more than once when others write at the same time.</param>
    public async ValueTask<ResourceChange> Change(string name, Func<T, T?> change, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < MaxWriteAttempts; attempt++)
        {
            if (await Get(name, cancellationToken) is not { } current) return ResourceChange.NotFound;
            if (change(current.Value) is not { } next || await Replace(name, next, current.Version, cancellationToken)) return ResourceChange.Done;
        }

        return ResourceChange.Contended;
    }

    public ValueTask<ResourceDeletion> Delete(string name, string arn, CancellationToken cancellationToken) =>
        store.Delete(kind, name, arn, cancellationToken);

    public T Parse(StoredResource stored) =>
        JsonSerializer.Deserialize(stored.Document.Span, shape) ?? throw new StorageException($"A stored {kind} holds no document.");

    private byte[] Write(T value) => JsonSerializer.SerializeToUtf8Bytes(value, shape);

    public sealed record Versioned(T Value, long Version);
}
