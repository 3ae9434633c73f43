using Silo.Core.Pacing;

namespace Silo.Core.Tests.Pacing;

/// <summary>One seed: a random world, and random things that happen to it; each step is checked against the books.</summary>
internal sealed class PacingSimulation
{
    private static readonly DateTimeOffset Start = new(2026, 3, 2, 10, 0, 0, TimeSpan.Zero);

    private const int Steps = 120;

    private readonly int _seed;
    private readonly Random _random;
    private readonly PacedWorld _world;
    private readonly EgressScheduler _scheduler;
    private readonly List<Hand> _hands = [];
    private readonly Dictionary<Lane, LaneBook> _lanes;
    private readonly Dictionary<SharedLevel, FairnessWatch> _watches;
    private readonly Dictionary<Lane, (int Place, int Run)> _preferred = [];
    private DateTimeOffset _now;
    private DateTimeOffset _latest;

    public PacingSimulation(int seed)
    {
        _seed = seed;
        _random = new Random(seed);
        _now = _latest = Start.AddTicks(_random.NextInt64(TimeSpan.TicksPerDay));
        _world = new PacedWorld(_random, _now);
        PassTicks(_world.WarmUps.Count);
        _scheduler = _world.Scheduler;
        _lanes = _world.Lanes.ToDictionary(l => l.Lane);
        _watches = _world.Shared.ToDictionary(l => l, l => new FairnessWatch(l, _world.Quantum));
    }

    public long Started { get; private set; }

    public double WorstQuanta => _watches.Values.Max(w => w.WorstQuanta);

    public void Run()
    {
        for (var step = 0; step < Steps; step++)
        {
            MoveClock();
            if (_now > _latest) _latest = _now;
            foreach (var book in _world.Books.Values) book.Advance(_now);
            foreach (var warmUp in _world.WarmUps) warmUp.EndBlock(_latest);
            for (var i = _random.Next(1, 4); i > 0; i--) Accept();
            if (_random.Next(4) == 0) Disturb();
            Settle();
            Drain();
        }

        foreach (var lane in _world.Lanes)
        {
            var inHand = _hands.Where(h => h.Grant.Lane == lane.Lane).Sum(h => h.Units.Count + h.UnderWay);
            Check(lane.Accepted == lane.Gone + lane.Queued + inHand, "a unit is lost");
            Check(lane.Queued == lane.Lane.Due && inHand == lane.Lane.InFlight, "the counts differ");
        }

        foreach (var level in _world.Shared) CheckDemand(level);
    }

    private void CheckDemand(SharedLevel level)
    {
        var due = _world.Lanes.Select(l => l.Lane).Where(l => l.Due > 0 && Leads(l.Level, level)).ToArray();
        var demand = due.Select(l => l.Tenant).Where(t => !t.IsPaused).Distinct().Sum(t => t.Weight);
        Check(level.DueUnits == due.Sum(l => (long)l.Due), $"{level.DueUnits} units due at {level.Name}");
        Check(Math.Abs(level.Demand - demand) < 0.001, $"a demand of {level.Demand} at {level.Name} for {demand}");
    }

    private static bool Leads(SharedLevel? from, SharedLevel to) => from is not null && (from == to || Leads(from.Parent, to));

    private void MoveClock()
    {
        _now += _random.Next(40) switch
        {
            0 => -TimeSpan.FromSeconds(_random.NextDouble() * 2),
            1 => -TimeSpan.FromMinutes(_random.NextDouble() * 3),
            2 => TimeSpan.FromHours(_random.NextDouble() * 20),
            // The last mail of an hour of a warm-up.
            3 when _world.WarmUps is [var first, ..] => first.HourEndsAt(_latest) - _now - TimeSpan.FromSeconds(_random.NextDouble()),
            < 8 => TimeSpan.Zero,
            < 14 when _scheduler.AskAgainAt(_now) is { } at && at - _now < TimeSpan.FromHours(1) => at - _now,
            _ => TimeSpan.FromSeconds(Math.Pow(_random.NextDouble(), 3) * 2),
        };
    }

    private void Accept()
    {
        var lane = _world.Lanes[_random.Next(_world.Lanes.Count)];
        var count = _random.Next(3) == 0 ? _random.Next(1, 200) : _random.Next(1, 5);
        lane.Accept(count);
        _scheduler.AddDue(lane.Lane, count, _now);
        if (_random.Next(20) != 0) return;
        var cancelled = _random.Next(lane.Queued + 1);
        lane.Cancel(cancelled);
        _scheduler.RemoveDue(lane.Lane, cancelled);
    }

    private void Disturb()
    {
        var tenant = _world.Tenants[_random.Next(_world.Tenants.Count)];
        var level = _random.Next(3) == 0 ? (PacingLevel)tenant : _world.Shared[_random.Next(_world.Shared.Count)];
        switch (_random.Next(7))
        {
            case 0:
                _scheduler.Pause(tenant);
                break;
            case 1 or 2:
                foreach (var each in _world.Tenants) _scheduler.Resume(each, _now);
                foreach (var each in _world.Shared)
                {
                    _scheduler.Open(each, each.Budget, _now);
                    _world.Books[each.Budget].IsClosed = false;
                }

                break;
            case 3:
                _scheduler.SetWeight(tenant, Math.Round(0.125 + (_random.NextDouble() * 5), 3));
                foreach (var watch in _watches.Values) watch.Restart();
                break;
            case 4:
                var limits = _world.LimitsFor(level.Budget, 30);
                // A rate that is new at a clock that stepped back would begin with what it earns until the clock has caught up.
                _scheduler.SetLimits(level, limits, _latest);
                _world.Books[level.Budget].Change(limits, _latest);
                break;
            case 5 when level is SharedLevel shared:
                // A budget that was made by a clock that stepped back would begin with what it earned since.
                var warmUps = _world.WarmUps.Count;
                _world.ChangeSources(shared, _latest);
                PassTicks(_world.WarmUps.Count - warmUps);
                break;
            case 6 when _random.Next(3) == 0:
                _scheduler.Close(level.Budget);
                _world.Books[level.Budget].IsClosed = true;
                break;
        }
    }

    /// <summary>What is in hand starts, or does not, and ends: delivered, or deferred and back in the line.</summary>
    private void Settle()
    {
        var patience = _random.NextDouble();
        foreach (var hand in _hands)
        {
            // A reservation is not held over a long jump of the clock. What was reserved first starts first.
            var isOld = (_now - hand.Grant.At).Duration() > TimeSpan.FromMinutes(2);
            if (hand.Units.Count > 0 && (isOld || _random.NextDouble() < patience) && IsFirst(hand)) StartOrNot(hand);
            if (hand.UnderWay > 0 && _random.NextDouble() < patience) End(hand, _random.Next(1, hand.UnderWay + 1));
        }

        _hands.RemoveAll(h => h.Units.Count == 0 && h.UnderWay == 0);
    }

    private void StartOrNot(Hand hand)
    {
        var lane = _lanes[hand.Grant.Lane];
        var starts = !MayStart(hand) ? 0 : _random.Next(10) == 0 ? _random.Next(hand.Units.Count + 1) : hand.Units.Count;
        if (starts > 0)
        {
            Check(!lane.Lane.Tenant.IsPaused, "G2: mail of a paused tenant starts");
            _scheduler.Started(hand.Grant, starts, _now);
            foreach (var (book, quotaNumber) in hand.Booked)
            {
                if (book.Start(starts, _now, quotaNumber) is { } wrong) Check(false, $"G3: {wrong}");
            }

            Started += starts;
            hand.UnderWay += starts;
            for (var i = 0; i < starts; i++) Check(lane.StartsInOrder(hand.Units.Dequeue()), "G4: a unit overtakes another one of its lane");
        }

        if (hand.Units.Count == 0) return;
        foreach (var later in Enumerable.Reverse(_hands))
        {
            if (later.Grant.Lane == lane.Lane && later.Units.Count > 0) PutBack(later, lane);
        }
    }

    /// <summary>As the gate does and the hold of a grant.</summary>
    private bool MayStart(Hand hand) =>
        !hand.Grant.Lane.Tenant.IsPaused && _latest - hand.Grant.At <= EgressScheduler.GrantHolds && _latest < hand.StartsBefore;

    private bool IsFirst(Hand hand) => _hands.Find(h => h.Grant.Lane == hand.Grant.Lane && h.Units.Count > 0) == hand;

    private void PutBack(Hand hand, LaneBook lane)
    {
        var back = hand.Units.Count;
        _scheduler.NotStarted(hand.Grant, back, _now);
        foreach (var (book, quotaNumber) in hand.Booked) book.Return(back, quotaNumber);
        lane.PutBack(hand.Units);
        hand.Units.Clear();
        _scheduler.AddDue(lane.Lane, back, _now);
    }

    private void End(Hand hand, int count)
    {
        var lane = _lanes[hand.Grant.Lane];
        hand.UnderWay -= count;
        _scheduler.Ended(hand.Grant, count, _now);
        foreach (var (book, _) in hand.Booked) book.End(count);
        lane.Gone += count;
        if (_random.Next(4) != 0) return;
        lane.Accept(count);
        _scheduler.AddDue(lane.Lane, count, _now);
    }

    private void Drain()
    {
        for (var calls = _random.Next(10) == 0 ? _random.Next(5) : int.MaxValue; calls > 0; calls--)
        {
            if (_random.Next(3) == 0) Prefer();
            // One that waits for a block waits for nothing else, and gets no turn meanwhile: blocks come as soon as they are used up.
            Refill();
            if (!_scheduler.TryNext(_now, out var grant))
            {
                var roomAt = _world.Books.Values.ToDictionary(b => b, b => b.RoomAt(_now));
                CheckNothingCouldStart(roomAt);
                CheckShares(roomAt);
                return;
            }

            Take(grant);
        }

        // Where things stand now was not looked at.
        foreach (var watch in _watches.Values) watch.Restart();
    }

    private void Refill()
    {
        foreach (var warmUp in _world.WarmUps)
        {
            if (warmUp.Refill(_random.Next(1, 64), _latest)) PassTicks(1);
        }
    }

    /// <summary>What is leased, and each block, is a tick of the scheduler's clock.</summary>
    private void PassTicks(int ticks)
    {
        if (_now == _latest) _now = _now.AddTicks(ticks);
        _latest = _latest.AddTicks(ticks);
        foreach (var book in _world.Books.Values) book.Advance(_latest);
    }

    /// <summary>The first units of a lane are to leave by one source, as mail to a domain that greylists.</summary>
    private void Prefer()
    {
        var lane = _world.Lanes[_random.Next(_world.Lanes.Count)].Lane;
        if (!_world.Sources.TryGetValue(lane.Level, out var sources) || sources.Count == 0) return;
        var preferred = (sources[_random.Next(sources.Count)].Place, Run: _random.Next(12));
        _preferred[lane] = preferred;
        _scheduler.Prefer(lane, preferred.Place, preferred.Run);
    }

    private void CheckPreferred(Grant grant)
    {
        if (!_preferred.TryGetValue(grant.Lane, out var preferred) || preferred.Run == 0) return;
        Check(grant.Count <= preferred.Run, "a grant reaches beyond the units that prefer a source");
        _preferred[grant.Lane] = preferred with { Run = preferred.Run - grant.Count };
        var wanted = _world.Sources[grant.Lane.Level].Find(s => s.Place == preferred.Place);
        if (grant.Source == preferred.Place || wanted.Book is null) return;
        var hasRoom = wanted.Book.RoomAt(_now) <= _now && (wanted.Whole is null || wanted.Whole.RoomAt(_now) <= _now);
        Check(!hasRoom, "another source is taken although the preferred one has room");
    }

    private void Take(Grant grant)
    {
        CheckPreferred(grant);
        var lane = _lanes[grant.Lane];
        Check(!grant.Lane.Tenant.IsPaused, "G2: mail of a paused tenant is granted");
        Check(grant.Count >= 1 && grant.Count <= lane.Queued, "more is granted than is due");
        var hand = new Hand(grant);
        foreach (var book in _world.BooksOf(grant))
        {
            hand.Booked.Add((book, book.Reserve(grant.Count, _now)));
            Check(!book.IsClosed, "something starts through what is closed");
            if ((book.CheckQuota() ?? book.CheckSlots()) is { } wrong) Check(false, $"G3: {wrong}");
        }

        hand.StartsBefore = _world.StartsBefore(hand.Booked.Select(b => b.Book));
        for (var level = grant.Lane.Level; level is not null; level = level.Parent) _watches[level].Serve(grant.Lane.Tenant, grant.Count);
        lane.Take(grant.Count, hand.Units);
        _hands.Add(hand);
    }

    private void CheckNothingCouldStart(Dictionary<LevelBook, DateTimeOffset> roomAt)
    {
        var earliest = DateTimeOffset.MaxValue;
        foreach (var lane in _world.Lanes.Where(l => l.Lane is { Due: > 0, Tenant.IsPaused: false }))
        {
            var at = _world.RoomAt(lane.Lane, roomAt);
            Check(at > _now, $"{lane.Lane.Tenant.Name} could send by {lane.Lane.Level.Name}, and nothing starts");
            if (at < earliest) earliest = at;
        }

        if (earliest == DateTimeOffset.MaxValue) return;
        Check(_scheduler.AskAgainAt(_now) is { } ask && ask <= earliest, $"it asks again at {_scheduler.AskAgainAt(_now):O}, and mail could start at {earliest:O}");
    }

    private void CheckShares(Dictionary<LevelBook, DateTimeOffset> roomAt)
    {
        var due = _world.Lanes.Select(l => l.Lane).Where(l => l is { Due: > 0, Tenant.IsPaused: false }).ToArray();
        var full = roomAt.Where(b => b.Value > _now).Select(b => b.Key).ToHashSet();
        var fullOnTheWay = due.Select(l => FullOnTheWay(l, full, roomAt)).ToArray();
        foreach (var (level, watch) in _watches)
        {
            var book = _world.Books[level.Budget];
            var waiting = due.Where((_, i) => fullOnTheWay[i] == book).Select(l => l.Tenant);
            if (watch.Check([.. waiting]) is { } wrong) Check(false, wrong);
        }
    }

    /// <summary>The one budget that a lane waits for; null when there are several.</summary>
    private LevelBook? FullOnTheWay(Lane lane, HashSet<LevelBook> full, Dictionary<LevelBook, DateTimeOffset> roomAt)
    {
        var onTheWay = _world.BooksOf(lane).Where(full.Contains).Distinct().ToArray();
        var bySource = _world.SourceRoomAt(lane.Level, roomAt) <= _now;
        return bySource && onTheWay.Length == 1 ? onTheWay[0] : null;
    }

    private void Check(bool holds, string message)
    {
        if (!holds) throw new InvalidOperationException($"seed {_seed}, at {_now:O}: {message}");
    }

    private sealed class Hand(Grant grant)
    {
        public Grant Grant => grant;

        public Queue<long> Units { get; } = new();

        public List<(LevelBook Book, int QuotaNumber)> Booked { get; } = [];

        public DateTimeOffset StartsBefore { get; set; }

        public int UnderWay { get; set; }
    }
}
