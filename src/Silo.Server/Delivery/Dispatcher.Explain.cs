using System.Globalization;
using Silo.Core.Pacing;
using Silo.Server.Delivery.Pacing;
using Silo.Storage;

namespace Silo.Server.Delivery;

// What people ask: why has it not left yet, and when will it.
public sealed partial class Dispatcher
{
    // A message is looked for in its tenant's queue from where it was when it was accepted; retries stand further back.
    private const int ExplainPage = 200;
    private const int MostExplainPages = 50;

    /// <summary>What a tenant's mail waits for on this silo. Nothing of it is queued here: no lanes.</summary>
    public Task<TenantQueueReport> Report(long tenantKey, CancellationToken cancellationToken) =>
        AskLoop(() => ReportOf(tenantKey), cancellationToken);

    /// <summary>
    /// Where the deliveries of a message stand that are still queued, looked for among the 10,000 that stand behind its place at
    /// acceptance. Null when none is there.
    /// </summary>
    public async Task<IReadOnlyList<DeliveryReport>?> Explain(
        long tenantKey, string messageId, DateTimeOffset acceptedAt, CancellationToken cancellationToken)
    {
        var units = await FindQueued(tenantKey, messageId, acceptedAt, cancellationToken);
        return units is null ? null : await AskLoop(() => units.ConvertAll(u => ReportOf(tenantKey, u.Unit, u.ScheduledFor)), cancellationToken);
    }

    private async Task<List<(QueuedUnit Unit, DateTimeOffset? ScheduledFor)>?> FindQueued(
        long tenantKey, string messageId, DateTimeOffset acceptedAt, CancellationToken cancellationToken)
    {
        var cursor = new QueueCursor(acceptedAt.AddTicks(-1), long.MaxValue);
        for (var page = 0; page < MostExplainPages; page++)
        {
            var units = await _spool.ReadQueue(tenantKey, cursor, ExplainPage, includeSetAside: true, cancellationToken);
            var envelopes = await _spool.ReadEnvelopes([.. units.Select(u => u.MessageKey).Distinct()], cancellationToken);
            foreach (var (key, envelope) in envelopes)
            {
                if (envelope.MessageId != messageId) continue;
                return (await FindUnits(tenantKey, key, units, cancellationToken)).ConvertAll(u => (u, envelope.ScheduledFor));
            }

            if (units.Count < ExplainPage) return null;
            cursor = new QueueCursor(units[^1].DueAt, units[^1].Id);
        }

        return null;
    }

    /// <summary>All queued deliveries of a message; one that was put off stands pages behind another.</summary>
    private async Task<List<QueuedUnit>> FindUnits(
        long tenantKey, long messageKey, IReadOnlyList<QueuedUnit> first, CancellationToken cancellationToken)
    {
        var found = first.Where(u => u.MessageKey == messageKey).ToList();
        var cursor = new QueueCursor(first[^1].DueAt, first[^1].Id);
        for (var page = 0; page < MostExplainPages && found.Count < found[0].UnitsOfMessage; page++)
        {
            var units = await _spool.ReadQueue(tenantKey, cursor, ExplainPage, includeSetAside: true, cancellationToken);
            found.AddRange(units.Where(u => u.MessageKey == messageKey));
            if (units.Count < ExplainPage) break;
            cursor = new QueueCursor(units[^1].DueAt, units[^1].Id);
        }

        return found;
    }

    private TenantQueueReport ReportOf(long tenantKey)
    {
        if (!_queues.TryGetValue(tenantKey, out var queue)) return new TenantQueueReport(0, null, [], [_pacing.ReportOf(_pacing.Scheduler.Account)]);
        var lanes = queue.Lanes.Where(l => l.Count > 0 || l.Cursor != QueuePlace.End).ToArray();
        var levels = new List<SharedLevel> { _pacing.Scheduler.Account };
        foreach (var lane in lanes)
        {
            for (var level = lane.Paced.Level; level is not null && !levels.Contains(level); level = level.Parent) levels.Add(level);
        }

        return new TenantQueueReport(
            queue.InHand, queue.RestsUntil, [.. lanes.Select(_pacing.ReportOf)],
            [.. levels.Select(_pacing.ReportOf), .. _pacing.ReportSources(lanes.Select(l => l.Route).Distinct())]);
    }

    private DeliveryReport ReportOf(long tenantKey, QueuedUnit unit, DateTimeOffset? scheduledFor)
    {
        if (scheduledFor == unit.DueAt && unit.DueAt > _time.GetUtcNow())
        {
            return new DeliveryReport(
                unit.Recipient, DeliveryPlace.Scheduled, unit.DueAt, unit.Attempts, null,
                string.Create(CultureInfo.InvariantCulture, $"scheduled for {unit.DueAt.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}"), null, unit.DueAt, null);
        }

        if (_inHand.ContainsKey(unit.Id)) return Plain(DeliveryPlace.InHand);
        if (unit.DueAt == DateTimeOffset.MaxValue) return Plain(DeliveryPlace.SetAside);
        if (!_queues.TryGetValue(tenantKey, out var queue) || queue.LaneFor(unit) is not { } lane) return Plain(DeliveryPlace.BehindWindow);
        if (QueuePlace.Of(unit) > lane.Cursor) return Plain(DeliveryPlace.BehindWindow) with { WaitsFor = _pacing.ReportOf(lane).WaitsFor };
        if (lane.PositionOf(unit) is not { } position) return Plain(DeliveryPlace.Later);
        var explanation = _pacing.Scheduler.Explain(lane.Paced, position, _pacing.Now);
        var earliest = explanation.EarliestAt;
        // Of a budget that is closed pacing does not know until when.
        if (earliest == DateTimeOffset.MaxValue)
            earliest = queue.Providers.UntilOf(lane.Key) ?? queue.RestsUntil ?? lane.Route.Deferring?.RestsUntil ?? earliest;

        return new DeliveryReport(
            unit.Recipient, DeliveryPlace.InLine, unit.DueAt, unit.Attempts, position, _pacing.NameOf(queue, explanation.WaitsFor),
            explanation.Since, earliest, explanation.EstimatedAt);

        DeliveryReport Plain(DeliveryPlace place) =>
            new(unit.Recipient, place, unit.DueAt, unit.Attempts, null, null, null, place == DeliveryPlace.Later ? unit.DueAt : null, null);
    }

    /// <summary>Runs a question in the loop, which owns what it is about.</summary>
    private async Task<T> AskLoop<T>(Func<T> question, CancellationToken cancellationToken)
    {
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(new Asked(() =>
        {
            try
            {
                answer.TrySetResult(question());
            }
            catch (Exception e)
            {
                // Nothing was changed by it: whoever asked is told, and mail goes on.
                answer.TrySetException(e);
            }
        }));
        var ended = await Task.WhenAny(answer.Task, _loop).WaitAsync(cancellationToken);
        return ended == answer.Task ? await answer.Task : throw new StorageException("The dispatcher has ended.");
    }

    private sealed record Asked(Action Answer) : Signal;
}
