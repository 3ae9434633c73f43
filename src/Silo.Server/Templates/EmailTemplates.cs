using System.Collections.Concurrent;
using System.Text.Json;
using Silo.Server.Accounts;
using Silo.Server.Intake;
using Silo.Storage;

namespace Silo.Server.Templates;

/// <summary>
/// The stored templates of the account. Those that sends use are kept in memory ready to be filled in, within a bound of bytes; each is
/// looked at again after five seconds, as other resources are, and read anew only when it was changed.
/// </summary>
public sealed class EmailTemplates(IResourceStore store, Arns arns, TimeProvider time)
{
    /// <summary>After this long a template is looked at again, so that a change made by another silo is seen.</summary>
    public static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(5);

    /// <summary>Bytes of templates that are kept; when they are more, all are forgotten.</summary>
    public const long MaxBytes = 64 << 20;

    private const int BytesPerName = 300;
    private const int MaxWriteAttempts = 5;

    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private long _bytes;
    private long _writes;

    /// <summary>As <see cref="MaxBytes"/>.</summary>
    internal long Room { get; init; } = MaxBytes;

    /// <summary>How much is kept now.</summary>
    internal long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>A template ready to be filled in, or null when there is none by this name.</summary>
    internal ValueTask<CompiledTemplate?> Find(string name, CancellationToken cancellationToken) =>
        _entries.TryGetValue(name, out var entry) && time.GetElapsedTime(entry.ReadAt) < MaxAge
            ? ValueTask.FromResult(entry.Template)
            : Read(name, entry, cancellationToken);

    /// <summary>A template as it was written, past what is kept.</summary>
    public async ValueTask<EmailTemplate?> Get(string name, CancellationToken cancellationToken) =>
        EmailTemplate.IsValidName(name) && await store.Get(ResourceKind.EmailTemplate, name, cancellationToken) is { } stored ? Parse(stored) : null;

    public async ValueTask<ResourceCreation> Create(
        string name, EmailTemplate template, IReadOnlyList<ResourceTag> tags, CancellationToken cancellationToken)
    {
        var result = await store.Create(
            new NewResource(
                ResourceKind.EmailTemplate, name, arns.Template(name), Document(template), time.GetUtcNow(), tags, EmailTemplate.MaxTemplates),
            cancellationToken);
        Forget(name);
        return result;
    }

    public async ValueTask<ResourceChange> Replace(string name, EmailTemplate template, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < MaxWriteAttempts; attempt++)
        {
            if (await store.Get(ResourceKind.EmailTemplate, name, cancellationToken) is not { } current) return ResourceChange.NotFound;
            var replaced = await store.Replace(ResourceKind.EmailTemplate, name, Document(template), current.Version, cancellationToken);
            Forget(name);
            if (replaced) return ResourceChange.Done;
        }

        return ResourceChange.Contended;
    }

    public async ValueTask<ResourceDeletion> Delete(string name, CancellationToken cancellationToken)
    {
        var result = await store.Delete(ResourceKind.EmailTemplate, name, arns.Template(name), cancellationToken);
        Forget(name);
        return result;
    }

    /// <summary>Names and times of creation, in the order of the names.</summary>
    public async ValueTask<Page<(string Name, DateTimeOffset CreatedAt)>> List(string? afterName, int pageSize, CancellationToken cancellationToken)
    {
        var page = await store.List(ResourceKind.EmailTemplate, afterName, null, pageSize, cancellationToken);
        return new([.. page.Items.Select(i => (i.Name, i.CreatedAt))], page.Next);
    }

    private async ValueTask<CompiledTemplate?> Read(string name, Entry? known, CancellationToken cancellationToken)
    {
        if (!EmailTemplate.IsValidName(name)) return null;
        var writes = Interlocked.Read(ref _writes);
        var readAt = time.GetTimestamp();
        var stored = await store.Get(ResourceKind.EmailTemplate, name, cancellationToken);
        Entry entry;
        if (stored is null) entry = new Entry(null, 0, default, readAt);
        // One that was deleted and made again begins at the first version again.
        else if (known?.Template is not null && known.Version == stored.Version && known.CreatedAt == stored.CreatedAt)
            entry = known with { ReadAt = readAt };
        else entry = new Entry(Compile(stored), stored.Version, stored.CreatedAt, readAt);

        // A write that ended meanwhile may be newer than what was read: leave the place to the next reader.
        if (writes == Interlocked.Read(ref _writes)) Keep(name, entry);
        return entry.Template;
    }

    private void Keep(string name, Entry entry)
    {
        if (Interlocked.Read(ref _bytes) + entry.Bytes > Room)
        {
            _entries.Clear();
            Interlocked.Exchange(ref _bytes, 0);
        }

        var added = entry.Bytes;
        _entries.AddOrUpdate(name, entry, (_, old) =>
        {
            added = entry.Bytes - old.Bytes;
            return entry;
        });
        Interlocked.Add(ref _bytes, added);
    }

    private void Forget(string name)
    {
        Interlocked.Increment(ref _writes);
        if (_entries.TryRemove(name, out var entry)) Interlocked.Add(ref _bytes, -entry.Bytes);
    }

    // What was stored was checked when it was stored, by the rules of that release.
    private static CompiledTemplate Compile(StoredResource stored)
    {
        var (subject, text, html) = Parse(stored);
        var (template, fault) = CompiledTemplate.Compile(subject, text, html);
        return template ?? CompiledTemplate.Broken(fault!);
    }

    private static EmailTemplate Parse(StoredResource stored) =>
        JsonSerializer.Deserialize(stored.Document.Span, TemplateJson.Default.EmailTemplate)
        ?? throw new StorageException("A stored template holds no document.");

    private static byte[] Document(EmailTemplate template) => JsonSerializer.SerializeToUtf8Bytes(template, TemplateJson.Default.EmailTemplate);

    /// <param name="Template">Null where there is none.</param>
    private sealed record Entry(CompiledTemplate? Template, long Version, DateTimeOffset CreatedAt, long ReadAt)
    {
        public long Bytes => BytesPerName + (Template?.Cost ?? 0);
    }
}
