using Silo.Core.Ownership;
using Silo.Core.Pacing;
using Xunit;

namespace Silo.Core.Tests.Pacing;

public class RateSharesTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 2, 10, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Term = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Unaware = TimeSpan.FromSeconds(3);

    [Fact]
    public void Shares_follow_demand_and_a_growing_one_waits_for_what_a_shrinking_one_gives_up()
    {
        var pool = Opened(100, 20);
        var first = pool.Request(new ShareRequest(1, 1, 0, 0), At(10));
        Assert.Equal((100, 20), (first.RatePerSecond, first.Burst));

        var second = pool.Request(new ShareRequest(2, 3, 0, 0), At(10));
        Assert.Equal((0, 0), (second.RatePerSecond, second.Burst));

        var shrunk = pool.Request(new ShareRequest(1, 1, first.Number, 20), At(11));
        Assert.Equal((25, 5), (shrunk.RatePerSecond, shrunk.Burst));
        // It has not said yet that it goes by the smaller one.
        Assert.Equal(0, pool.Request(new ShareRequest(2, 3, second.Number, 0), At(12)).RatePerSecond);
        pool.Request(new ShareRequest(1, 1, shrunk.Number, 5), At(13));
        Assert.Equal(75, pool.Request(new ShareRequest(2, 3, second.Number, 0), At(14)).RatePerSecond);
    }

    [Fact]
    public void A_silo_that_says_nothing_loses_its_share_at_the_end_of_its_term()
    {
        var pool = Opened(100, 20);
        pool.Request(new ShareRequest(1, 1, 0, 0), At(10));

        Assert.Equal(0, pool.Request(new ShareRequest(2, 1, 0, 0), At(19.9)).RatePerSecond);
        Assert.Equal(100, pool.Request(new ShareRequest(2, 1, 0, 0), At(20)).RatePerSecond);
    }

    [Fact]
    public void A_new_activation_leases_nothing_before_the_longest_share_of_the_one_before_has_run_out()
    {
        var pool = new RateShares(100, 20, Term, Start);

        var early = pool.Request(new ShareRequest(1, 1, 0, 0), At(9));
        Assert.Equal((0, TimeSpan.FromSeconds(1)), (early.RatePerSecond, early.Term));
        Assert.Equal(100, pool.Request(new ShareRequest(1, 1, 0, 0), At(10)).RatePerSecond);
    }

    [Fact]
    public void A_silo_gets_no_more_than_it_can_use_while_another_one_has_mail_that_waits()
    {
        var pool = Opened(100, 20);
        var trickle = pool.Request(new ShareRequest(1, 1, 0, 0, Wanted: 10), At(10));
        Assert.Equal(100, trickle.RatePerSecond, 6);
        pool.Request(new ShareRequest(2, 1, 0, 0), At(10));
        trickle = pool.Request(new ShareRequest(1, 1, trickle.Number, 20, Wanted: 10), At(11));
        Assert.Equal((10, 2), (trickle.RatePerSecond, trickle.Burst));
        pool.Request(new ShareRequest(1, 1, trickle.Number, 2, Wanted: 10), At(12));

        Assert.Equal(90, pool.Request(new ShareRequest(2, 1, 0, 0), At(12)).RatePerSecond, 6);
        // Neither can use all of its part: nothing of the rate lies about.
        var half = pool.Request(new ShareRequest(2, 3, 0, 0, Wanted: 30), At(13));
        Assert.Equal(30 + (60 * 0.75), half.RatePerSecond, 6);
    }

    [Fact]
    public void Parts_are_whole_and_each_silo_has_what_it_wants_or_as_much_by_demand_as_any_other()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            var asks = Enumerable.Range(1, random.Next(1, 6))
                .Select(silo => new ShareRequest(silo, random.Next(1, 5), 0, 0, random.Next(3) == 0 ? double.PositiveInfinity : random.Next(1, 80))).ToArray();
            var pool = Opened(100, 1_000);
            var shares = new double[asks.Length];
            var held = new RateShare[asks.Length];
            // After a few rounds each has confirmed what it has, and the others have what it gave up.
            for (var round = 0; round < 6; round++)
            {
                for (var i = 0; i < asks.Length; i++)
                {
                    held[i] = pool.Request(asks[i] with { HeldNumber = held[i].Number, HeldBurst = held[i].Burst }, At(10 + round));
                    shares[i] = held[i].RatePerSecond;
                }
            }

            Assert.True(Math.Abs(shares.Sum() - 100) < 1e-6, $"seed {seed}: {string.Join(", ", shares)}");
            var most = shares.Zip(asks).Max(s => s.First / s.Second.Demand);
            foreach (var (share, ask) in shares.Zip(asks))
                Assert.True(share >= Math.Min(ask.Wanted, most * ask.Demand) - 1e-6 || shares.Zip(asks).All(s => s.First >= s.Second.Wanted - 1e-6), $"seed {seed}");
        }
    }

    [Fact]
    public void An_activation_that_was_replaced_is_not_listened_to_once_its_successor_was_heard()
    {
        var before = new RateShares(100, 20, Term, Start.AddSeconds(-20), activation: 4);
        var after = new RateShares(100, 20, Term, Start, activation: 5, wait: TimeSpan.Zero);
        var held = new HeldShare();
        for (var i = 0; i < 100; i++) Assert.True(held.Take(before.Request(held.Ask(1, 1, 0), Start), default));

        Assert.True(held.Take(after.Request(held.Ask(1, 1, 0), Start), default));
        Assert.False(held.Take(before.Request(held.Ask(1, 1, 0), Start), default));
        // A number of another activation gives up nothing here.
        after.Request(new ShareRequest(1, 1, 4L << 39 | 1_000, 20), Start);
        Assert.Equal(0, after.Request(new ShareRequest(2, 1, 0, 0), Start).RatePerSecond);
    }

    [Fact]
    public void A_burst_of_one_goes_round_among_the_silos()
    {
        var pool = Opened(10, 1);
        var held = new RateShare[3];
        var served = new int[3];
        for (var turn = 0; turn < 60; turn++)
        {
            for (var silo = 0; silo < 3; silo++)
            {
                held[silo] = pool.Request(new ShareRequest(silo, 1, held[silo].Number, held[silo].Burst), At(10 + turn + (silo * 0.1)));
                if (held[silo].Burst >= 1) served[silo]++;
            }
        }

        Assert.All(served, count => Assert.InRange(count, 8, 40));
    }

    [Fact]
    public void Of_a_rate_so_small_that_its_burst_cannot_be_parted_silos_that_ask_often_use_most_in_turn()
    {
        var pool = Opened(0.2, 1);
        var silos = Enumerable.Range(1, 2).Select(id => (Id: id, Held: new HeldShare(), Budget: new Budget(BudgetLimits.None, Start))).ToArray();
        var started = new int[silos.Length];
        foreach (var (_, _, budget) in silos) budget.SetLeased(rate: true, quota: false, Start);
        for (var step = 0; step < 4_000; step++)
        {
            var (index, now) = (step % 2, At(10 + (step * 0.25)));
            var (id, held, budget) = silos[index];
            var asked = new LeaseInstant(now - Start, now);
            if (held.Take(pool.Request(held.Ask(id, 1, budget.LeasedRate!.Reserved), now), asked))
                budget.LeasedRate!.Take(held.Share.RatePerSecond, held.Share.Burst, now);
            if (budget.Room(1, now) == 0) continue;
            budget.Reserve(1, now);
            budget.Start(1, now, now);
            started[index]++;
        }

        Assert.All(started, s => Assert.InRange(s, 50, 150));
        Assert.InRange(started.Sum(), 0.75 * 0.2 * 1_000, 0.2 * 1_000 + 1);
    }

    [Fact]
    public void All_silos_together_never_exceed_burst_and_rate_times_time_whatever_their_clocks_show()
    {
        var started = 0L;
        for (var seed = 0; seed < 500; seed++) started += new SharesRun(seed).Run();

        Assert.True(started > 20_000, $"only {started} units started: the runs show nothing");
    }

    private static RateShares Opened(double rate, double burst) => new(rate, burst, Term, Start.AddSeconds(-1));

    private static DateTimeOffset At(double seconds) => Start.AddSeconds(seconds);

    /// <summary>A few silos with clocks of their own, late and lost answers, deaths, a pool that is activated anew.</summary>
    private sealed class SharesRun
    {
        private readonly int _seed;
        private readonly Random _random;
        private readonly double _rate;
        private readonly double _burst;
        private readonly List<SiloOfTest> _silos = [];
        private readonly List<(TimeSpan Due, SiloOfTest Silo, RateShare Share, LeaseInstant Asked)> _answers = [];
        private readonly List<(TimeSpan Due, SiloOfTest Silo, ShareRequest Request, LeaseInstant Asked)> _requests = [];
        private TimeSpan _true;
        private TimeSpan _poolOffset;
        private RateShares _pool;
        private RateShares? _replaced;
        private TimeSpan _replacedUntil;
        private long _activation = 1;
        private double _excess;
        private long _started;

        public SharesRun(int seed)
        {
            (_seed, _random) = (seed, new Random(seed));
            _rate = Math.Round(_random.NextDouble() * 50, 2);
            _burst = _random.Next(1, 30);
            _pool = new RateShares(_rate, _burst, Term, Start);
            for (var i = _random.Next(1, 5); i > 0; i--) _silos.Add(new SiloOfTest(_random, _silos.Count + 1));
        }

        public long Run()
        {
            for (var step = 0; step < 400; step++)
            {
                var passed = TimeSpan.FromSeconds(_random.Next(50) == 0 ? _random.NextDouble() * 15 : _random.NextDouble() * 0.5);
                _true += passed;
                _excess = Math.Max(0, _excess - (passed.TotalSeconds * _rate));
                // The pool's clock may step back; forward it would end shares early, which is what a monotonic one is for.
                if (_random.Next(40) == 0) _poolOffset -= TimeSpan.FromSeconds(_random.NextDouble() * 3);
                if (_random.Next(150) == 0) Activate();
                Deliver();
                foreach (var silo in _silos) Act(silo);
            }

            return _started;
        }

        /// <summary>The one before does not know it for a while, and silos may still reach it.</summary>
        private void Activate()
        {
            (_replaced, _replacedUntil) = (_pool, _true + Unaware);
            _pool = new RateShares(_rate, _burst, Term, PoolNow, ++_activation, Term + Unaware);
        }

        private DateTimeOffset PoolNow => Start + _true + _poolOffset;

        private void Deliver()
        {
            foreach (var request in _requests.Where(a => a.Due <= _true).ToArray())
            {
                _requests.Remove(request);
                var pool = _replaced is not null && _true < _replacedUntil && _random.Next(2) == 0 ? _replaced : _pool;
                var share = pool.Request(request.Request, PoolNow);
                if (_random.Next(10) != 0) _answers.Add((_true + Delay(), request.Silo, share, request.Asked));
            }

            foreach (var answer in _answers.Where(a => a.Due <= _true).ToArray())
            {
                _answers.Remove(answer);
                answer.Silo.EndLapsed(_true);
                if (answer.Silo.Held.Take(answer.Share, answer.Asked))
                    answer.Silo.Rate.Take(answer.Share.RatePerSecond, answer.Share.Burst, answer.Silo.Now(_true));
            }
        }

        private TimeSpan Delay() => TimeSpan.FromSeconds(Math.Pow(_random.NextDouble(), 4) * 12);

        private void Act(SiloOfTest silo)
        {
            silo.DisturbClock();
            var now = silo.Now(_true);
            silo.EndLapsed(_true);
            if (_random.Next(6) == 0)
            {
                var wanted = _random.Next(2) == 0 ? double.PositiveInfinity : _random.NextDouble() * 60;
                var request = silo.Held.Ask(silo.Id, _random.Next(4), silo.Rate.Reserved, wanted);
                _requests.Add((_true + (_random.Next(3) == 0 ? Delay() : TimeSpan.Zero), silo, request, silo.Instant(_true)));
            }

            var count = silo.Budget.Room(_random.Next(1, 40), now);
            if (count > 0)
            {
                silo.Budget.Reserve(count, now);
                silo.Reserved.Add((count, now, silo.Held.Hold));
            }

            foreach (var reserved in silo.Reserved.Where(_ => _random.Next(2) == 0).ToArray())
            {
                silo.Reserved.Remove(reserved);
                // As at the gate, which knows nothing but the clocks.
                if (reserved.Hold.IsHeld(silo.Instant(_true)) && _random.Next(8) != 0) StartAll(silo, reserved.Count, reserved.At, now);
                else silo.Budget.Return(reserved.Count, reserved.At);
            }
        }

        private void StartAll(SiloOfTest silo, int count, DateTimeOffset at, DateTimeOffset now)
        {
            silo.Budget.Start(count, at, now);
            silo.Budget.End(count);
            _started += count;
            _excess += count;
            Assert.True(_excess <= _burst + 1.000001, $"seed {_seed}, after {_true}: {_excess} over rate × time, with a burst of {_burst}");
        }
    }

    private sealed class SiloOfTest
    {
        private readonly Random _random;
        private readonly PacingClock _clock;
        private TimeSpan _wallOffset;

        public SiloOfTest(Random random, long id)
        {
            (_random, Id) = (random, id);
            _wallOffset = TimeSpan.FromSeconds((random.NextDouble() - 0.5) * 1000);
            _clock = new PacingClock(Instant(TimeSpan.Zero));
            Budget = new Budget(BudgetLimits.None, Now(TimeSpan.Zero));
            Budget.SetLeased(rate: true, quota: false, Now(TimeSpan.Zero));
        }

        public long Id { get; }

        public HeldShare Held { get; } = new();

        public Budget Budget { get; }

        public LeasedRate Rate => Budget.LeasedRate!;

        public List<(int Count, DateTimeOffset At, LeaseHold Hold)> Reserved { get; } = [];

        public void EndLapsed(TimeSpan trueTime)
        {
            if (Held.IsHeld(Instant(trueTime))) return;
            Held.Lapse();
            Rate.Lapse();
        }

        public LeaseInstant Instant(TimeSpan trueTime) => new(trueTime, Start + trueTime + _wallOffset);

        public DateTimeOffset Now(TimeSpan trueTime) => _clock.Read(Instant(trueTime));

        public void DisturbClock()
        {
            if (_random.Next(30) == 0) _wallOffset += TimeSpan.FromSeconds((_random.NextDouble() - 0.5) * 20);
        }
    }
}
