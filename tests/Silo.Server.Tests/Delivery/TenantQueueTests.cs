using System.Collections.Frozen;
using Silo.Core.Delivery;
using Silo.Core.Pacing;
using Silo.Server.Delivery;
using Silo.Server.Delivery.Pacing;
using Silo.Storage;
using Silo.Testing;
using Silo.Testing.Engine;
using Xunit;

namespace Silo.Server.Tests.Delivery;

public sealed class TenantQueueTests
{
    [Fact]
    public void Every_unit_is_taken_once_for_each_time_it_is_queued_whatever_the_reads_saw()
    {
        for (var seed = 0; seed < 4_000; seed++) new Model(seed, clockStepsBack: seed % 2 == 1, isSifted: seed % 4 >= 2).Run();
    }

    [Fact]
    public void Every_unit_is_taken_once_for_each_time_it_is_queued_while_domains_begin_to_be_kept_apart_and_are_so_no_more()
    {
        for (var seed = 0; seed < 2_000; seed++)
            new Model(seed, clockStepsBack: seed % 2 == 1, isSifted: seed % 4 >= 2, isByDomain: true).Run();
    }

    [Fact]
    public void A_long_queue_keeps_to_its_window_and_leaves_the_rest_to_the_spool()
    {
        var queue = NewQueue(16);
        for (var i = 1; i <= 1_000; i++) queue.Add(Model.Unit(i, i), DateTimeOffset.MinValue);
        Assert.InRange(queue.WindowCount, 1, 16);
        Assert.True(queue.MoreInSpool);
    }

    [Fact]
    public void A_queue_is_not_idle_while_permits_are_untold()
    {
        var queue = NewQueue(16);
        Assert.True(queue.IsIdle);
        queue.Permits.CountStart();
        Assert.False(queue.IsIdle);
        Assert.Equal(1, queue.TakeUse().Started);
        Assert.True(queue.IsIdle);
        queue.Permits.Unused++;
        Assert.False(queue.IsIdle);
    }

    [Fact]
    public void What_comes_back_before_the_place_up_to_which_senders_were_told_is_looked_at_again_unless_its_sender_was_told()
    {
        var queue = NewQueue(16);
        queue.ToldUpTo = QueuePlace.Of(Model.Unit(9, 9));
        queue.Add(Model.Unit(5, 5) with { DelaysTold = DelayRules.BitOf(DelayType.SendingDeferral) }, DateTimeOffset.MinValue);
        queue.Add(Model.Unit(10, 10), DateTimeOffset.MinValue);
        Assert.Equal(QueuePlace.Of(Model.Unit(9, 9)), queue.ToldUpTo);
        queue.Add(Model.Unit(7, 7), DateTimeOffset.MinValue);
        Assert.True(queue.ToldUpTo < QueuePlace.Of(Model.Unit(7, 7)));
    }

    private static TenantQueue NewQueue(int limit) => new(1, "a", limit, NewPacing());

    private static EgressPacing NewPacing() => NewPacing(new HostileTimeProvider());

    private static EgressPacing NewPacing(HostileTimeProvider time) =>
        new(new DispatchOptions(), new AccountLimits(BudgetLimits.None), new ScriptedTransport(time), "", time);

    /// <summary>
    /// A spool, and the dispatcher's loop as the queue knows it: commits are told in their order and some time after they can be read;
    /// a refill ends when all that its read can have seen was told.
    /// </summary>
    private sealed class Model
    {
        private const int Limit = 6;
        private const int MostInHand = 5;
        private static readonly string[] Domains = ["example.org", "gmail.com", "yahoo.com"];
        private static readonly string?[] SendingDomains = ["a.example", "b.example", "c.example", null];

        private readonly int _seed;
        private readonly bool _clockStepsBack;
        private readonly bool _isSifted;
        private readonly bool _isByDomain;
        private readonly Random _random;
        private readonly EgressPacing _pacing = NewPacing();
        private readonly TenantQueue _queue;
        private readonly SortedDictionary<(long Due, long Id), QueuedUnit> _spool = [];
        private readonly Dictionary<(string, string?), SortedSet<(long Due, long Id)>> _toldAndQueued = [];
        private readonly Dictionary<long, QueuedUnit> _inHand = [];
        private readonly Queue<(QueuedUnit Unit, bool Retry)> _untold = new();
        private readonly Dictionary<long, QueuedUnit> _aside = [];
        private readonly HashSet<long> _moved = [];
        private readonly List<QueuedUnit> _batch = [];
        private List<QueuedUnit>? _page;
        private long _pageAfter;
        private IReadOnlyList<QueuedUnit>? _read;
        private long _readAfter;
        private long _commits;
        private long _told;
        private long _now = 1_000;
        private long _nextId = 1;
        private int _queuedTimes;
        private int _taken;
        private bool _letsGo;
        private HashSet<string>? _domains;
        private FrozenSet<string>? _set;
        private QueueCursor _after;

        public Model(int seed, bool clockStepsBack, bool isSifted, bool isByDomain = false)
        {
            (_seed, _clockStepsBack, _isSifted, _isByDomain, _random) = (seed, clockStepsBack, isSifted, isByDomain, new Random(seed));
            _queue = new TenantQueue(1, "a", Limit, _pacing);
        }

        private DateTimeOffset Now => new(_now, TimeSpan.Zero);

        public static QueuedUnit Unit(long id, long due, string domain = "example.org") =>
            new(id, id - 1, 1, "r@" + domain, new DateTimeOffset(due, TimeSpan.Zero), 0, null, 0, false);

        public void Run()
        {
            if (_random.Next(3) == 0)
            {
                // A backlog of an earlier process.
                for (var i = _random.Next(1, 30); i > 0; i--) Append(told: true);
                _queue.LeaveToSpool();
            }

            for (var step = 0; step < 300; step++) Step(_random.Next(100));
            for (var step = 0; step < 5_000 && (_spool.Count + _aside.Count > 0 || _untold.Count > 0); step++)
            {
                _now += 50;
                _letsGo = true;
                Step(_random.Next(30, 100));
            }

            Assert.True(_spool.Count == 0, $"seed {_seed}: {_spool.Count} units never left, window {_queue.WindowCount}");
            Assert.True(_taken == _queuedTimes, $"seed {_seed}: queued {_queuedTimes} times, taken {_taken} times");
        }

        private void Step(int dice)
        {
            switch (dice)
            {
                case < 18:
                    Append(told: false);
                    break;
                case < 22:
                    _now += _random.Next(30);
                    break;
                case < 24 when _clockStepsBack:
                    _now -= _random.Next(40);
                    break;
                case < 45:
                    Tell();
                    break;
                case < 65:
                    Take();
                    break;
                case < 80:
                    Settle();
                    break;
                case < 84:
                    TakeBack();
                    break;
                case < 90 when _isSifted:
                    Sift();
                    break;
                case < 92 when _isByDomain:
                    FollowDomains();
                    break;
                default:
                    Refill();
                    break;
            }

            foreach (var lane in _queue.Lanes)
            {
                Assert.True(lane.Paced.Due == lane.Ready, $"seed {_seed}: pacing knows {lane.Paced.Due} of {lane.Ready} units that may leave");
                // What is let go comes back in places that have passed, as with a clock that steps back.
                if (!_clockStepsBack && !_isSifted)
                    Assert.True(lane.Count <= Limit + (2 * MostInHand), $"seed {_seed}: {lane.Count} units in the window");
            }
        }

        private void Append(bool told)
        {
            // Long stretches of one lane hide the others' mail behind them.
            var domain = Domains[_random.Next(4) == 0 ? _random.Next(Domains.Length) : (int)(_nextId / 40 % Domains.Length)];
            var unit = Unit(_nextId++, _now, domain);
            if (_isByDomain) unit = unit with { SendingDomain = SendingDomains[_random.Next(SendingDomains.Length)] };
            _spool.Add(Key(unit), unit);
            _queuedTimes++;
            if (told) ToldOf(unit).Add(Key(unit));
            else Commit(unit, retry: false);
        }

        private void Commit(QueuedUnit unit, bool retry)
        {
            _commits++;
            _untold.Enqueue((unit, retry));
        }

        private void Tell()
        {
            if (!_untold.TryDequeue(out var told)) return;
            _told++;
            if (told.Retry)
            {
                _inHand.Remove(told.Unit.Id);
                _moved.Add(told.Unit.Id);
            }

            if (told.Unit.DueAt == DateTimeOffset.MaxValue) return;
            ToldOf(told.Unit).Add(Key(told.Unit));
            _queue.Add(told.Unit, Now);
        }

        private void Take()
        {
            if (_inHand.Count - _batch.Count >= MostInHand || _queue.MustReorder) return;
            _queue.Advance(Now);
            LaneQueue[] ready = [.. _queue.Lanes.Where(l => l.Ready > 0)];
            if (ready.Length == 0) return;
            // As when pacing has granted one.
            var lane = ready[_random.Next(ready.Length)];
            _pacing.Scheduler.RemoveDue(lane.Paced, 1);
            Assert.True(lane.TryTake(out var unit));
            Assert.True(unit.DueAt.Ticks <= _now, $"seed {_seed}: unit {unit.Id} left before it was due");
            Assert.True(_inHand.TryAdd(unit.Id, unit), $"seed {_seed}: unit {unit.Id} was taken while in hand");
            Assert.True(_spool.ContainsKey(Key(unit)), $"seed {_seed}: unit {unit.Id} was taken though it is not queued");
            Assert.True(ToldOf(unit).Min == Key(unit), $"seed {_seed}: took {Key(unit)} before {ToldOf(unit).Min}");
            ToldOf(unit).Remove(Key(unit));
            _taken++;
        }

        private void Settle()
        {
            var free = Free();
            if (free.Length == 0) return;
            var unit = free[_random.Next(free.Length)];
            _spool.Remove(Key(unit));
            var retry = _random.Next(4);
            if (retry < 2 || _nextId > 150)
            {
                _inHand.Remove(unit.Id);
                _moved.Add(unit.Id);
                return;
            }

            // 2: kept its place. 3: put off, perhaps not at all.
            var back = retry == 2 ? unit : unit with { DueAt = new DateTimeOffset(_now + _random.Next(60), TimeSpan.Zero) };
            _spool.Add(Key(back), back);
            _queuedTimes++;
            Commit(back, retry: true);
        }

        /// <summary>The release could not be stored: the unit comes back without a commit.</summary>
        private void TakeBack()
        {
            var free = Free();
            if (free.Length == 0) return;
            var unit = free[_random.Next(free.Length)];
            _inHand.Remove(unit.Id);
            ToldOf(unit).Add(Key(unit));
            _queuedTimes++;
            _queue.Add(unit, Now);
        }

        private void Refill()
        {
            if (!_queue.AwaitsRefill)
            {
                if (_queue.WantsRefill && _batch.Count == 0) _after = _queue.BeginRefill();
                return;
            }

            if (_read is null)
            {
                var after = (_after.DueAt.Ticks, _after.UnitId);
                // A read of any age: what was committed last may be missing. In hand units are among what it sees.
                _read = [.. _spool.Where(u => u.Key.CompareTo(after) > 0).Select(u => u.Value).Take(Limit)];
                _readAfter = _commits;
                return;
            }

            if (_random.Next(20) == 0)
            {
                _queue.AbandonRefill(Now);
                _read = null;
            }
            else if (_told >= _readAfter)
            {
                _queue.EndRefill(_read, Limit, Now);
                _read = null;
            }
        }

        /// <summary>A walk of one page: it is read, what it means is withdrawn and stored, and what was left as it was is restored.</summary>
        private void Sift()
        {
            if (_page is null)
            {
                _moved.Clear();
                var meant = _random.Next(1, 4);
                _page =
                [
                    .. _spool.Values.Where(_ => !_letsGo && _random.Next(3) < meant),
                    .. _aside.Values.Where(_ => _letsGo || _random.Next(3) < meant),
                ];
                _pageAfter = _commits;
            }
            else if (_batch.Count == 0)
            {
                if (_told >= _pageAfter && !_queue.AwaitsRefill) TakePage(_page);
            }
            else if (!_untold.Any(t => _batch.Any(u => u.Id == t.Unit.Id)))
            {
                EndPage();
            }
        }

        private void TakePage(List<QueuedUnit> page)
        {
            var rests = _random.Next(3);
            foreach (var unit in page)
            {
                if (_moved.Contains(unit.Id) || !_inHand.TryAdd(unit.Id, unit)) continue;
                _queue.Withdraw(unit);
                _batch.Add(unit);
                var wasAside = _aside.Remove(unit.Id);
                if (!wasAside) ToldOf(unit).Remove(Key(unit));
                // 0 or 1: left as it was. 2: held, or let go to the place that it had. 3: cancelled, or let go and due.
                switch (_letsGo ? 3 : _random.Next(rests, 4))
                {
                    case < 2:
                        if (wasAside) _aside.Add(unit.Id, unit);
                        break;
                    case var done when wasAside:
                        var back = unit with { DueAt = new DateTimeOffset(done == 2 ? unit.Id : _now, TimeSpan.Zero) };
                        _spool.Add(Key(back), back);
                        _queuedTimes++;
                        Commit(back, retry: true);
                        break;
                    case var done:
                        _spool.Remove(Key(unit));
                        _queuedTimes--;
                        var held = unit with { DueAt = DateTimeOffset.MaxValue };
                        if (done == 2) _aside.Add(unit.Id, held);
                        Commit(held, retry: true);
                        break;
                }
            }

            if (_batch.Count == 0) _page = null;
        }

        private void EndPage()
        {
            foreach (var unit in _batch)
            {
                if (_moved.Contains(unit.Id) || !_inHand.Remove(unit.Id)) continue;
                _queue.Restore(unit, Now);
                if (unit.DueAt < DateTimeOffset.MaxValue) ToldOf(unit).Add(Key(unit));
            }

            _batch.Clear();
            _page = null;
        }

        /// <summary>Domains begin; or all begin anew, or are not kept apart any more.</summary>
        private void FollowDomains()
        {
            var dice = _random.Next(8);
            if (dice < 5) _domains = [.. _domains ?? ["*"], "abc"[_random.Next(3)] + ".example"];
            else if (dice == 5) _domains = null;
            else if (dice == 6) _domains = ["*"];
            _set = _domains?.ToFrozenSet() is { } next && _set is not null && next.SetEquals(_set) ? _set : _domains?.ToFrozenSet();
            _queue.FollowDomains(_set);
            _queue.InHand = _inHand.Count;
            _queue.Reorder();
        }

        /// <summary>Units in the hands of a hand-over whose outcome is not stored.</summary>
        private QueuedUnit[] Free() =>
        [
            .. _inHand.Values.Where(u => _spool.ContainsKey(Key(u)) && !_untold.Any(t => t.Unit.Id == u.Id) && !_batch.Contains(u)),
        ];

        private SortedSet<(long Due, long Id)> ToldOf(QueuedUnit unit)
        {
            // However lanes are cut, what shares a sending domain and a provider leaves in its order.
            var of = (unit.Recipient[2..], unit.SendingDomain);
            return _toldAndQueued.TryGetValue(of, out var told) ? told : _toldAndQueued[of] = [];
        }

        private static (long Due, long Id) Key(QueuedUnit unit) => (unit.DueAt.Ticks, unit.Id);
    }
}
