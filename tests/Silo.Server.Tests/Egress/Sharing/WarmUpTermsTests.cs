using Silo.Core.WarmUp;
using Silo.Server.Egress;
using Silo.Server.Egress.Sharing;
using Silo.Server.Tests.Delivery.Pacing;
using Xunit;

namespace Silo.Server.Tests.Egress.Sharing;

public sealed class WarmUpTermsTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 2, 10, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(30.5, 30, false)]
    [InlineData(60.0, 45, true)]
    public void What_warmed_up_by_time_is_in_a_managed_pool_where_time_has_brought_it(double days, int planDay, bool isOver)
    {
        var terms = InManagedPool(IpWarmUp.Begin(Start));
        var now = Start.AddDays(days);
        Assert.Equal((planDay, isOver), (terms.Begin(now).State.PlanDay, terms.IsOver(now)));
    }

    [Fact]
    public void What_warms_up_by_days_that_went_well_is_where_these_have_brought_it()
    {
        var now = Start.AddDays(60);
        var unused = InManagedPool(IpWarmUp.Begin(Start) with { Mode = WarmUpMode.Adaptive });
        Assert.Equal((0, false), (unused.Begin(now).State.PlanDay, unused.IsOver(now)));
        var used = InManagedPool(IpWarmUp.Begin(Start) with { Position = TimeSpan.FromDays(7) });
        Assert.Equal((7, false), (used.Begin(now).State.PlanDay, used.IsOver(now)));
    }

    private static WarmUpTerms InManagedPool(IpWarmUp warmUp) =>
        WarmUpTerms.Of(new SourceIp(Addresses.Ip("192.0.2.1") with { WarmUp = warmUp }, Addresses.Pool("news") with { IsManaged = true }), "")!;
}
