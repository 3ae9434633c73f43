using System.Globalization;
using Silo.Core.Pacing;
using Silo.Core.Reputation;

namespace Silo.Benchmarks.Pacing;

/// <summary>
/// What the rules of pacing cost on one core: the whole way of a message (due, granted, started, outcome counted, ended), and what a
/// start costs while many tenants have mail due at a level that is contended.
/// </summary>
internal static class PacingBenchmark
{
    public const string Usage = "[messages, default 2000000]";

    private static readonly DateTimeOffset Start = new(2026, 3, 2, 10, 0, 0, TimeSpan.Zero);

    public static Task<int> Run(string[] arguments)
    {
        var messages = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 2_000_000;
        Console.WriteLine("admit + release + record, one message at a time:");
        foreach (var tenants in new[] { 1_000, 100_000 }) Print(tenants, "tenants", messages, new World(tenants, 1e9), w => w.OneByOne(messages));
        Console.WriteLine("starts from a backlog, the account contended:");
        foreach (var tenants in new[] { 1, 1_000, 100_000 })
        {
            var world = new World(tenants, 1e6);
            world.FillBacklog(1_000_000);
            Print(tenants, "tenants due", messages, world, w => w.Drain(messages));
        }

        return Task.FromResult(0);
    }

    private static void Print(int tenants, string what, int messages, World world, Action<World> run)
    {
        run(world);
        var bytes = GC.GetAllocatedBytesForCurrentThread();
        // Time of the processor: "on one core" must not depend on who else is on the machine.
        var began = Environment.CpuUsage.TotalTime;
        run(world);
        var took = Environment.CpuUsage.TotalTime - began;
        bytes = GC.GetAllocatedBytesForCurrentThread() - bytes;
        Console.WriteLine(FormattableString.Invariant(
            $"  {tenants,7} {what}: {messages / took.TotalSeconds,12:N0} messages/s, {took.TotalNanoseconds / messages,6:N0} ns, {(double)bytes / messages:F3} B a message"));
    }

    private sealed class World
    {
        private readonly EgressScheduler _scheduler;
        private readonly Lane[] _lanes;
        private readonly ReputationCounters[] _counters;
        private DateTimeOffset _now = Start;
        private int _next;

        /// <summary>Two pools with five providers each; every tenant has a rate, and mail for one provider.</summary>
        public World(int tenants, double accountRate)
        {
            _scheduler = new EgressScheduler(new Budget(new BudgetLimits(accountRate, 1000, InFlight: 10_000), Start));
            var routes = new List<SharedLevel>();
            for (var p = 0; p < 2; p++)
            {
                var pool = _scheduler.AddLevel($"pool {p}", new Budget(new BudgetLimits(1e8, 1e6), Start, full: true));
                for (var r = 0; r < 5; r++)
                    routes.Add(_scheduler.AddLevel($"route {r}", new Budget(new BudgetLimits(1e8, 1e6, InFlight: 10_000), Start, full: true), pool));
            }

            _lanes = new Lane[tenants];
            _counters = new ReputationCounters[tenants];
            for (var t = 0; t < tenants; t++)
            {
                var budget = new Budget(new BudgetLimits(1e6, 1e6, InFlight: 1_000), Start, full: true);
                _lanes[t] = _scheduler.AddLane(_scheduler.AddTenant($"tenant {t}", budget), MailStream.Normal, routes[t % routes.Count]);
                _counters[t] = new ReputationCounters();
            }
        }

        public void OneByOne(int messages)
        {
            for (var i = 0; i < messages; i++)
            {
                var tenant = _next++ % _lanes.Length;
                _now = _now.AddTicks(10);
                _scheduler.AddDue(_lanes[tenant], 1, _now);
                if (!_scheduler.TryNext(_now, out var grant)) continue;
                _scheduler.Started(grant, grant.Count, _now);
                _counters[tenant].Record(ReputationFact.HandedOver, _now, false, grant.Count);
                _scheduler.Ended(grant, grant.Count, _now);
            }
        }

        public void FillBacklog(int unitsPerTenant)
        {
            foreach (var lane in _lanes) _scheduler.AddDue(lane, unitsPerTenant, _now);
        }

        public void Drain(int messages)
        {
            while (messages > 0)
            {
                _now = _now.AddMilliseconds(0.1);
                while (_scheduler.TryNext(_now, out var grant))
                {
                    messages -= grant.Count;
                    _scheduler.Started(grant, grant.Count, _now);
                    _scheduler.Ended(grant, grant.Count, _now);
                    _scheduler.AddDue(grant.Lane, grant.Count, _now);
                }
            }
        }
    }
}
