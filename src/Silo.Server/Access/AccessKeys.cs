using System.Collections.Concurrent;

namespace Silo.Server.Access;

/// <summary>
/// Every access key, by its id: the root key from memory, others from the store, looked at again after <see cref="MaxAge"/>. So what is
/// changed here holds at once, and what another silo changed within two seconds; what is derived from a secret is kept under the secret
/// itself and needs no care. Ids that do not exist are remembered too, apart, so that guesses push no key out.
/// </summary>
internal sealed class AccessKeys(RootKey root, CredentialDocuments? documents, TimeProvider time)
{
    public static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(2);

    private const int MaxKnown = 20_000;
    private const int MaxUnknown = 20_000;
    private readonly ConcurrentDictionary<string, Entry> _known = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Entry> _unknown = new(StringComparer.Ordinal);
    private long _changes;

    public AccessKey Root => root.Key;

    /// <summary>The key as it stands now, or null when there is none. One that is disabled, or has ended, is found and says so.</summary>
    /// <exception cref="Silo.Storage.StorageException">The store cannot be asked.</exception>
    public ValueTask<AccessKey?> Find(string id, CancellationToken cancellationToken)
    {
        if (id == root.Key.Id) return ValueTask.FromResult<AccessKey?>(root.Key);
        if (documents is null || !CredentialDocuments.IsId(id)) return default;
        return (_known.TryGetValue(id, out var entry) || _unknown.TryGetValue(id, out entry)) && time.GetElapsedTime(entry.ReadAt) < MaxAge
            ? ValueTask.FromResult(Now(entry))
            : Read(documents, id, cancellationToken);
    }

    /// <summary>To be called after each local change of a key, before it is answered.</summary>
    public void Forget(string id)
    {
        Interlocked.Increment(ref _changes);
        _known.TryRemove(id, out _);
        _unknown.TryRemove(id, out _);
    }

    private async ValueTask<AccessKey?> Read(CredentialDocuments from, string id, CancellationToken cancellationToken)
    {
        var changes = Interlocked.Read(ref _changes);
        var readAt = time.GetTimestamp();
        var (document, _) = await from.Read(id, cancellationToken);
        var entry = new Entry(document is null ? null : from.ToKey(id, document), document?.EndsAt, readAt);
        // What was changed meanwhile may be newer than what was read: leave the place to the next reader.
        if (changes == Interlocked.Read(ref _changes))
        {
            Keep(entry.Key is null ? _unknown : _known, id, entry, entry.Key is null ? MaxUnknown : MaxKnown);
            (entry.Key is null ? _known : _unknown).TryRemove(id, out _);
        }

        return Now(entry);
    }

    private static void Keep(ConcurrentDictionary<string, Entry> entries, string id, Entry entry, int max)
    {
        if (entries.Count >= max) entries.Clear();
        entries[id] = entry;
    }

    private AccessKey? Now(Entry entry) =>
        entry is { Key: { IsEnabled: true } key, EndsAt: { } end } && end <= time.GetUtcNow() ? key with { IsEnabled = false } : entry.Key;

    private readonly record struct Entry(AccessKey? Key, DateTimeOffset? EndsAt, long ReadAt);
}
