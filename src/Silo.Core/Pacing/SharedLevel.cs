namespace Silo.Core.Pacing;

/// <summary>
/// A level whose capacity tenants share: the account at the root, pools below it, routes (pool × provider) below those. Made by
/// <see cref="EgressScheduler"/>.
/// </summary>
/// <remarks>
/// Tenants that wait here stand in one of three lists: those who joined with credit left, those who had used it up and have that of this
/// round, and those who wait for the next. A round ends when the first two are empty and nothing within the level can leave. That order
/// moves nobody's share, which is the credit's doing; it keeps those who cannot save up (a rate of their own with a small burst, a
/// message now and then) from losing a round's worth behind those who have mail without end.
/// </remarks>
public sealed class SharedLevel : PacingLevel
{
    private readonly EarlyLine _early = new();
    private TurnList _even;
    private TurnList _odd;
    private readonly List<Budget> _sourceBudgets = [];
    private int _nextSource;
    private long _peakSteps;

    internal SharedLevel(string name, Budget budget, SharedLevel? parent)
        : base(name, budget) => (Parent, Depth) = (parent, parent is null ? 0 : parent.Depth + 1);

    /// <summary>The level around it; null for the account.</summary>
    public SharedLevel? Parent { get; }

    /// <summary>
    /// Budgets of the source IPs that mail of this level may leave by (rate, connections); each unit takes one that has room. One that was
    /// removed keeps its place until nothing of it is in hand and another takes it.
    /// </summary>
    public IReadOnlyList<Budget> Sources => _sourceBudgets;

    /// <summary>
    /// Every unit takes one of <see cref="Sources"/>, and without any nothing leaves; false: the level's own budget is all there is.
    /// </summary>
    public bool LeavesBySource { get; internal set; }

    /// <summary>
    /// The sum of the weights of the tenants with mail due that leads through here, 0 when there are none. Those that are paused are left
    /// out.
    /// </summary>
    public double Demand => (double)DemandSteps / StepsPerWeight;

    /// <summary>The most that <see cref="Demand"/> was since this was last called: mail that leaves at once is demand as well.</summary>
    public double TakePeakDemand()
    {
        var peak = (double)_peakSteps / StepsPerWeight;
        _peakSteps = DemandSteps;
        return peak;
    }

    /// <summary>Units due that lead through here, also of those that are paused.</summary>
    public long DueUnits { get; internal set; }

    /// <summary>In whole steps: sums of thousands of weights that come and go must not drift.</summary>
    internal const long StepsPerWeight = 1 << 20;

    internal long DemandSteps
    {
        get;
        set
        {
            field = value;
            if (value > _peakSteps) _peakSteps = value;
        }
    }

    internal List<Source> SourceList { get; } = [];

    internal int Depth { get; }

    internal long Round { get; private set; }

    /// <summary>Levels within this one that were dry, have room again, and mail to let go: each waiting moment costs them capacity.</summary>
    internal Queue<SharedLevel> Woken { get; } = new();

    /// <summary>Other levels within this one with mail to let go.</summary>
    internal Queue<SharedLevel> Ready { get; } = new();

    /// <summary>It stands in its parent's <see cref="Woken"/>.</summary>
    internal bool IsInWoken { get; set; }

    /// <summary>It stands there for itself, and not only for what was woken within it.</summary>
    internal bool IsWoken { get; set; }

    internal bool IsInReady { get; set; }

    /// <summary>Somebody stands in line here, or something within the level may have mail to let go.</summary>
    internal bool HasWork => HasWaiting || Woken.Count > 0 || Ready.Count > 0;

    internal bool HasWaiting => HasEarly || _even.First is not null || _odd.First is not null;

    internal bool HasEarly => !_early.IsEmpty;

    /// <summary>The first of those who joined with credit left; null when there is none.</summary>
    internal Turn? FirstEarly => _early.First;

    private ref TurnList Current => ref (Round & 1) == 0 ? ref _even : ref _odd;

    private ref TurnList Next => ref (Round & 1) == 0 ? ref _odd : ref _even;

    /// <summary>Whose turn it is of those who had used up their credit; the next round begins when this one has none left.</summary>
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

    /// <summary>Ends the round when nobody is left who could use it: a level that nobody waits for holds up no one.</summary>
    internal void EndRoundIfIdle()
    {
        if (!HasWork) Round++;
    }

    internal void Join(Turn turn)
    {
        turn.Replenish();
        if (turn.Credit > 0)
        {
            turn.ListRound = Turn.ListedEarly;
            _early.Add(turn);
        }
        else
        {
            turn.ListRound = Round + 1;
            Next.AddLast(turn);
        }
    }

    /// <summary>One that joined with credit left has started so many units.</summary>
    internal void PassOn(Turn turn, int units)
    {
        if (turn.ListRound == Turn.ListedEarly) _early.PassOn(turn, units);
    }

    internal void Leave(Turn turn)
    {
        if (turn.ListRound == Turn.ListedEarly) _early.Remove(turn);
        else if ((turn.ListRound & 1) == 0) _even.Remove(turn);
        else _odd.Remove(turn);
        turn.ListRound = Turn.NotListed;
    }

    internal bool HasRoom(DateTimeOffset now)
    {
        if (Budget.Room(1, now) == 0) return false;
        if (!LeavesBySource) return true;
        foreach (var source in SourceList)
        {
            if (source.Room(1, now) > 0) return true;
        }

        return false;
    }

    internal DateTimeOffset RoomAt(DateTimeOffset now)
    {
        var at = Budget.RoomAt(now);
        if (!LeavesBySource) return at;
        var earliest = DateTimeOffset.MaxValue;
        foreach (var source in SourceList)
        {
            var sourceAt = source.Room(1, now) > 0 ? now : source.RoomAt(now);
            if (sourceAt < earliest) earliest = sourceAt;
        }

        return earliest > at ? earliest : at;
    }

    /// <summary>
    /// The lane's own choice if that has room; else one after the other, so that all are used: of the first that has room as much as it
    /// has. No more than the lane made its choice for.
    /// </summary>
    internal (int Source, int Room) PickSource(Lane lane, int wanted, DateTimeOffset now)
    {
        if (!LeavesBySource) return (-1, wanted);
        if (lane.Preferred is var (place, run) && run > 0)
        {
            wanted = Math.Min(wanted, run);
            if (SourceList[place].Room(wanted, now) is var preferred and > 0) return (place, preferred);
        }

        for (var i = 0; i < SourceList.Count; i++)
        {
            var source = (_nextSource + i) % SourceList.Count;
            var room = SourceList[source].Room(wanted, now);
            if (room == 0) continue;
            _nextSource = source + 1;
            return (source, room);
        }

        return (-1, 0);
    }

    /// <summary>Its place, which grants name: a free one of a source that is gone, or the next.</summary>
    internal int AddSource(Source source)
    {
        var place = SourceList.FindIndex(s => s.IsRemoved && s.Budget.InFlight == 0);
        if (place < 0)
        {
            SourceList.Add(source);
            _sourceBudgets.Add(source.Budget);
            return SourceList.Count - 1;
        }

        (SourceList[place], _sourceBudgets[place]) = (source, source.Budget);
        return place;
    }
}
