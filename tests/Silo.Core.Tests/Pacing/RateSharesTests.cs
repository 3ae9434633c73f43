using Silo.Core.Ownership;
using Silo.Core.Pacing;
using Xunit;

namespace Silo.Core.Tests.Pacing;

public class RateSharesTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 2, 10, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Term = TimeSpan.FromSeconds(10);

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
        private TimeSpan _true;
        private TimeSpan _poolOffset;
        private RateShares _pool;
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
                if (_random.Next(300) == 0) _pool = new RateShares(_rate, _burst, Term, PoolNow);
                Deliver();
                foreach (var silo in _silos) Act(silo);
            }

            return _started;
        }

        private DateTimeOffset PoolNow => Start + _true + _poolOffset;

        private void Deliver()
        {
            foreach (var answer in _answers.Where(a => a.Due <= _true).ToArray())
            {
                _answers.Remove(answer);
                if (answer.Silo.Held.Take(answer.Share, answer.Asked)) answer.Silo.Budget.Lease(answer.Silo.Held.Limits, answer.Silo.Now(_true));
            }
        }

        private void Act(SiloOfTest silo)
        {
            silo.DisturbClock();
            var now = silo.Now(_true);
            if (!silo.Held.IsHeld(silo.Instant(_true))) silo.Budget.Lapse();
            if (_random.Next(6) == 0)
            {
                var request = silo.Held.Ask(silo.Id, _random.Next(4), silo.Budget.Reserved);
                var share = _pool.Request(request, PoolNow);
                var delay = TimeSpan.FromSeconds(Math.Pow(_random.NextDouble(), 4) * 12);
                if (_random.Next(10) != 0) _answers.Add((_true + delay, silo, share, silo.Instant(_true)));
            }

            var count = silo.Budget.Room(_random.Next(1, 40), now);
            if (count > 0)
            {
                silo.Budget.Reserve(count, now);
                silo.Reserved.Add((count, now));
            }

            foreach (var (reserved, at) in silo.Reserved.Where(_ => _random.Next(2) == 0).ToArray())
            {
                silo.Reserved.Remove((reserved, at));
                if (silo.Budget.MayStart(at, now) && _random.Next(8) != 0) StartAll(silo, reserved, now);
                else silo.Budget.Return(reserved, at);
            }
        }

        private void StartAll(SiloOfTest silo, int count, DateTimeOffset now)
        {
            silo.Budget.Start(count, now);
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
            Budget = new Budget(new BudgetLimits(InFlight: 0), Now(TimeSpan.Zero));
            Budget.Lapse();
        }

        public long Id { get; }

        public HeldShare Held { get; } = new();

        public Budget Budget { get; }

        public List<(int Count, DateTimeOffset At)> Reserved { get; } = [];

        public LeaseInstant Instant(TimeSpan trueTime) => new(trueTime, Start + trueTime + _wallOffset);

        public DateTimeOffset Now(TimeSpan trueTime) => _clock.Read(Instant(trueTime));

        public void DisturbClock()
        {
            if (_random.Next(30) == 0) _wallOffset += TimeSpan.FromSeconds((_random.NextDouble() - 0.5) * 20);
        }
    }
}
