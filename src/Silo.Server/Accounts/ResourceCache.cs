using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Silo.Storage;

namespace Silo.Server.Accounts;

/// <summary>
/// Documents of one kind, read and parsed at most once per <see cref="MaxAge"/>. Absent ones are remembered too, since each send
/// from an address asks for an identity that mostly does not exist.
/// </summary>
internal sealed class ResourceCache<T>(IResourceStore store, ResourceKind kind, JsonTypeInfo<T> shape, TimeProvider time)
    where T : class
{
    /// <summary>After this long an entry is read again, so that a change made by another silo is seen.</summary>
    public static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(5);

    /// <summary>Twice the limit on resources of a kind; when it is reached the cache starts anew.</summary>
    public const int MaxEntries = 20_000;

    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private long _writes;

    /// <summary>The parsed document with its version, or null when there is none. Completes at once on a fresh entry.</summary>
    public ValueTask<Versioned?> Get(string name, CancellationToken cancellationToken) =>
        _entries.TryGetValue(name, out var entry) && time.GetElapsedTime(entry.ReadAt) < MaxAge
            ? ValueTask.FromResult(entry.Value)
            : Read(name, cancellationToken);

    /// <summary>Past the cache: what stands in the store now.</summary>
    public async ValueTask<Versioned?> Read(string name, CancellationToken cancellationToken)
    {
        var writes = Interlocked.Read(ref _writes);
        var readAt = time.GetTimestamp();
        var stored = await store.Get(kind, name, cancellationToken);
        var value = stored is null ? null : new Versioned(Parse(stored.Document), stored.Version);
        if (_entries.Count >= MaxEntries) _entries.Clear();

        // A write that ended meanwhile may be newer than what was read: leave the place to the next reader.
        if (writes == Interlocked.Read(ref _writes)) _entries[name] = new Entry(value, readAt);
        return value;
    }

    /// <summary>To be called after each local write, before it is answered.</summary>
    public void Forget(string name)
    {
        Interlocked.Increment(ref _writes);
        _entries.TryRemove(name, out _);
    }

    public T Parse(ReadOnlyMemory<byte> document) =>
        JsonSerializer.Deserialize(document.Span, shape) ?? throw new StorageException($"A stored {kind} holds no document.");

    public byte[] Write(T value) => JsonSerializer.SerializeToUtf8Bytes(value, shape);

    public sealed record Versioned(T Value, long Version);

    private readonly record struct Entry(Versioned? Value, long ReadAt);
}
