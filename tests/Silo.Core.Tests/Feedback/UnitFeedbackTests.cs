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
        Assert.Null(Nothing.Bounced(UnitState.HandedOver)!.Value.Bounced(UnitState.HandedOver));
        Assert.Null(Nothing.ComplainedOf()!.Value.ComplainedOf());
        Assert.Null(Nothing.Delivered(UnitState.Delivered));
    }

    [Fact]
    public void A_bounce_moves_what_was_delivered_and_nothing_moves_a_bounce_back()
    {
        var delivered = Nothing.Delivered(UnitState.HandedOver)!.Value;
        Assert.Equal((UnitState.HandedOver, UnitState.Delivered), (Nothing.From(UnitState.HandedOver), delivered.From(UnitState.HandedOver)));
        var bounced = delivered.Bounced(UnitState.HandedOver)!.Value;
        Assert.Null(bounced.Delivered(UnitState.HandedOver));
        Assert.Null(Nothing.Bounced(UnitState.HandedOver)!.Value.Delivered(UnitState.HandedOver));
    }

    [Fact]
    public void A_complaint_may_come_before_the_delivery_that_it_is_about()
    {
        var complained = Nothing.ComplainedOf()!.Value;
        var both = complained.Delivered(UnitState.HandedOver)!.Value;
        Assert.True(both is { IsComplainedOf: true, IsDelivered: true, IsBounced: false });
        Assert.Null(both.ComplainedOf());
    }

    [Fact]
    public void A_report_of_a_unit_in_doubt_moves_none_and_one_that_came_before_the_doubt_is_taken_back()
    {
        var doubted = Nothing.After(UnitEnd.InDoubt);
        Assert.Null(doubted.From(UnitState.Delivered));
        Assert.Null(doubted.Bounced(UnitState.Delivered)!.Value.TakenBack);
        Assert.NotNull(doubted.Delivered(UnitState.Delivered));

        var early = Nothing.Bounced(UnitState.Delivered)!.Value;
        Assert.Equal(UnitState.Delivered, early.TakenBack);
        Assert.Equal(UnitState.HandedOver, Nothing.Bounced(UnitState.HandedOver)!.Value.TakenBack);
        foreach (var end in new[] { UnitEnd.InDoubt, UnitEnd.Refused }) Assert.Null(early.After(end).TakenBack);
        Assert.Null(early.After(UnitEnd.InDoubt).Bounced(UnitState.HandedOver));
        // A refusal after a report tells nothing new; one of its own does.
        Assert.Equal((true, true, false), (early.IsReturned, early.After(UnitEnd.InDoubt).IsReturned, Nothing.After(UnitEnd.Refused).IsReturned));
    }

    [Fact]
    public void A_unit_that_left_after_all_is_in_the_state_that_it_left_in()
    {
        var left = Nothing.After(UnitEnd.InDoubt).Delivered(UnitState.HandedOver)!.Value.After(UnitEnd.Left);
        Assert.Equal(UnitState.HandedOver, left.From(UnitState.HandedOver));
        Assert.Equal(UnitState.Delivered, Nothing.Delivered(UnitState.HandedOver)!.Value.After(UnitEnd.Left).From(UnitState.HandedOver));
    }
}
