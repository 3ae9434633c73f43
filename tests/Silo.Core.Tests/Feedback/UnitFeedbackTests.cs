using Silo.Core.Feedback;
using Silo.Core.Tenants;
using Xunit;

namespace Silo.Core.Tests.Feedback;

public sealed class UnitFeedbackTests
{
    private static readonly UnitFeedback Nothing = new(0);

    [Fact]
    public void Each_fact_is_news_once()
    {
        Assert.Null(Nothing.Delivered(UnitState.HandedOver)!.Value.Delivered(UnitState.HandedOver));
        Assert.Null(Nothing.Bounced()!.Value.Bounced());
        Assert.Null(Nothing.ComplainedOf()!.Value.ComplainedOf());
        Assert.Null(Nothing.Delivered(UnitState.Delivered));
    }

    [Fact]
    public void A_bounce_moves_what_was_delivered_and_nothing_moves_a_bounce_back()
    {
        var delivered = Nothing.Delivered(UnitState.HandedOver)!.Value;
        Assert.Equal((UnitState.HandedOver, UnitState.Delivered), (Nothing.From(UnitState.HandedOver), delivered.From(UnitState.HandedOver)));
        var bounced = delivered.Bounced()!.Value;
        Assert.Null(bounced.Delivered(UnitState.HandedOver));
        Assert.Null(Nothing.Bounced()!.Value.Delivered(UnitState.HandedOver));
    }

    [Fact]
    public void A_complaint_may_come_before_the_delivery_that_it_is_about()
    {
        var complained = Nothing.ComplainedOf()!.Value;
        var both = complained.Delivered(UnitState.HandedOver)!.Value;
        Assert.True(both is { IsComplainedOf: true, IsDelivered: true, IsBounced: false });
        Assert.Null(both.ComplainedOf());
    }
}
