namespace Silo.Core.Pacing;

/// <summary>
/// A level whose capacity tenants share: the account at the root, pools below it, routes (pool × provider) below those. Made by
/// <see cref="EgressScheduler"/>.
/// </summary>
/// <remarks>
/// Tenants that wait here stand in one of two lists: those who have credit in this round, and those who wait for the next. A round
/// ends when the first list is empty.
/// </remarks>
public sealed class SharedLevel : PacingLevel
{
    private TurnList _even;
    private TurnList _odd;
    private int _nextSource;

    internal SharedLevel(string name, Budget budget, SharedLevel? parent)
        : base(name, budget) => (Parent, Depth) = (parent, parent is null ? 0 : parent.Depth + 1);

    /// <summary>The level around it; null for the account.</summary>
    public SharedLevel? Parent { get; }

    /// <summary>
    /// Source IPs that mail of this level may leave by, each with its own budget (rate, connections); each unit takes one that has room.
    /// Empty: the level's own budget is all there is.
    /// </summary>
    public IReadOnlyList<Budget> Sources => SourceList;

    internal List<Budget> SourceList { get; } = [];

    internal int Depth { get; }

    internal long Round { get; private set; }

    internal bool IsReady { get; set; }

    internal bool IsStalled { get; set; }

    /// <summary>Levels below this one that have room, and tenants waiting, and wait for this one.</summary>
    internal List<SharedLevel> Stalled { get; } = [];

    internal bool HasWaiting => _even.First is not null || _odd.First is not null;

    /// <summary>Some tenant has credit left in this round, so that another one must stand behind it.</summary>
    internal bool HasTurns => Current.First is not null;

    private ref TurnList Current => ref (Round & 1) == 0 ? ref _even : ref _odd;

    private ref TurnList Next => ref (Round & 1) == 0 ? ref _odd : ref _even;

    /// <summary>Whose turn it is; the next round begins when this one has none left. Null when nobody waits.</summary>
    internal Turn? First()
    {
        while (HasWaiting)
        {
            if (Current.First is not { } turn)
            {
                Round++;
                continue;
            }

            turn.Replenish();
            if (turn.Credit > 0) return turn;
            Leave(turn);
            Join(turn);
        }

        return null;
    }

    internal void Join(Turn turn)
    {
        turn.Replenish();
        var isCurrent = turn.Credit > 0;
        turn.ListRound = isCurrent ? Round : Round + 1;
        // One that was in its turn goes on with it: it left the line because of another budget, and gains no credit by that.
        if (isCurrent && turn.ServedRound == Round) Current.AddFirst(turn);
        else if (isCurrent) Current.AddLast(turn);
        else Next.AddLast(turn);
    }

    internal void Leave(Turn turn)
    {
        if ((turn.ListRound & 1) == 0) _even.Remove(turn);
        else _odd.Remove(turn);
        turn.ListRound = Turn.NotListed;
    }

    internal bool HasRoom(DateTimeOffset now)
    {
        if (Budget.Room(1, now) == 0) return false;
        foreach (var source in SourceList)
        {
            if (source.Room(1, now) > 0) return true;
        }

        return SourceList.Count == 0;
    }

    internal DateTimeOffset RoomAt(DateTimeOffset now)
    {
        var at = Budget.RoomAt(now);
        if (SourceList.Count == 0) return at;
        var earliest = DateTimeOffset.MaxValue;
        foreach (var source in SourceList)
        {
            var sourceAt = source.Room(1, now) > 0 ? now : source.RoomAt(now);
            if (sourceAt < earliest) earliest = sourceAt;
        }

        return earliest > at ? earliest : at;
    }

    /// <summary>One after the other, so that all are used; of the first that has room as much as it has.</summary>
    internal (int Source, int Room) PickSource(int wanted, DateTimeOffset now)
    {
        for (var i = 0; i < SourceList.Count; i++)
        {
            var source = (_nextSource + i) % SourceList.Count;
            var room = SourceList[source].Room(wanted, now);
            if (room == 0) continue;
            _nextSource = source + 1;
            return (source, room);
        }

        return (-1, SourceList.Count == 0 ? wanted : 0);
    }
}
