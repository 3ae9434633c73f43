using Silo.Core.Limits;
using Silo.Core.Pacing;
using Xunit;

namespace Silo.Core.Tests.Pacing;

public class QuotaBlocksTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 2, 10, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    [Fact]
    public void The_end_of_a_quota_is_parted_by_what_silos_want_and_none_that_wants_any_goes_without()
    {
        var pool = new QuotaBlocks(new RollingQuota(100, Day), 1);
        Assert.Equal(60, pool.Take(1, 60, Start)!.Value.Count);
        var second = pool.Take(2, 180, Start)!.Value;
        Assert.Equal(30, second.Count);
        Assert.Equal(1, pool.Take(3, 1, Start)!.Value.Count);
        Assert.True(pool.Take(1, 1_000, Start)!.Value.Count > pool.Take(2, 10, Start)!.Value.Count);
        while (pool.Take(4, 5, Start) is not null)
        {
        }

        Assert.Equal(100, pool.Quota.Used(Start));
    }

    [Fact]
    public void What_is_given_back_twice_counts_once_and_what_another_activation_gave_counts_for_good()
    {
        var pool = new QuotaBlocks(new RollingQuota(100, Day), 3);
        var block = pool.Take(1, 40, Start)!.Value;
        Assert.True(pool.GiveBack([new UnusedBlock(block.Number, 10)], Start));
        Assert.False(pool.GiveBack([new UnusedBlock(block.Number, 10)], Start));
        Assert.False(pool.GiveBack([new UnusedBlock(block.Number, 4)], Start));
        Assert.Equal(30, pool.Quota.Used(Start));
        Assert.True(pool.GiveBack([new UnusedBlock(block.Number, 1_000)], Start));
        Assert.Equal(0, pool.Quota.Used(Start));

        pool.Take(1, 40, Start);
        var next = new QuotaBlocks(RollingQuota.Restore(100, Day, pool.Quota.Save()), 4);
        Assert.False(next.GiveBack([new UnusedBlock(block.Number + 1, 40)], Start));
        Assert.Equal(40, next.Quota.Used(Start));
    }

    [Fact]
    public void No_24_hours_exceed_a_quota_whatever_crashes_and_whatever_is_lost_and_afterwards_all_of_it_can_be_used()
    {
        var started = 0L;
        for (var seed = 0; seed < 300; seed++) started += new QuotaRun(seed).Run();

        Assert.True(started > 50_000, $"only {started} units started: the runs show nothing");
    }

    /// <summary>
    /// Silos whose clocks differ a little, requests and answers that are lost or late, hand-overs that start late or not at all, silos and
    /// activations that end at any point, before or after they stored what they gave.
    /// </summary>
    private sealed class QuotaRun
    {
        private const int Steps = 1_500;

        private readonly int _seed;
        private readonly Random _random;
        private readonly int _limit;
        private readonly List<SiloOfTest> _silos = [];
        private readonly Queue<(DateTimeOffset At, int Count)> _starts = new();
        private readonly List<(DateTimeOffset Due, SiloOfTest Silo, Action Act)> _underWay = [];
        private RollingQuotaState _stored = new(0, []);
        private QuotaBlocks _pool;
        private long _activation = 1;
        private long _lastDay;
        private long _started;
        private DateTimeOffset _true = Start;
        private TimeSpan _poolOffset;

        public QuotaRun(int seed)
        {
            (_seed, _random) = (seed, new Random(seed));
            _limit = _random.Next(1, 400);
            _pool = Open();
            for (var i = _random.Next(1, 4); i > 0; i--) _silos.Add(new SiloOfTest(_random, i, _true));
        }

        public long Run()
        {
            for (var step = 0; step < Steps; step++)
            {
                _true += _random.Next(30) == 0 ? TimeSpan.FromHours(_random.NextDouble() * 9) : TimeSpan.FromSeconds(_random.NextDouble() * 12);
                if (_random.Next(60) == 0) Crash();
                if (_random.Next(80) == 0) _silos[_random.Next(_silos.Count)] = new SiloOfTest(_random, 10 + step, _true);
                foreach (var due in _underWay.Where(u => u.Due <= _true).ToArray())
                {
                    _underWay.Remove(due);
                    if (_silos.Contains(due.Silo)) due.Act();
                }

                foreach (var silo in _silos) Act(silo);
            }

            UseAll();
            return _started;
        }

        /// <summary>When nothing disturbs it any more one day is enough for as many as the quota allows.</summary>
        private void UseAll()
        {
            _underWay.Clear();
            _true += Day + TimeSpan.FromMinutes(12);
            var silo = new SiloOfTest(_random, 1_000_000, _true);
            Assert.True(Give(silo, _limit) is { } block && block.Count == _limit, $"seed {_seed}: some of the quota is lost for good");
        }

        private DateTimeOffset PoolNow => _true + _poolOffset;

        private QuotaBlocks Open() => new(RollingQuota.Restore(_limit, Day, _stored), _activation++);

        private void Crash()
        {
            _poolOffset = TimeSpan.FromSeconds((_random.NextDouble() - 0.5) * 20);
            _pool = Open();
        }

        private QuotaBlock? Give(SiloOfTest silo, int wanted)
        {
            _pool.GiveBack(silo.Quota.Untold(), PoolNow);
            return _pool.Take(silo.Id, wanted, PoolNow);
        }

        private void Act(SiloOfTest silo)
        {
            var now = silo.Now(_true);
            if (silo.EndsAt <= _true) silo.Budget.LeasedQuota!.Close();
            if (_random.Next(5) == 0) Ask(silo);
            if (silo.Budget.Room(_random.Next(1, 60), now) is not (> 0 and var count)) return;
            silo.Budget.Reserve(count, now);
            var waits = _random.Next(4) == 0 ? EgressScheduler.GrantHolds * _random.NextDouble() : TimeSpan.Zero;
            var starts = _random.Next(6) == 0 ? _random.Next(count + 1) : count;
            _underWay.Add((_true + waits, silo, () => Settle(silo, count, starts, now)));
        }

        private void Settle(SiloOfTest silo, int count, int starts, DateTimeOffset reservedAt)
        {
            // A hand-over that is too old does not start.
            if (silo.Now(_true) - reservedAt > EgressScheduler.GrantHolds) starts = 0;
            silo.Budget.Start(starts, reservedAt, silo.Now(_true));
            silo.Budget.End(starts);
            silo.Budget.Return(count - starts, reservedAt);
            Count(starts);
        }

        private void Ask(SiloOfTest silo)
        {
            var asked = _true;
            var unused = silo.Quota.Untold();
            var wanted = _random.Next(0, 80);
            _underWay.Add((_true + Delay(), silo, () =>
            {
                // An activation that ends before it stored what it did has done nothing.
                if (_random.Next(25) == 0) Crash();
                _pool.GiveBack(unused, PoolNow);
                var block = wanted > 0 ? _pool.Take(silo.Id, wanted, PoolNow) : null;
                if (_random.Next(25) == 0)
                {
                    Crash();
                    return;
                }

                _stored = _pool.Quota.Save();
                if (_random.Next(12) == 0) return;
                _underWay.Add((_true + Delay(), silo, () =>
                {
                    silo.Quota.Told(unused);
                    if (block is not { } given) return;
                    silo.EndsAt = asked + given.Term;
                    silo.Quota.Take(given.Number, given.Count, silo.Now(_true));
                }));
            }));
        }

        private TimeSpan Delay() => _random.Next(3) == 0 ? TimeSpan.FromSeconds(Math.Pow(_random.NextDouble(), 3) * 60) : TimeSpan.Zero;

        private void Count(int starts)
        {
            if (starts == 0) return;
            _started += starts;
            _lastDay += starts;
            _starts.Enqueue((_true, starts));
            while (_starts.Peek().At <= _true - Day) _lastDay -= _starts.Dequeue().Count;
            Assert.True(_lastDay <= _limit, $"seed {_seed}, at {_true:O}: {_lastDay} in 24 hours, with a quota of {_limit}");
        }
    }

    private sealed class SiloOfTest
    {
        private readonly TimeSpan _offset;

        public SiloOfTest(Random random, long id, DateTimeOffset trueTime)
        {
            (Id, _offset) = (id, TimeSpan.FromSeconds((random.NextDouble() - 0.5) * 1_000));
            Budget = new Budget(BudgetLimits.None, Now(trueTime));
            Budget.SetLeased(rate: false, quota: true, Now(trueTime));
        }

        public long Id { get; }

        public Budget Budget { get; }

        public LeasedQuota Quota => Budget.LeasedQuota!;

        public DateTimeOffset EndsAt { get; set; }

        private DateTimeOffset _last;

        // Two things at one moment are one after the other all the same, as in the scheduler.
        public DateTimeOffset Now(DateTimeOffset trueTime)
        {
            var now = trueTime + _offset;
            return _last = now > _last ? now : _last.AddTicks(1);
        }
    }
}
