using Silo.Storage;

namespace Silo.Server.Events.Sending;

/// <summary>What a destination gets of a stored notice; null when it does not ask for it.</summary>
internal delegate Notice? RenderNotice(StoredNotice stored, string tenantName, string tenantId, ScopedDestination destination);

/// <summary>What a turn is to do, as it was when the turn began.</summary>
/// <param name="Page">Notices that were read already, the first of them after the cursor; null: none.</param>
/// <param name="Surplus">Of so many of the tenant's, the oldest after the cursor, those that the destination wants are dropped.</param>
/// <param name="GivenUp">The one of this sequence is dropped: it was refused for too long.</param>
/// <param name="IsCareful">One notice a POST, since one of them is refused.</param>
internal sealed record TurnOrder(
    long TenantKey, string TenantName, string TenantId, ScopedDestination Destination, long Cursor, IReadOnlyList<StoredNotice>? Page,
    long Surplus, long? GivenUp, bool IsCareful)
{
    /// <summary>What an earlier part of the turn did.</summary>
    public TurnEnd? Before { get; init; }
}

/// <param name="Cursor">Up to here the destination has had its notices, and the store knows it.</param>
/// <param name="Failure">Null when nothing failed.</param>
/// <param name="Head">The notice that failed.</param>
/// <param name="HasMore">There may be more to send.</param>
/// <param name="IsLost">The claim is another silo's.</param>
internal sealed record TurnEnd(
    long Cursor, int Sent, int TooOld, long TooMany, bool GaveUp, SendOutcome? Failure, StoredNotice? Head, bool HasMore, bool IsLost);

/// <summary>
/// One turn of one tenant at one destination: a page of its notices at most, a second at most and then no further POST; the cursor follows
/// once at its end, so that a crash repeats a page at most and loses nothing.
/// </summary>
internal sealed class PublishingTurn(
    INoticeStore store, IOwnership ownership, NoticeSender sender, RenderNotice render, PublishingOptions options, TimeProvider time)
{
    public const int PageRows = 100;

    /// <summary>A drop goes over so many rows at most.</summary>
    public const int MaxDropRows = DropRows * MaxDropPages;

    private const int DropRows = 1_000;
    private const int MaxDropPages = 50;
    private static readonly TimeSpan TurnTime = TimeSpan.FromSeconds(1);

    /// <param name="stopping">No further POST; what was taken is stored.</param>
    /// <param name="cancellationToken">Gives up the POST that is under way, and the turn ends the same way.</param>
    public async Task<TurnEnd> Run(TurnOrder order, CancellationToken stopping, CancellationToken cancellationToken)
    {
        var rows = order.Page ?? await store.Read(order.TenantKey, order.Cursor, PageRows, stopping);
        var walk = Begin(order, rows);
        var began = time.GetTimestamp();
        while (!stopping.IsCancellationRequested && walk.Failure is null && walk.Gather())
        {
            // Another silo may be about to take over: what is not sent it will send. It may be a pause only, too, so the claim is not given up:
            // whether it is lost the store knows.
            if (walk.Batch.Count > 0 && !ownership.IsHeld) throw new StorageException("The lease is not held now.");
            try
            {
                walk.Take(walk.Batch.Count > 0
                    ? await sender.Send(order.Destination, walk.Batch, cancellationToken) : SendOutcome.Taken.Instance);
            }
            catch (OperationCanceledException)
            {
                break;
            }

            if (time.GetElapsedTime(began) > TurnTime) break;
        }

        return await End(walk, order);
    }

    /// <summary>Drops what is to be dropped, and sends nothing.</summary>
    public async Task<TurnEnd> Drop(TurnOrder order, CancellationToken cancellationToken)
    {
        for (var pages = 1; ; pages++)
        {
            var rows = await store.Read(order.TenantKey, order.Cursor, DropRows, cancellationToken);
            var walk = Begin(order with { IsCareful = true }, rows);
            walk.Gather();
            var end = await End(walk, order);
            if (end.IsLost || walk.Batch.Count > 0 || rows.Count < DropRows || pages == MaxDropPages) return end;
            order = order with { Cursor = end.Cursor, Surplus = Math.Max(0, order.Surplus - rows.Count), Before = end };
        }
    }

    private PublishingWalk Begin(TurnOrder order, IReadOnlyList<StoredNotice> rows) =>
        new(order, rows, render, time.GetUtcNow() - options.MaxAge);

    // A stop does not keep it from being told, or all of it would be sent again after it.
    private async ValueTask<TurnEnd> End(PublishingWalk walk, TurnOrder order)
    {
        var isMine = walk.Reached == order.Cursor
            || await store.Advance(order.TenantKey, order.Destination.Id, walk.Reached, CancellationToken.None);
        return walk.End(isMine ? walk.Reached : order.Cursor, isLost: !isMine);
    }
}
