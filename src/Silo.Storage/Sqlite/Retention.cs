using Dapper;
using Silo.Storage.Writing;

namespace Silo.Storage.Sqlite;

/// <summary>
/// Drops segments of the event log that are older than they need to be: all their events are out of retention and within the
/// snapshots of their tenants. One segment per batch, so that other writes wait for one drop at most.
/// </summary>
internal sealed class Retention(Writer writer, SnapshotLag lag, SqliteStoreOptions options, TimeProvider time)
{
    /// <summary>Returns how many segments were dropped.</summary>
    public async Task<int> Run(CancellationToken cancellationToken)
    {
        var dropped = 0;
        while (await writer.Change(ControlPlane.Line, DropOldest, cancellationToken)) dropped++;
        while (await writer.Change(ControlPlane.Line, DropMarks, cancellationToken))
        {
        }

        while (await writer.Change(ControlPlane.Line, DropFacts, cancellationToken))
        {
        }

        while (await writer.Change(ControlPlane.Line, DropRollUps, cancellationToken))
        {
        }

        while (await writer.Change(ControlPlane.Line, DropScopes, cancellationToken))
        {
        }

        while (await writer.Change(ControlPlane.Line, DropInsights, cancellationToken))
        {
        }

        while (await writer.Change(ControlPlane.Line, SqliteContactStore.DropGone, cancellationToken))
        {
        }

        while (await writer.Change(ControlPlane.Line, DropSends, cancellationToken))
        {
        }

        while (await writer.Change(ControlPlane.Line, SuppressionChanges.DropGone, cancellationToken))
        {
        }

        return dropped;
    }

    private bool DropMarks(BatchWriter batch) => batch.Marks.DropBefore(FeedbackKey.DayOf(time.GetUtcNow() - FeedbackKey.Kept));

    private bool DropSends(BatchWriter batch) => batch.Sends.DropBefore(SendKey.HoursUpTo(time.GetUtcNow())[0]);

    private bool DropFacts(BatchWriter batch) => batch.Notices.DropFactsBefore(NoticeWriter.DayOf(time.GetUtcNow() - options.FactsRetention));

    private bool DropRollUps(BatchWriter batch) => batch.RollUps.DropBefore(time.GetUtcNow());

    private static bool DropScopes(BatchWriter batch) => batch.RollUps.DropScopes();

    private bool DropInsights(BatchWriter batch) =>
        InsightWriter.DropBefore(batch, (time.GetUtcNow() - options.InsightRetention).ToUnixTimeMilliseconds());

    private bool DropOldest(BatchWriter batch)
    {
        var segments = EventSegment.ReadAll(batch.Connection.Handle!);
        // The newest stays: positions go on from it.
        if (segments.Count < 2) return false;
        var (oldest, next) = (segments[0], segments[1]);
        // The last event of a day is a day younger than the day's beginning.
        var lastDayKept = (time.GetUtcNow() - options.EventRetention).UtcTicks / TimeSpan.TicksPerDay;
        if (oldest.Day >= lastDayKept || lag.Progress() < next.FirstPosition - 1) return false;
        batch.Connection.Execute($"DROP TABLE {oldest.Table}");
        batch.Connection.Execute("DELETE FROM event_segments WHERE segment_id = @Id", new { oldest.Id });
        return true;
    }
}
