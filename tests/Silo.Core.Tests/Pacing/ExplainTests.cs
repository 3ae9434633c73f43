using Silo.Core.Pacing;
using Xunit;

namespace Silo.Core.Tests.Pacing;

public class ExplainTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 2, 10, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Says_which_budget_mail_waits_for_since_when_and_before_when_it_does_not_leave()
    {
        var scheduler = new EgressScheduler(new Budget(new BudgetLimits(100, 10), Start, full: true));
        var route = scheduler.AddLevel("pool × Gmail", new Budget(new BudgetLimits(2, 1), Start, full: true));
        var tenant = scheduler.AddTenant("tenant", new Budget(BudgetLimits.None, Start));
        var lane = scheduler.AddLane(tenant, MailStream.Normal, route);
        scheduler.AddDue(lane, 10, Start);
        while (scheduler.TryNext(Start, out var grant)) scheduler.Started(grant, grant.Count, Start);

        Assert.Equal(new Explanation(false, route, Start, Start.AddSeconds(0.5)), scheduler.Explain(lane, 1, Start));
        Assert.Equal(Start.AddSeconds(2), scheduler.Explain(lane, 4, Start).EarliestAt);
        Assert.InRange(scheduler.AskAgainAt(Start)!.Value, Start.AddTicks(1), Start.AddSeconds(0.5));

        scheduler.Pause(tenant);
        Assert.True(scheduler.Explain(lane, 1, Start) is { IsPaused: true } paused && paused.WaitsFor == tenant);
        Assert.False(scheduler.TryNext(Start.AddSeconds(1), out _));
        scheduler.Resume(tenant, Start.AddSeconds(1));
        Assert.True(scheduler.TryNext(Start.AddSeconds(1), out _));
    }

    [Fact]
    public void Tells_use_and_limit_of_a_budget()
    {
        var budget = new Budget(new BudgetLimits(1, 5, PerDay: 100, InFlight: 3), Start, full: true);
        budget.Reserve(2, Start);

        Assert.Equal(new BudgetUse(budget.Limits, 3, 2, 2, false), budget.Use(Start));
        Assert.Equal(1, budget.Room(10, Start));
    }
}
