using Silo.Core.Pacing;
using Xunit;

namespace Silo.Core.Tests.Pacing;

public class SourceTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 2, 10, 0, 0, TimeSpan.Zero);

    private readonly EgressScheduler _scheduler = new(new Budget(BudgetLimits.None, Start));

    [Fact]
    public void An_IP_that_two_routes_share_lets_go_what_it_can_as_a_whole_and_what_ends_on_one_route_is_free_on_the_other()
    {
        var whole = new Budget(new BudgetLimits(InFlight: 3), Start);
        var (gmail, yahoo) = (Lane("Gmail"), Lane("Yahoo"));
        foreach (var lane in new[] { gmail, yahoo })
        {
            var place = _scheduler.AddSource(lane.Level, new Budget(new BudgetLimits(InFlight: 2), Start), whole, Start);
            Assert.Equal(0, place);
        }

        _scheduler.AddDue(gmail, 10, Start);
        _scheduler.AddDue(yahoo, 10, Start);
        var grants = Drain();
        Assert.Equal(3, grants.Sum(g => g.Count));
        Assert.Equal(3, whole.InFlight);
        Assert.Equal([2, 1], new[] { gmail, yahoo }.Select(l => l.InFlight).OrderDescending());

        var crowded = gmail.InFlight == 2 ? gmail : yahoo;
        var grant = grants.First(g => g.Lane == crowded);
        _scheduler.Started(grant, 1, Start);
        _scheduler.Ended(grant, 1, Start);
        Assert.Single(Drain());

        foreach (var level in new[] { gmail.Level, yahoo.Level }) Assert.Equal(level.Sources[0].InFlight, level == gmail.Level ? gmail.InFlight : yahoo.InFlight);
        Assert.Equal(3, whole.InFlight);
    }

    [Fact]
    public void A_source_that_was_removed_gets_nothing_new_and_grants_in_hand_keep_their_source()
    {
        var lane = Lane("Gmail");
        var budgets = Enumerable.Range(0, 3).Select(_ => new Budget(new BudgetLimits(InFlight: 2), Start)).ToArray();
        foreach (var budget in budgets) _scheduler.AddSource(lane.Level, budget, Start);
        _scheduler.AddDue(lane, 100, Start);
        var grants = Drain();
        Assert.Equal([2, 2, 2], budgets.Select(b => b.InFlight));

        _scheduler.RemoveSource(lane.Level, 1);
        foreach (var grant in grants) End(grant);
        grants = Drain();
        Assert.Equal([2, 0, 2], budgets.Select(b => b.InFlight));
        Assert.DoesNotContain(grants, g => g.Source == 1);

        // Its place is taken again now that nothing of it is in hand; one with mail in hand keeps it.
        _scheduler.RemoveSource(lane.Level, 0);
        var added = new Budget(new BudgetLimits(InFlight: 5), Start);
        Assert.Equal(1, _scheduler.AddSource(lane.Level, added, Start));
        Drain();
        foreach (var grant in grants) End(grant);
        Assert.Equal([0, 5, 0], lane.Level.Sources.Select(s => s.InFlight));
    }

    [Fact]
    public void Sources_with_room_are_used_one_after_the_other()
    {
        var lane = Lane("Gmail");
        for (var i = 0; i < 3; i++) _scheduler.AddSource(lane.Level, new Budget(BudgetLimits.None, Start), Start);
        _scheduler.AddDue(lane, 48, Start);

        Assert.Equal([0, 1, 2, 0, 1, 2], Drain().Select(g => g.Source));
    }

    [Fact]
    public void Units_that_prefer_a_source_leave_by_it_while_it_has_room_and_no_grant_reaches_beyond_them()
    {
        var lane = Lane("Other");
        for (var i = 0; i < 3; i++) _scheduler.AddSource(lane.Level, new Budget(new BudgetLimits(InFlight: i == 2 ? 5 : 100), Start), Start);
        _scheduler.AddDue(lane, 24, Start);

        _scheduler.Prefer(lane, 2, 3);
        Assert.True(_scheduler.TryNext(Start, out var grant));
        Assert.Equal((2, 3), (grant.Source, grant.Count));
        _scheduler.Prefer(lane, 2, 8);
        Assert.True(_scheduler.TryNext(Start, out grant));
        Assert.Equal((2, 2), (grant.Source, grant.Count));
        // It is full: the other six take another, all of them together.
        Assert.True(_scheduler.TryNext(Start, out grant));
        Assert.NotEqual(2, grant.Source);
        Assert.InRange(grant.Count, 1, 6);
        Assert.Equal(24, 5 + grant.Count + Drain().Sum(g => g.Count));
    }

    [Fact]
    public void A_route_that_leaves_by_sources_alone_waits_for_the_first_and_otherwise_goes_by_its_own_budget()
    {
        var lane = Lane("Gmail");
        _scheduler.SetLeavesBySource(lane.Level, true, Start);
        _scheduler.AddDue(lane, 10, Start);
        Assert.Empty(Drain());
        Assert.Equal((lane.Level, DateTimeOffset.MaxValue), (_scheduler.Explain(lane, 1, Start).WaitsFor, _scheduler.Explain(lane, 1, Start).EarliestAt));

        _scheduler.AddSource(lane.Level, new Budget(new BudgetLimits(InFlight: 4), Start), Start);
        Assert.All(Drain(), g => Assert.Equal(0, g.Source));
        Assert.Equal(4, lane.InFlight);
        _scheduler.SetLeavesBySource(lane.Level, false, Start);
        Assert.All(Drain(), g => Assert.Equal(-1, g.Source));
        Assert.Equal(10, lane.InFlight);
    }

    [Fact]
    public void A_route_whose_sources_are_all_gone_lets_nothing_go()
    {
        var lane = Lane("Gmail");
        var whole = new Budget(BudgetLimits.None, Start);
        _scheduler.AddSource(lane.Level, new Budget(BudgetLimits.None, Start), whole, Start);
        _scheduler.RemoveSource(lane.Level, 0);
        _scheduler.AddDue(lane, 1, Start);

        Assert.Empty(Drain());
        Assert.Equal(DateTimeOffset.MaxValue, _scheduler.Explain(lane, 1, Start).EarliestAt);

        _scheduler.AddSource(lane.Level, new Budget(BudgetLimits.None, Start), whole, Start);
        Assert.Single(Drain());
    }

    [Fact]
    public void An_IP_that_is_closed_as_a_whole_is_closed_on_all_routes_and_opened_on_all()
    {
        var whole = new Budget(BudgetLimits.None, Start);
        var lanes = new[] { Lane("Gmail"), Lane("Yahoo") };
        _scheduler.Close(whole);
        foreach (var lane in lanes)
        {
            _scheduler.AddSource(lane.Level, new Budget(BudgetLimits.None, Start), whole, Start);
            _scheduler.AddDue(lane, 1, Start);
        }

        Assert.Empty(Drain());
        _scheduler.Open(lanes[0].Level, whole, Start);
        Assert.Equal(2, Drain().Count);
    }

    private Lane Lane(string provider)
    {
        var route = _scheduler.AddLevel($"pool × {provider}", new Budget(BudgetLimits.None, Start));
        return _scheduler.AddLane(_scheduler.AddTenant($"to {provider}", new Budget(BudgetLimits.None, Start)), MailStream.Normal, route);
    }

    private List<Grant> Drain(DateTimeOffset? now = null)
    {
        var grants = new List<Grant>();
        while (_scheduler.TryNext(now ?? Start, out var grant)) grants.Add(grant);
        return grants;
    }

    private void End(Grant grant)
    {
        _scheduler.Started(grant, grant.Count, Start);
        _scheduler.Ended(grant, grant.Count, Start);
    }
}
