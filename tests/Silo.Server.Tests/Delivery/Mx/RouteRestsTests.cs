using Silo.Server.Delivery.Mx;
using Silo.Server.Delivery.Smtp;
using Xunit;

namespace Silo.Server.Tests.Delivery.Mx;

public class RouteRestsTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 2, 10, 0, 0, TimeSpan.Zero);
    private static readonly RestKey Way = new(0, "mx.example", ConnectionProtection.None);

    [Fact]
    public void A_way_rests_for_twice_as_long_each_time_up_to_the_longest()
    {
        var rests = Rests();
        var now = Start;
        foreach (var minutes in new[] { 1, 2, 4, 8, 10, 10 })
        {
            var (until, _) = rests.Failed(Way, "no", now);
            Assert.Equal(TimeSpan.FromMinutes(minutes), until - now);
            Assert.Equal((RestVerdict.Rests, until, "no"), rests.Enter(Way, until - TimeSpan.FromTicks(1)));
            now = until;
            Assert.Equal(RestVerdict.Probe, rests.Enter(Way, now).Verdict);
        }
    }

    [Fact]
    public void After_the_rest_one_alone_tries()
    {
        var rests = Rests();
        var (until, _) = rests.Failed(Way, "no", Start);
        Assert.Equal(RestVerdict.Probe, rests.Enter(Way, until).Verdict);
        Assert.Equal(RestVerdict.Probed, rests.Enter(Way, until).Verdict);
        rests.NothingLearned(Way);
        Assert.Equal(RestVerdict.Probe, rests.Enter(Way, until).Verdict);
        Assert.True(rests.Worked(Way));
        Assert.Equal(RestVerdict.Free, rests.Enter(Way, until).Verdict);
        Assert.False(rests.Worked(Way));
        Assert.Equal(0, rests.Count);
    }

    [Fact]
    public void Those_that_were_under_way_together_fail_once()
    {
        var rests = Rests();
        var (until, isNews) = rests.Failed(Way, "no", Start);
        Assert.True(isNews);
        for (var i = 0; i < 100; i++) Assert.Equal((until, false), rests.Failed(Way, "no", Start.AddSeconds(i % 50)));
    }

    [Fact]
    public void Other_sources_hosts_and_protections_do_not_rest()
    {
        var rests = Rests();
        rests.Failed(Way, "no", Start);
        foreach (var other in new[] { Way with { Source = 1 }, Way with { Hosts = "mx2.example" }, Way with { Protection = ConnectionProtection.Encrypted } })
            Assert.Equal(RestVerdict.Free, rests.Enter(other, Start).Verdict);
    }

    [Fact]
    public void However_many_ways_fail_no_more_are_remembered_than_allowed()
    {
        var rests = Rests(capacity: 100);
        for (var i = 0; i < 10_000; i++)
        {
            var way = Way with { Hosts = $"mx{i}.example" };
            var now = Start.AddMilliseconds(i);
            rests.Failed(way, "no", now);
            if (i % 3 == 0 && rests.Enter(way, now.AddMinutes(1)).Verdict == RestVerdict.Probe && i % 2 == 0) rests.NothingLearned(way);
            if (i % 6 == 3) rests.Failed(way, "no", now.AddMinutes(2));
            Assert.InRange(rests.Count, 0, 101);
        }
    }

    [Fact]
    public void A_second_look_is_ten_minutes_after_the_first_and_past_what_the_first_was_told()
    {
        var looks = new FirstLooks(10);
        Assert.Equal(Start.AddMinutes(10), looks.Found("d.example", Start.AddMinutes(5), Start));
        Assert.Equal(Start.AddMinutes(10), looks.Found("D.example", Start.AddMinutes(12), Start.AddMinutes(9)));
        Assert.Null(looks.Found("d.example", Start.AddMinutes(20), Start.AddMinutes(10)));
        Assert.Equal(Start.AddMinutes(30), looks.Found("kept.example", Start.AddMinutes(30), Start));
        Assert.Equal(Start.AddMinutes(30), looks.Found("kept.example", Start.AddMinutes(30), Start.AddMinutes(29)));
        Assert.Null(looks.Found("kept.example", Start.AddMinutes(60), Start.AddMinutes(30)));
    }

    [Fact]
    public void A_domain_that_was_found_or_was_lost_long_ago_is_looked_for_twice_again()
    {
        var looks = new FirstLooks(10);
        looks.Found("d.example", Start, Start);
        looks.Forget("d.example");
        Assert.NotNull(looks.Found("d.example", Start, Start.AddMinutes(10)));
        Assert.NotNull(looks.Found("d.example", Start, Start.AddDays(2)));
        for (var i = 0; i < 1000; i++) looks.Found($"d{i}.example", Start, Start);
        Assert.InRange(looks.Count, 1, 10);
    }

    private static RouteRests Rests(int capacity = 1000) => new(TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(10), capacity);
}
