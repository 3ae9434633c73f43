namespace Silo.Core.WarmUp;

/// <summary>
/// One warm-up: keeps the caps of a plan, by the hour and exactly, and moves an adaptive plan on or back. A day of it is 24 hours from
/// the start, not a date. What is allowed follows from plan, state and time alone; no call is needed at any instant.
/// </summary>
/// <remarks>
/// <para>
/// An adaptive plan is judged when a day with mail has ended, in this order: a HIGH finding, or more than <see cref="RefusedShare"/> of
/// what was sent deferred or blocked, goes back a day of the plan; a LOW finding stays; a day of which half the cap was used, and nine
/// tenths of that delivered, goes on; any other stays. Thirty days in a row without mail halve the way that was made: that is how long
/// mailbox providers remember. A plan that is over stays so.
/// </para>
/// <para>
/// What is taken starts in the hour in which it was taken or not at all (<see cref="HourEndsAt"/>), or an hour could let go two slices. A
/// clock that steps back stays in the hour that it had shown. Owned by one actor; allocates nothing.
/// </para>
/// </remarks>
public sealed class WarmUpMeter
{
    /// <summary>Deferred or blocked recipients, of those sent in the day, above which an adaptive plan steps back.</summary>
    public const double RefusedShare = 0.1;

    /// <summary>Days in a row without mail after which an adaptive plan steps back.</summary>
    public const int IdleDaysToStepBack = 30;

    private readonly DateTimeOffset _startedAt;
    private WarmUpState _state;

    /// <param name="plan">Its <see cref="WarmUpPlan.Mode"/> says whether every day counts.</param>
    /// <param name="startedAt">When its first day began. It may lie in the past, and in the future: then the first hour goes on until then.</param>
    /// <param name="state">As <see cref="Save"/> gave it; default at the start.</param>
    /// <exception cref="ArgumentOutOfRangeException">The state is none that a warm-up can have.</exception>
    public WarmUpMeter(WarmUpPlan plan, DateTimeOffset startedAt, WarmUpState state = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(state.Day, nameof(state));
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)state.Hour, (uint)WarmUpSchedule.SlicesPerDay - 1, nameof(state));
        ArgumentOutOfRangeException.ThrowIfNegative(state.PlanDay, nameof(state));
        ArgumentOutOfRangeException.ThrowIfNegative(state.SentThisHour, nameof(state));
        ArgumentOutOfRangeException.ThrowIfLessThan(state.Sent, state.SentThisHour, nameof(state));
        (Plan, _startedAt, _state) = (plan, startedAt, state with { PlanDay = Math.Min(state.PlanDay, plan.Days) });
    }

    public WarmUpPlan Plan { get; }

    private bool IsAdaptive => Plan.Mode == WarmUpMode.Adaptive;

    private long? Cap => Plan.CapFor(_state.PlanDay);

    /// <summary>As it stands, at the latest instant that it was told of.</summary>
    public WarmUpState State => _state;

    /// <summary>What must be kept to go on from here, in another process too.</summary>
    public WarmUpState Save(DateTimeOffset now)
    {
        Advance(now);
        return _state;
    }

    public WarmUpUse Use(DateTimeOffset now)
    {
        Advance(now);
        long? slice = Cap is { } cap ? WarmUpSchedule.Slice(cap, _state.Hour) : null;
        return new WarmUpUse(_state.PlanDay, Cap, slice, _state.Sent, _state.SentThisHour);
    }

    /// <summary>How many of <paramref name="wanted"/> recipients may leave now. What an earlier hour left over is gone.</summary>
    public int Room(int wanted, DateTimeOffset now)
    {
        Advance(now);
        return (int)Math.Clamp(RoomNow(), 0, Math.Max(wanted, 0));
    }

    /// <summary>Takes no more than <see cref="Room"/> said at the same instant.</summary>
    /// <exception cref="InvalidOperationException">More is taken.</exception>
    public void Take(int count, DateTimeOffset now)
    {
        if (Room(count, now) < count) throw new InvalidOperationException("More is taken than the warm-up allows.");
        _state = _state with { Sent = _state.Sent + count, SentThisHour = _state.SentThisHour + count };
    }

    /// <summary>
    /// So many are known to have started at an instant, whatever room there was. Of the present day they count in the day, of the present
    /// hour in the hour; an earlier day is over.
    /// </summary>
    public void Count(int count, DateTimeOffset at)
    {
        Advance(at);
        var started = WarmUpSchedule.PositionAt(_startedAt, at);
        if (started.Day != _state.Day) return;
        _state = _state with { Sent = _state.Sent + count, SentThisHour = _state.SentThisHour + (started.Hour == _state.Hour ? count : 0) };
    }

    /// <summary>They do not leave. Only what was taken in the present day or hour makes room there.</summary>
    public void GiveBack(int count, DateTimeOffset takenAt)
    {
        // After a step back of the clock it was booked later than takenAt says: then it may make no room, and never too much.
        var taken = WarmUpSchedule.PositionAt(_startedAt, takenAt);
        if (taken.Day != _state.Day) return;
        var fromHour = taken.Hour == _state.Hour ? Math.Min(count, _state.SentThisHour) : 0;
        _state = _state with
        {
            Sent = Math.Max(_state.Sent - count, _state.SentThisHour - fromHour),
            SentThisHour = _state.SentThisHour - fromHour,
        };
    }

    /// <summary>Before this instant the n-th recipient (1 or more) from now on does not leave, if all goes well until then.</summary>
    public DateTimeOffset EarliestFor(long count, DateTimeOffset now)
    {
        Advance(now);
        var left = count - Math.Max(RoomNow(), 0);
        if (left <= 0) return now;
        var today = Math.Max(Cap!.Value - _state.Sent, 0) - Math.Max(RoomNow(), 0);
        for (var hour = _state.Hour + 1; hour < WarmUpSchedule.SlicesPerDay && today > 0; hour++)
        {
            var room = Math.Min(WarmUpSchedule.Slice(Cap.Value, hour), today);
            if (room >= left) return HourStart(_state.Day, hour);
            (left, today) = (left - room, today - room);
        }

        return EarliestAfterToday(left);
    }

    /// <summary>When to look again: now if there is room.</summary>
    public DateTimeOffset RoomAt(DateTimeOffset now) => EarliestFor(1, now);

    /// <summary>So many recipients of this day's mail were delivered.</summary>
    public void Delivered(int count, DateTimeOffset now)
    {
        Advance(now);
        _state = _state with { Delivered = _state.Delivered + count };
    }

    /// <summary>
    /// So many recipients were deferred to slow this sender down, or blocked. Not for what only concerns a recipient: a full mailbox,
    /// greylisting, an address that does not exist.
    /// </summary>
    public void Refused(int count, DateTimeOffset now)
    {
        Advance(now);
        _state = _state with { Refused = _state.Refused + count };
    }

    /// <summary>From now on this is the worst finding that is open.</summary>
    public void Found(WarmUpFinding finding, DateTimeOffset now)
    {
        Advance(now);
        _state = _state with { Finding = finding, WorstFinding = finding > _state.WorstFinding ? finding : _state.WorstFinding };
    }

    private long RoomNow() =>
        Cap is { } cap ? Math.Min(WarmUpSchedule.Slice(cap, _state.Hour) - _state.SentThisHour, cap - _state.Sent) : long.MaxValue;

    private DateTimeOffset EarliestAfterToday(long left)
    {
        for (var ahead = 1; ; ahead++)
        {
            // At best every day counts.
            if (Plan.CapFor(_state.PlanDay + ahead) is not { } cap) return HourStart(_state.Day + ahead, 0);
            if (cap < left)
            {
                left -= cap;
                continue;
            }

            for (var hour = 0; ; hour++)
            {
                var slice = WarmUpSchedule.Slice(cap, hour);
                if (slice >= left) return HourStart(_state.Day + ahead, hour);
                left -= slice;
            }
        }
    }

    /// <summary>When what is taken now must have started.</summary>
    public DateTimeOffset HourEndsAt(DateTimeOffset now)
    {
        Advance(now);
        return HourStart(_state.Day, _state.Hour + 1);
    }

    private DateTimeOffset HourStart(int day, int hour) => _startedAt + TimeSpan.FromHours(((long)day * WarmUpSchedule.SlicesPerDay) + hour);

    /// <summary>Time has come so far. Days that have ended are judged.</summary>
    public void Advance(DateTimeOffset now)
    {
        var at = WarmUpSchedule.PositionAt(_startedAt, now);
        if (at.Day < _state.Day || (at.Day == _state.Day && at.Hour <= _state.Hour)) return;
        if (at.Day == _state.Day)
        {
            _state = _state with { Hour = at.Hour, SentThisHour = 0 };
            return;
        }

        var (planDay, idle) = IsAdaptive ? Judge(at.Day - _state.Day) : (Math.Min(at.Day, Plan.Days), 0);
        _state = new WarmUpState(at.Day, at.Hour, planDay, idle, 0, 0, 0, 0, _state.Finding, _state.Finding);
    }

    /// <summary>What becomes of the plan's day when this many days have ended, of which only the first can have had mail.</summary>
    private (int PlanDay, int IdleDays) Judge(int days)
    {
        var planDay = _state.PlanDay;
        if (planDay >= Plan.Days) return (planDay, 0);
        var idle = _state.Sent == 0 ? _state.IdleDays + days : days - 1;
        if (_state.Sent > 0) planDay = Math.Max(planDay + Step(Cap!.Value), 0);
        if (planDay >= Plan.Days) return (planDay, 0);
        for (; idle >= IdleDaysToStepBack && planDay > 0; idle -= IdleDaysToStepBack) planDay /= 2;
        return (planDay, idle % IdleDaysToStepBack);
    }

    private int Step(long cap)
    {
        if (_state.WorstFinding == WarmUpFinding.High || _state.Refused > RefusedShare * _state.Sent) return -1;
        if (_state.WorstFinding == WarmUpFinding.Low) return 0;
        return _state.Sent * 2 >= cap && _state.Delivered * 10 >= _state.Sent * 9 ? 1 : 0;
    }
}
