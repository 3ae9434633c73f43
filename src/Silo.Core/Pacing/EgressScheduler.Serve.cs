namespace Silo.Core.Pacing;

// Whose mail may start: turns, and the budgets on the way.
public sealed partial class EgressScheduler
{
    /// <summary>Reserves for some units of one lane, if any of those due may start now. To be called until it answers false.</summary>
    public bool TryNext(DateTimeOffset now, out Grant grant)
    {
        now = Latest(now);
        if (now != _woken) Wake(now);
        while (Account.HasRoom(now) && NextTurn(Account, now) is { } turn)
        {
            if (Serve(turn, now, out grant)) return true;
        }

        grant = default;
        return false;
    }

    /// <summary>
    /// When to ask again if nothing changes until then, after <see cref="TryNext"/> answered false. Never too late; it may name a few
    /// earlier instants on the way there. Null: only mail, an ending or a change of limits helps.
    /// </summary>
    public DateTimeOffset? AskAgainAt(DateTimeOffset now)
    {
        var next = _wheel.NextDue;
        if (!Account.HasWork) return next;
        var refill = Account.RoomAt(Latest(now));
        return refill < (next ?? DateTimeOffset.MaxValue) ? refill : next;
    }

    /// <summary>
    /// Whose mail is looked at next in a level that has room: first what is lost if it waits (a level that was dry, tenants with credit
    /// left), then what else stands further down, then the level's own line. So a round of a level does not end while somebody with
    /// credit in it could use it further down.
    /// </summary>
    private Turn? NextTurn(SharedLevel level, DateTimeOffset now) =>
        NextWoken(level, now) ?? level.FirstEarly ?? NextReady(level, now) ?? level.First();

    private Turn? NextWoken(SharedLevel level, DateTimeOffset now)
    {
        while (level.Woken.TryDequeue(out var child))
        {
            if (IsServable(child, now) && (child.IsWoken ? NextTurn(child, now) : NextWoken(child, now)) is { } turn)
            {
                // To the end: of several each has its turn before it is full.
                level.Woken.Enqueue(child);
                return turn;
            }

            child.IsInWoken = child.IsWoken = false;
        }

        return null;
    }

    private Turn? NextReady(SharedLevel level, DateTimeOffset now)
    {
        while (level.Ready.TryDequeue(out var child))
        {
            if (IsServable(child, now) && NextTurn(child, now) is { } turn)
            {
                level.Ready.Enqueue(child);
                return turn;
            }

            child.IsInReady = false;
        }

        return null;
    }

    /// <summary>True when the level has mail to let go and room for it; if only that is missing, it waits for its refill.</summary>
    private bool IsServable(SharedLevel level, DateTimeOffset now)
    {
        if (!level.HasWork) return false;
        if (level.HasRoom(now)) return true;
        Block(level, level.RoomAt(now), now);
        return false;
    }

    /// <summary>One step for the tenant whose turn it is: a grant, or it waits elsewhere.</summary>
    private bool Serve(Turn turn, DateTimeOffset now, out Grant grant)
    {
        grant = default;
        if (turn.Tenant.IsPaused || turn.Tenant.Budget.Room(1, now) == 0)
        {
            WaitForTenant(turn, now);
            return false;
        }

        var lane = turn.Waiting.Pick();
        if (lane.Provider is { } provider && provider.Budget.Room(1, now) == 0) WaitForProvider(lane, provider, now);
        else if (SpentAbove(turn) is { } spent) Move(lane, spent, now);
        else if (BlockedBelow(turn, lane, now) is { } blocked) Move(lane, blocked, now);
        else
        {
            grant = Take(turn, lane, now);
            return true;
        }

        return false;
    }

    /// <summary>The outermost level around where the tenant has no credit left: its next turn there comes first.</summary>
    private static Turn? SpentAbove(Turn turn)
    {
        Turn? spent = null;
        for (var above = turn.Parent; above is not null; above = above.Parent)
        {
            above.Replenish();
            if (above.Credit <= 0) spent = above;
        }

        return spent;
    }

    /// <summary>The outermost level further on that has no room, or others in line who have credit left as this one.</summary>
    private static Turn? BlockedBelow(Turn turn, Lane lane, DateTimeOffset now)
    {
        Turn? blocked = null;
        for (var below = lane.Leaf; below != turn; below = below.Parent!)
        {
            var hasRoom = below.Level.HasRoom(now);
            below.Replenish();
            if (below.Credit <= 0 && hasRoom)
            {
                below.Level.EndRoundIfIdle();
                below.Replenish();
            }

            if (below.Credit <= 0 || below.Level.HasEarly || !hasRoom) blocked = below;
        }

        return blocked;
    }

    private Grant Take(Turn turn, Lane lane, DateTimeOffset now)
    {
        var tenant = lane.Tenant;
        var count = tenant.Budget.Room(Math.Min(lane.Due, turn.Waiting.Allowance(lane)), now);
        if (lane.Provider is { } provider) count = provider.Budget.Room(count, now);
        var source = -1;
        for (var each = lane.Leaf; each is not null; each = each.Parent)
        {
            count = each.Level.Budget.Room(Math.Min(count, Math.Max((int)each.Credit, 1)), now);
            if (each == lane.Leaf) (source, count) = each.Level.PickSource(lane, count, now);
        }

        tenant.Budget.Reserve(count, now);
        lane.Provider?.Budget.Reserve(count, now);
        if (source >= 0) lane.Level.SourceList[source].Reserve(count, now);
        for (var each = lane.Leaf; each is not null; each = each.Parent)
        {
            each.Level.Budget.Reserve(count, now);
            each.Charge(count);
        }

        turn.Level.PassOn(turn, count);
        turn.Waiting.Charge(lane, count);
        lane.ChangeDue(-count);
        lane.InFlight += count;
        if (lane.Preferred is var (place, run) && run > 0) lane.Preferred = (place, Math.Max(run - count, 0));
        if (lane.Due == 0) Detach(lane);
        else lane.WaitsSince = now;
        return new Grant(lane, count, source, now);
    }
}
