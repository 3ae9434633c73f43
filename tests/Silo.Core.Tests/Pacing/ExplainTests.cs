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

        Assert.Equal(
            new Explanation(false, route, Start, Start.AddSeconds(0.5)) { EstimatedAt = Start.AddSeconds(0.5) },
            scheduler.Explain(lane, 1, Start));
        Assert.Equal(Start.AddSeconds(2), scheduler.Explain(lane, 4, Start).EarliestAt);
        Assert.InRange(scheduler.AskAgainAt(Start)!.Value, Start.AddTicks(1), Start.AddSeconds(0.5));

        scheduler.Pause(tenant);
        Assert.True(scheduler.Explain(lane, 1, Start) is { IsPaused: true } paused && paused.WaitsFor == tenant);
        Assert.False(scheduler.TryNext(Start.AddSeconds(1), out _));
        scheduler.Resume(tenant, Start.AddSeconds(1));
        Assert.True(scheduler.TryNext(Start.AddSeconds(1), out _));
    }

    [Fact]
    public void Estimates_the_departure_by_the_share_of_the_tenant_and_the_stream()
    {
        var scheduler = new EgressScheduler(new Budget(new BudgetLimits(10, 1), Start));
        var one = scheduler.AddTenant("one", new Budget(BudgetLimits.None, Start));
        var mail = scheduler.AddLane(one, MailStream.Normal, scheduler.Account);
        scheduler.AddDue(mail, 100, Start);
        Assert.Equal(Start.AddSeconds(5), scheduler.Explain(mail, 50, Start).EstimatedAt, TimeSpan.FromMilliseconds(1));

        // A fifth of the rate, then a third of that beside urgent mail of twice its weight.
        var other = scheduler.AddTenant("other", new Budget(BudgetLimits.None, Start), weight: 4);
        scheduler.AddDue(scheduler.AddLane(other, MailStream.Bulk, scheduler.Account), 100, Start);
        Assert.Equal(Start.AddSeconds(25), scheduler.Explain(mail, 50, Start).EstimatedAt, TimeSpan.FromMilliseconds(1));
        scheduler.AddDue(scheduler.AddLane(one, MailStream.Urgent, scheduler.Account), 100, Start);
        Assert.Equal(Start.AddSeconds(75), scheduler.Explain(mail, 50, Start).EstimatedAt, TimeSpan.FromMilliseconds(1));
        Assert.Equal(Start.AddSeconds(5), scheduler.Explain(mail, 50, Start).EarliestAt, TimeSpan.FromMilliseconds(1));

        scheduler.Pause(other);
        Assert.Equal(Start.AddSeconds(15), scheduler.Explain(mail, 50, Start).EstimatedAt, TimeSpan.FromMilliseconds(1));
    }

    [Fact]
    public void Demand_is_the_sum_of_the_weights_of_those_with_mail_due_that_are_not_paused()
    {
        var scheduler = new EgressScheduler(new Budget(BudgetLimits.None, Start));
        var pool = scheduler.AddLevel("pool", new Budget(new BudgetLimits(0), Start));
        var route = scheduler.AddLevel("route", new Budget(BudgetLimits.None, Start), pool);
        var tenants = new[] { 0.125, 2.5, 4 }.Select(w => scheduler.AddTenant($"{w}", new Budget(BudgetLimits.None, Start), w)).ToArray();
        var lanes = tenants.Select((t, i) => scheduler.AddLane(t, MailStream.Normal, i == 0 ? pool : route)).ToArray();
        foreach (var lane in lanes) scheduler.AddDue(lane, 10, Start);
        scheduler.AddDue(scheduler.AddLane(tenants[2], MailStream.Urgent, route), 5, Start);

        Assert.Equal((6.625, 6.625, 6.5), (scheduler.DemandOf(scheduler.Account), scheduler.DemandOf(pool), scheduler.DemandOf(route)));
        Assert.Equal((35, 25), (pool.DueUnits, route.DueUnits));

        scheduler.Pause(tenants[1]);
        scheduler.RemoveDue(lanes[2], 10);
        scheduler.SetWeight(tenants[0], 1);
        Assert.Equal((5, 4), (scheduler.DemandOf(pool), scheduler.DemandOf(route)));
        Assert.Equal(25, pool.DueUnits);

        scheduler.Resume(tenants[1], Start);
        scheduler.RemoveLane(lanes[1]);
        Assert.Equal((5, 4), (scheduler.DemandOf(pool), scheduler.DemandOf(route)));
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
