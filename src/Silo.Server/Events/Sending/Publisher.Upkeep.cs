using Silo.Storage;

namespace Silo.Server.Events.Sending;

/// <summary>What is done every few seconds: claims that others left, changed destinations, backlogs, tenants that have nothing left.</summary>
internal sealed partial class Publisher
{
    private const int MaxCounts = 20;
    private const int MaxPolls = 200;
    private static readonly TimeSpan CountInterval = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan FailingBeforeTold = TimeSpan.FromMinutes(1);

    private readonly Queue<PublishedPair> _counted = [];
    private bool _counting;

    private void Sweep()
    {
        if (!IsDue(_sweepAt)) return;
        _sweepAt = After(SweepInterval);
        FollowChanges();
        TellOfDestinations();
        CountBacklogs();
        Poll();
        if (_claiming) _claimsAny = true;
        else Claim(null);
    }

    /// <summary>
    /// Destinations that were changed try again at once; those that are gone or disabled are done with; those that are enabled again go on.
    /// </summary>
    private void FollowChanges()
    {
        foreach (var tenant in _tenants.Values.Where(t => t.Left.Count > 0))
        {
            foreach (var (id, cursor) in tenant.Left.ToList())
                if (toggle.Find(id) is { } destination) Enqueue(PairOf(tenant, destination, cursor));
        }

        foreach (var destination in _destinations.Values.ToList())
        {
            if (toggle.Find(destination.Id) is not { } now)
            {
                Drop(destination);
                continue;
            }

            if (IsSame(destination.Scoped.Destination, now.Destination)) continue;
            destination.Change(now, HostOf(now));
            ReleaseHeld(destination);
            foreach (var pair in destination.Pairs.ToList())
            {
                (pair.Failures, pair.Refused) = (0, null);
                if (pair.Step == PairStep.Resting) Enqueue(pair);
            }
        }
    }

    private static bool IsSame(EventDestination one, EventDestination other) =>
        ReferenceEquals(one, other)
        || (one.MatchingEventTypes.SequenceEqual(other.MatchingEventTypes)
            && (one.Target is WebhookTarget before && other.Target is WebhookTarget after
                ? before.Url == after.Url && before.Secrets.SequenceEqual(after.Secrets)
                : one.Target is CloudWatchTarget == other.Target is CloudWatchTarget && (one.Target is CloudWatchTarget || one.Target.Equals(other.Target))));

    private void Drop(DestinationState destination)
    {
        destination.IsOver = true;
        _destinations.Remove(destination.Id);
        foreach (var pair in destination.Pairs.ToList())
        {
            pair.Step = PairStep.Over;
            pair.Tenant.Pairs.Remove(destination.Id);
            pair.Tenant.Left[destination.Id] = pair.Cursor;
            Settle(pair.Tenant);
        }

        destination.Pairs.Clear();
        destination.Held.Clear();
    }

    private void TellOfDestinations()
    {
        foreach (var destination in _destinations.Values)
        {
            var name = destination.Scoped.ShownName;
            if (destination.DroppedUntold > 0) LogDropped(destination.DroppedUntold, name);
            destination.DroppedUntold = 0;
            if (destination is not { FailingSince: not null, IsToldFailing: false }) continue;
            if (time.GetElapsedTime(destination.FailingFrom) < FailingBeforeTold) continue;
            destination.IsToldFailing = true;
            LogFailing(name, destination.LastReason ?? "");
        }
    }

    /// <summary>Puts a pair among those of which the backlog is counted in turn.</summary>
    private void Count(PublishedPair pair)
    {
        if (pair.IsCounted) return;
        pair.IsCounted = true;
        _counted.Enqueue(pair);
    }

    private void CountBacklogs()
    {
        CountNext(MaxCounts);
        metrics.Behind([.. _destinations.Values.SelectMany(d => d.Pairs).Where(p => p.HeadAt is not null)
            .GroupBy(p => PublishingMetrics.KindOf(p.Destination.Scoped))
            .Select(g => new PublishingMetrics.Backlog(
                g.Key, g.Sum(p => p.Behind), Math.Max(0, (time.GetUtcNow() - g.Min(p => p.HeadAt)!.Value).TotalSeconds)))]);
    }

    // A count goes over the whole backlog: one at a time, so that whoever else reads does not wait for it.
    private void CountNext(int most)
    {
        if (_counting || most == 0) return;
        for (var i = _counted.Count; i > 0; i--)
        {
            var pair = _counted.Dequeue();
            pair.IsCounted = false;
            if (pair.IsOver || pair.Step is PairStep.Idle || (pair.Failures == 0 && pair.Step != PairStep.Held)) continue;
            if (pair.CountedAt is { } at && time.GetElapsedTime(at) < CountInterval)
            {
                Count(pair);
                continue;
            }

            var from = pair.Cursor;
            (_counting, pair.CountedAt) = (true, time.GetTimestamp());
            Work(
                async token => await store.Count(pair.Tenant.Key, from, token),
                backlog =>
                {
                    _counting = false;
                    Count(pair);
                    Counted(pair, from, backlog);
                    CountNext(most - 1);
                },
                _ =>
                {
                    _counting = false;
                    Count(pair);
                });
            return;
        }
    }

    private void Counted(PublishedPair pair, long from, NoticeBacklog backlog)
    {
        pair.Behind = backlog.Rows;
        if (pair.Cursor != from) return;
        pair.Surplus = Math.Max(0, backlog.Rows - options.MaxBehind);
        var isTooOld = backlog.OldestAt < time.GetUtcNow() - options.MaxAge;
        if ((pair.Surplus == 0 && !isTooOld) || pair.IsOver || pair.Step is not (PairStep.Resting or PairStep.Held)) return;
        if (pair.Destination.Probe == pair) return;
        // What is too old or too much goes also while nothing is sent. Its place in the line it keeps.
        if (pair.Step == PairStep.Held) pair.Destination.Held.Remove(pair);
        var rest = pair.Step == PairStep.Held ? TimeSpan.Zero : time.GetElapsedTime(time.GetTimestamp(), pair.DueAt);
        pair.Step = PairStep.Running;
        var order = OrderFor(pair);
        Work(
            token => turns.Drop(order, token),
            end =>
            {
                TellOf(pair, end);
                if (pair.IsOver) return;
                if (end.IsLost)
                {
                    Lose(pair.Tenant);
                    return;
                }

                pair.Cursor = Math.Max(pair.Cursor, end.Cursor);
                pair.Surplus = 0;
                // There may be more of it.
                if (pair.Cursor - order.Cursor >= PublishingTurn.MaxDropRows) pair.CountedAt = null;
                Rest(pair, rest);
                Settle(pair.Tenant);
            },
            _ =>
            {
                if (!pair.IsOver) Rest(pair, rest);
            });
    }

    /// <summary>
    /// Tenants that are kept are looked at now and then, since another silo may write for them; those that have had everything are given back.
    /// </summary>
    private void Poll()
    {
        var free = _tenants.Values.Where(t => t is { IsBusy: false, IsInLine: false }).ToList();
        foreach (var tenant in free.Where(t => time.GetElapsedTime(t.LookedAt) >= PollInterval).OrderBy(t => t.LookedAt).Take(MaxPolls))
            Look(tenant);
        foreach (var tenant in free.Where(t => t is { IsInLine: false, IsWritten: false, IsIdle: true }).Take(MaxPolls))
            Trim(tenant, tenant.Done, andRelease: true);
    }
}
