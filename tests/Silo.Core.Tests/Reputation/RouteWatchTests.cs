using Silo.Core.Reputation;
using Xunit;

namespace Silo.Core.Tests.Reputation;

public class RouteWatchTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);

    private readonly RouteWatch _watch = new();
    private DateTimeOffset _now = Noon;
    private RouteFinding? _changed;

    [Theory]
    [InlineData(RouteFindingType.Bounces)]
    [InlineData(RouteFindingType.Blocks)]
    public void A_rise_for_three_known_tenants_is_the_routes_and_ends_when_it_is_over(RouteFindingType type)
    {
        MakeKnown(3);
        var before = 0;
        while (_watch.Open(type) is null && before < 300) Learn(before++ % 3, type, $"550 reply {before}");
        var finding = _watch.Open(type)!;
        Assert.Same(finding, _changed);
        // The first ones count against tenants: few enough to pause nobody.
        Assert.InRange(before, 15, 60);
        Assert.Equal((type, 3, "550 reply 1", $"550 reply {before}"), (finding.Type, finding.TenantCount, finding.FirstReply, finding.LastReply));
        Assert.Equal(["t0", "t1", "t2"], finding.Tenants);
        Assert.Equal(before, finding.Count);
        for (var i = 0; i < 50; i++) Assert.True(Learn(i % 3, type));

        for (var i = 0; i < 2_000 && _watch.HasOpen; i++)
        {
            Assert.False(Learn(i % 3, null));
            _now += TimeSpan.FromSeconds(1);
            foreach (var closed in _watch.Look(_now)) Assert.Equal(before + 50, closed.Count);
        }

        Assert.InRange(_now - finding.OpenedAt, TimeSpan.FromSeconds(1), RouteWatch.Quiet + TimeSpan.FromSeconds(60));
    }

    [Fact]
    public void A_finding_closes_when_nothing_more_is_heard()
    {
        OpenFinding(RouteFindingType.Blocks);
        Assert.Empty(_watch.Look(_now + RouteWatch.Quiet - TimeSpan.FromSeconds(1)));
        Assert.Equal(_now + RouteWatch.Quiet, Assert.Single(_watch.Look(_now + RouteWatch.Quiet)).ClosedAt);
        Assert.False(_watch.HasOpen);
    }

    [Fact]
    public void Tenants_without_a_record_bring_no_finding_about_and_gain_nothing_by_one_about_bounces()
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var (watch, random) = (new RouteWatch(), new Random(seed));
            for (var i = 0; i < 5_000; i++)
            {
                RouteFindingType? type = random.NextDouble() < 0.4 ? RouteFindingType.Bounces : null;
                Assert.False(watch.Learn(random.Next(5), "t", type, null, Noon.AddSeconds(i), out _), $"seed {seed}, {i}");
            }
        }

        OpenFinding(RouteFindingType.Bounces);
        Assert.False(Learn(77, RouteFindingType.Bounces));
        Assert.True(Learn(0, RouteFindingType.Bounces));
        OpenFinding(RouteFindingType.Blocks);
        Assert.True(Learn(77, RouteFindingType.Blocks));
    }

    [Fact]
    public void Three_of_ten_known_tenants_have_their_bounces_to_themselves()
    {
        MakeKnown(10);
        for (var i = 0; i < 3_000; i++)
        {
            Assert.False(Learn(i % 10, i % 10 < 3 ? RouteFindingType.Bounces : null));
            _now += TimeSpan.FromMilliseconds(50);
        }
    }

    [Fact]
    public void Two_tenants_are_enough_when_they_are_all_and_one_never_is()
    {
        MakeKnown(2);
        for (var i = 0; i < 300; i++) Learn(i % 2, RouteFindingType.Blocks);
        Assert.True(_watch.HasOpen);
        var alone = new RouteWatch();
        for (var i = 0; i < 2_000; i++)
            Assert.False(alone.Learn(1, "t", i < 1_000 ? null : RouteFindingType.Blocks, null, Noon.AddSeconds(i), out _));
    }

    [Fact]
    public void What_is_usual_is_never_a_finding()
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var (watch, random) = (new RouteWatch(), new Random(seed));
            var share = random.NextDouble() * 0.05;
            for (var i = 0; i < 20_000; i++)
            {
                RouteFindingType? type = random.NextDouble() < share ? (RouteFindingType)random.Next(2) : null;
                watch.Learn(random.Next(6), "t", type, null, Noon.AddSeconds(i), out var changed);
                Assert.True(changed is null, $"seed {seed}, outcome {i}, share {share}");
            }
        }
    }

    [Fact]
    public void Bounces_that_go_on_for_hours_are_the_tenants_own_again_and_stay_so_for_a_day()
    {
        OpenFinding(RouteFindingType.Bounces);
        var opened = _now;
        while (_watch.HasOpen)
        {
            Learn(_now.Second % 3, RouteFindingType.Bounces);
            _now += TimeSpan.FromSeconds(7);
            _watch.Look(_now);
        }

        Assert.InRange(_now - opened, RouteWatch.LongestAboutBounces, RouteWatch.LongestAboutBounces + TimeSpan.FromMinutes(1));
        for (var closed = _now; _now < closed + RouteWatch.BouncesAgainAfter; _now += TimeSpan.FromSeconds(20))
            Assert.False(Learn(_now.Second % 3, RouteFindingType.Bounces));
    }

    [Fact]
    public void Bounces_that_pause_now_and_then_are_the_routes_for_no_longer_in_a_day()
    {
        var (begin, open, common) = (_now, TimeSpan.Zero, TimeSpan.Zero);
        MakeKnown(3);
        for (var i = 0; _now - begin < TimeSpan.FromHours(23); i++)
        {
            // Twenty minutes of bounces, and then time enough for the finding to close.
            for (var until = _now + TimeSpan.FromMinutes(20); _now < until; _now += TimeSpan.FromSeconds(5))
            {
                if (Learn(_now.Second / 5 % 3, RouteFindingType.Bounces)) common += TimeSpan.FromSeconds(5);
                _watch.Look(_now);
                if (_watch.HasOpen) open += TimeSpan.FromSeconds(5);
            }

            for (var until = _now + RouteWatch.Quiet + TimeSpan.FromMinutes(1); _now < until; _now += TimeSpan.FromSeconds(5))
            {
                _watch.Look(_now);
                if (_watch.HasOpen) open += TimeSpan.FromSeconds(5);
            }

            Assert.False(_watch.HasOpen);
            Assert.True(i > 0 || common > TimeSpan.FromMinutes(10), $"{common}");
        }

        Assert.InRange(open, RouteWatch.LongestAboutBounces - TimeSpan.FromMinutes(5), RouteWatch.LongestAboutBounces + TimeSpan.FromMinutes(5));
    }

    [Fact]
    public void No_more_tenants_are_watched_than_there_is_room_for()
    {
        for (var i = 0; i < RouteWatch.MaxTenants * 3; i++) Learn(i, null);
        MakeKnown(3);
        for (var i = 0; i < 300; i++) Learn(i % 3, RouteFindingType.Blocks);
        Assert.True(_watch.HasOpen);
        Assert.Null(Record.Exception(() => Learn(999_999, null)));
    }

    private void OpenFinding(RouteFindingType type)
    {
        if (!_watch.HasOpen) MakeKnown(3);
        for (var i = 0; i < 400 && _watch.Open(type) is null; i++) Learn(i % 3, type);
        Assert.NotNull(_watch.Open(type));
    }

    /// <summary>Tenants with a clean record from before.</summary>
    private void MakeKnown(int tenants)
    {
        for (var i = 0; i < 60; i++)
            for (var tenant = 0; tenant < tenants; tenant++) Learn(tenant, null);
        _now += TimeSpan.FromMinutes(15);
        for (var tenant = 0; tenant < tenants; tenant++) Learn(tenant, null);
        _now += TimeSpan.FromMinutes(15);
    }

    private bool Learn(int tenant, RouteFindingType? type, string? reply = null)
    {
        var isCommon = _watch.Learn(tenant, $"t{tenant}", type, reply, _now, out var changed);
        _changed = changed ?? _changed;
        return isCommon;
    }
}
