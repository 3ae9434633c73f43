using Silo.Core.Pacing;
using Silo.Core.Reputation;

namespace Silo.Benchmarks.Pacing;

/// <summary>Tenants, each with a rate and mail for one provider, in two pools with five providers each.</summary>
internal sealed class PacedTenants
{
    private static readonly DateTimeOffset Start = new(2026, 3, 2, 10, 0, 0, TimeSpan.Zero);

    private readonly EgressScheduler _scheduler;
    private readonly Lane[] _lanes;
    private readonly ReputationCounters[] _counters;
    private DateTimeOffset _now = Start;
    private int _next;

    public PacedTenants(int tenants, double accountRate)
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

        // Tenants that send one after the other do not lie side by side in memory, as they do when all are made at once.
        new Random(7).Shuffle(_lanes);
    }

    /// <summary>The whole way of a message, for one tenant after the other: due, granted, started, outcome counted, ended.</summary>
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

    /// <summary>Starts from the backlog of all tenants, the account contended.</summary>
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
