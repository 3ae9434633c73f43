namespace Silo.Core.Pacing;

// What became of grants, and who waits for what comes back.
public sealed partial class EgressScheduler
{
    /// <summary>For how long a grant may start. Quotas count from the reservation, and have five minutes to spare for this.</summary>
    public static readonly TimeSpan GrantHolds = TimeSpan.FromMinutes(4);

    /// <summary>So many units of a grant have begun to leave: what was reserved for them is spent at all levels.</summary>
    public void Started(in Grant grant, int count, DateTimeOffset now)
    {
        now = Latest(now);
        var lane = grant.Lane;
        lane.Tenant.Budget.Start(count, grant.At, now);
        lane.Provider?.Budget.Start(count, grant.At, now);
        if (grant.Source >= 0) lane.Level.SourceList[grant.Source].Start(count, grant.At, now);
        for (var level = lane.Level; level is not null; level = level.Parent) level.Budget.Start(count, grant.At, now);
    }

    /// <summary>
    /// So many units of a grant do not start: what was reserved for them is back at all levels. They are due again only when the caller
    /// says so (<see cref="AddDue"/>). Their turn is gone; a tenant gains and loses no more than that by it.
    /// </summary>
    public void NotStarted(in Grant grant, int count, DateTimeOffset now)
    {
        now = Latest(now);
        var lane = grant.Lane;
        lane.InFlight -= count;
        lane.Tenant.Budget.Return(count, grant.At);
        lane.Provider?.Budget.Return(count, grant.At);
        if (grant.Source >= 0) lane.Level.SourceList[grant.Source].Return(count, grant.At);
        for (var level = lane.Level; level is not null; level = level.Parent) level.Budget.Return(count, grant.At);
        LookAtAll(lane, grant.Source, now);
    }

    /// <summary>So many units of a grant that had started have an outcome: their slots are free.</summary>
    public void Ended(in Grant grant, int count, DateTimeOffset now)
    {
        now = Latest(now);
        var lane = grant.Lane;
        lane.InFlight -= count;
        lane.Tenant.Budget.End(count);
        lane.Provider?.Budget.End(count);
        if (grant.Source >= 0) lane.Level.SourceList[grant.Source].End(count);
        for (var level = lane.Level; level is not null; level = level.Parent) level.Budget.End(count);
        LookAtAll(lane, grant.Source, now);
    }

    private void LookAtAll(Lane lane, int source, DateTimeOffset now)
    {
        if (lane.Tenant.IsBlocked) Look(lane.Tenant, now);
        if (lane.Provider is { IsBlocked: true } provider) Look(provider, now);
        for (var level = lane.Level; level is not null; level = level.Parent)
        {
            if (level.IsBlocked) Look(level, now);
        }

        if (source >= 0 && lane.Level.SourceList[source].Whole is { } whole) LookAtUsers(whole, now);
    }

    /// <summary>Something changed at a level: if mail waits for it and it has room again, or will have sooner, its line moves.</summary>
    private void Look(PacingLevel level, DateTimeOffset now)
    {
        if (!level.IsBlocked) return;
        now = Latest(now);
        var (hasRoom, at) = level switch
        {
            SharedLevel shared => (shared.HasRoom(now), shared.RoomAt(now)),
            PacedTenant { IsPaused: true } => (false, DateTimeOffset.MaxValue),
            _ => (level.Budget.Room(1, now) > 0, level.Budget.RoomAt(now)),
        };
        if (hasRoom) Unblock(level, now);
        else WakeAt(level, at, now);
    }

    private void Wake(DateTimeOffset now)
    {
        _woken = now;
        _due.Clear();
        _wheel.CollectDue(now, _due);
        foreach (var level in _due) Unblock(level, now);
    }

    private void Block(PacingLevel level, DateTimeOffset until, DateTimeOffset now)
    {
        level.BlockedSince ??= now;
        WakeAt(level, until, now);
    }

    private void WakeAt(PacingLevel level, DateTimeOffset at, DateTimeOffset now)
    {
        if (at == DateTimeOffset.MaxValue) _wheel.Remove(level);
        else _wheel.Reschedule(level, at > now ? at : now.AddTicks(1));
    }

    private void Unblock(PacingLevel level, DateTimeOffset now)
    {
        _wheel.Remove(level);
        level.BlockedSince = null;
        switch (level)
        {
            case SharedLevel shared:
                MakeReady(shared, isWoken: true);
                break;
            case PacedTenant tenant when !tenant.Root.Waiting.IsEmpty && !tenant.Root.IsListed:
                Account.Join(tenant.Root);
                break;
            case ProviderLevel provider:
                while (provider.Waiting.Any() is { } lane)
                {
                    provider.Waiting.Remove(lane);
                    WaitForTurn(lane, now);
                }

                break;
        }
    }

    /// <summary>The level has mail to let go: those around it get to know, as far as they have room themselves.</summary>
    private static void MakeReady(SharedLevel level, bool isWoken)
    {
        if (isWoken) level.IsWoken = true;
        for (var within = level.Parent; within is not null && !level.IsBlocked && level.HasWork; within = within.Parent)
        {
            if (isWoken ? level.IsInWoken : level.IsInReady) return;
            if (isWoken)
            {
                level.IsInWoken = true;
                within.Woken.Enqueue(level);
            }
            else
            {
                level.IsInReady = true;
                within.Ready.Enqueue(level);
            }

            level = within;
        }
    }
}
