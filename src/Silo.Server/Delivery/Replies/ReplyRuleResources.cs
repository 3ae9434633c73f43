using Silo.Core.Delivery;
using Silo.Server.Accounts;
using Silo.Storage;

namespace Silo.Server.Delivery.Replies;

/// <summary>
/// The platform's own rules about replies: one stored document, which all silos follow (<see cref="ReplyRuleWatch"/>). Safe for several
/// threads.
/// </summary>
public sealed partial class ReplyRuleResources(
    IResourceStore store, ReplyRuleBook book, TimeProvider time, ILogger<ReplyRuleResources> logger)
{
    private const string Name = "reply-rules";
    private const int MaxWriteAttempts = 5;

    private readonly SemaphoreSlim _following = new(1);
    private (DateTimeOffset CreatedAt, long Version)? _followed;

    /// <summary>The list as it was put, JSON; empty when there never was one.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> Get(CancellationToken cancellationToken) =>
        (await store.Get(ResourceKind.ReplyRules, Name, cancellationToken))?.Document ?? "[]"u8.ToArray();

    /// <summary>Replaces the list. It must have been parsed.</summary>
    internal async ValueTask<ResourceChange> Put(ReadOnlyMemory<byte> json, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < MaxWriteAttempts; attempt++)
        {
            var current = await store.Get(ResourceKind.ReplyRules, Name, cancellationToken);
            var done = current is null
                // It has no ARN; what stands in its place only has to be its own.
                ? await store.Create(new NewResource(ResourceKind.ReplyRules, Name, Name, json, time.GetUtcNow(), [], 1), cancellationToken)
                    == ResourceCreation.Created
                : await store.Replace(ResourceKind.ReplyRules, Name, json, current.Version, cancellationToken);
            if (!done) continue;
            await Follow(cancellationToken);
            return ResourceChange.Done;
        }

        return ResourceChange.Contended;
    }

    /// <summary>Makes replies be judged by what is stored.</summary>
    public async ValueTask Follow(CancellationToken cancellationToken)
    {
        await _following.WaitAsync(cancellationToken);
        try
        {
            if (await store.Get(ResourceKind.ReplyRules, Name, cancellationToken) is not { } stored) return;
            if (_followed == (stored.CreatedAt, stored.Version)) return;
            _followed = (stored.CreatedAt, stored.Version);
            // A list that a later release took need not make sense to this one, which then goes on with what it has.
            if (OwnReplyRules.TryParse(stored.Document.Span, providers: null, out var own, out var errors)) book.Use(own);
            else LogNotUsed(errors[0]);
        }
        finally
        {
            _following.Release();
        }
    }

    [LoggerMessage(2015, LogLevel.Error, "The stored reply rules cannot be used; those before stay in use: {Reason}")]
    private partial void LogNotUsed(string reason);
}
