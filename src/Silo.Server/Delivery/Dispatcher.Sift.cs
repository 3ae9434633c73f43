using Silo.Server.Tenants;
using Silo.Storage;

namespace Silo.Server.Delivery;

// Queue control: bringing a queue in line with the orders in force, while the rest of it goes on leaving.
public sealed partial class Dispatcher
{
    private static readonly TimeSpan SiftRetryDelay = TimeSpan.FromSeconds(5);

    /// <summary>The tenant's orders changed, or it came to life with some in force.</summary>
    public void Sift(long tenantKey, string tenantName) => Post(new SiftRequested(tenantKey, tenantName));

    private void BeginSift(long tenantKey, string tenantName)
    {
        if (!_queues.TryGetValue(tenantKey, out var queue))
        {
            // It has just come to life, and what it has was not told yet: let go before that, a few units would be taken for all of them.
            queue = QueueOf(tenantKey, tenantName);
            queue.LeaveToSpool();
            Touch(queue);
        }

        if (queue.IsLeaving) return;
        if (queue.Sift is { } running)
        {
            running.Again = true;
            return;
        }

        queue.Sift = new QueueSift(_runner.TermsOf(queue.Key));
        _ = ReadPage(queue, queue.Sift);
    }

    private async Task ReadPage(TenantQueue queue, QueueSift sift)
    {
        sift.Moved.Clear();
        var cursor = sift.Cursor;
        try
        {
            // A thread of the pool's: the loop is not to wait while a thousand envelopes are read.
            var page = await Task.Run(
                () => sift.LateFrom is { } lateFrom
                    ? ReadWaits(queue.Key, cursor, lateFrom, sift.Delay)
                    : ReadPage(queue.Key, cursor, sift.Terms),
                _stop.Token);
            Post(new Sifted(queue, page));
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            LogTenantFailed(queue.Name, e);
            Post(new SiftBroken(queue));
        }
    }

    private async Task<SiftedPage> ReadPage(long tenantKey, QueueCursor cursor, SendingTerms terms)
    {
        var units = await _spool.ReadQueue(tenantKey, cursor, QueueSift.PageSize, includeSetAside: true, _stop.Token);
        var envelopes = await _spool.ReadEnvelopes([.. units.Select(u => u.MessageKey).Distinct()], _stop.Token);
        // As after every read of the queue: behind a write of its own all that it can have seen was told.
        await _spool.WhenCommitted(_spool.Enqueue(new SpoolWrite { TenantKey = tenantKey }), _stop.Token);
        var meant = new List<SiftedUnit>();
        foreach (var unit in units)
        {
            if (!envelopes.TryGetValue(unit.MessageKey, out var envelope)) continue;
            if (QueueSift.Means(terms, unit, envelope, _runner.CrashesBeforeSetAside)) meant.Add(new SiftedUnit(unit, envelope));
        }

        return new SiftedPage(units.Count < QueueSift.PageSize ? null : new QueueCursor(units[^1].DueAt, units[^1].Id), meant);
    }

    private void TakePage(TenantQueue queue, SiftedPage page)
    {
        if (queue.Sift is not { } sift) return;
        if (queue.IsForgotten || queue.IsLeaving || _draining)
        {
            queue.Sift = null;
            return;
        }

        // The window that is being filled may hold units of the page, and is not known yet.
        if (queue.AwaitsRefill)
        {
            sift.Waiting = page;
            return;
        }

        if (sift.LateFrom is not null) PassWaits(queue, sift, page);
        var batch = new List<SiftedUnit>(page.Meant.Count);
        foreach (var meant in page.Meant)
        {
            if (sift.Moved.Contains(meant.Unit.Id) || !_inHand.TryAdd(meant.Unit.Id, new UnitInHand(meant.Unit, null)))
            {
                // What is to be held is held by whoever has it now.
                sift.Skipped |= sift.ActionFor(meant) != Core.QueueControl.QueueAction.Hold;
                continue;
            }

            batch.Add(meant);
        }

        batch = Explained(queue, sift, batch);
        if (sift.LateFrom is not null) queue.Hold(batch.Select(b => b.Unit));
        else foreach (var meant in batch) queue.Withdraw(meant.Unit);
        sift.InHand = batch.Count;
        _ = Settle(queue, page, batch);
    }

    private void TakeWaitingPage(TenantQueue queue)
    {
        if (queue.Sift is not { Waiting: { } page } sift) return;
        sift.Waiting = null;
        TakePage(queue, page);
    }

    private async Task Settle(TenantQueue queue, SiftedPage page, List<SiftedUnit> batch)
    {
        var (stored, isLost) = (true, false);
        try
        {
            if (batch.Count > 0)
            {
                var ticket = await _tenants.Get(queue.Name).Sift(new SiftBatch(queue.Key, _incarnation, batch), CancellationToken.None);
                if (ticket != 0) await _spool.WhenCommitted(ticket, CancellationToken.None);
                // A tenant that tells nobody now has stored nothing.
                else stored = queue.Sift is not { LateFrom: not null };
            }
        }
        catch (Exception e)
        {
            LogTenantFailed(queue.Name, e);
            (stored, isLost) = (false, true);
        }

        Post(new SiftSettled(queue, page, batch, stored) { IsLost = isLost });
    }

    private void EndPage(SiftSettled settled)
    {
        var (queue, page) = (settled.Queue, settled.Page);
        queue.MayBeStale |= settled.IsLost;
        if (queue.Sift is not { } sift) return;
        sift.InHand = 0;
        if (queue.IsForgotten)
        {
            queue.Sift = null;
            foreach (var (unit, _) in settled.Batch) OutOfHand(unit.Id, 0, out var _);
            return;
        }

        queue.EndHold();
        foreach (var unit in settled.Batch.Select(s => s.Unit))
        {
            // Told as committed, they are not in this hand any more, and may be in that of a hand-over. The others are as they were.
            if (!sift.Moved.Contains(unit.Id) && _inHand.Remove(unit.Id)) queue.Restore(unit, _time.GetUtcNow());
        }

        Touch(queue);
        if (sift.LateFrom is not null)
        {
            GoOnWithWaits(queue, sift, settled);
        }
        else if (!settled.Stored)
        {
            EndSift(queue, again: SiftRetryDelay);
        }
        else if (page.Last is { } last)
        {
            sift.Cursor = last;
            _ = ReadPage(queue, sift);
        }
        else if (sift.Again)
        {
            EndSift(queue, again: TimeSpan.Zero);
        }
        else if (sift.Skipped)
        {
            EndSift(queue, again: SiftRetryDelay);
        }
        else
        {
            EndSift(queue, again: null);
            _ = TellSifted(queue, sift);
        }
    }

    private void EndSift(TenantQueue queue, TimeSpan? again)
    {
        if (queue.Sift is { LateFrom: not null, Again: false }) again = null;
        queue.Sift = null;
        Touch(queue);
        if (again is { } delay) _ = SiftLater(queue, delay);
    }

    private async Task SiftLater(TenantQueue queue, TimeSpan delay)
    {
        await Task.Delay(delay, _time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!_stop.IsCancellationRequested) Sift(queue.Key, queue.Name);
    }

    /// <summary>Nothing is left that the orders of this walk would cancel, hold or let go.</summary>
    private async Task TellSifted(TenantQueue queue, QueueSift sift)
    {
        try
        {
            await _tenants.Get(queue.Name).Sifted(queue.Key, _incarnation, sift.Terms.OrdersSince, CancellationToken.None);
        }
        catch (Exception e)
        {
            // The orders stay in force, which does no harm, until another walk has ended.
            LogTenantFailed(queue.Name, e);
            await SiftLater(queue, SiftRetryDelay);
        }
    }

    private sealed record SiftRequested(long TenantKey, string TenantName) : Signal;

    private sealed record Sifted(TenantQueue Queue, SiftedPage Page) : Signal;

    private sealed record SiftSettled(TenantQueue Queue, SiftedPage Page, List<SiftedUnit> Batch, bool Stored) : Signal
    {
        /// <summary>What became of it is not known.</summary>
        public bool IsLost { get; init; }
    }

    private sealed record SiftBroken(TenantQueue Queue) : Signal;
}
