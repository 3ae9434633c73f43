using Silo.Core.Delivery;
using Xunit;

namespace Silo.Core.Tests.Delivery;

public class DelayRulesTests
{
    [Theory]
    [InlineData(452, "4.2.2", "The email account that you tried to reach is over quota", DelayType.MailboxFull)]
    [InlineData(452, null, "Mailbox full, try later", DelayType.MailboxFull)]
    [InlineData(451, "4.7.1", "Greylisted, come back later", DelayType.General)]
    [InlineData(450, "4.3.2", "The system is down for maintenance", DelayType.RecipientServerError)]
    [InlineData(421, null, "Service not available", DelayType.RecipientServerError)]
    [InlineData(451, null, "Local error in processing", DelayType.RecipientServerError)]
    [InlineData(451, "4.4.2", "Timeout waiting for the backend", DelayType.TransientCommunicationFailure)]
    [InlineData(450, null, "Come back some other time", DelayType.General)]
    public void The_kind_of_a_delay_is_what_the_reply_says(int code, string? enhanced, string text, DelayType expected) =>
        Assert.Equal(expected, DelayRules.TypeOf(ReplyRules.Shipped.Judge(DeliveryStage.Recipient, new SmtpReply(code, enhanced, text))));

    [Theory]
    [InlineData("Too many messages from your address", DelayType.IPFailure)]
    [InlineData("Our system has detected an unusual rate of unsolicited mail", DelayType.SpamDetected)]
    public void A_request_to_slow_down_is_about_the_source_and_says_when_it_is_about_spam(string text, DelayType expected) =>
        Assert.Equal(expected, DelayRules.TypeOf(new DeliveryResult
        {
            Kind = DeliveryResultKind.Deferred, Stage = DeliveryStage.FinalDot, DeferralScope = DeferralScope.SlowDown,
            Reply = new SmtpReply(421, "4.7.28", text),
        }));

    [Fact]
    public void A_route_that_fails_is_our_own_when_it_is_the_only_one_and_the_recipients_when_it_is_one_of_many()
    {
        var failed = new DeliveryResult { Kind = DeliveryResultKind.RouteFailed, Stage = DeliveryStage.Connect };
        Assert.Equal(DelayType.InternalFailure, DelayRules.TypeOf(failed));
        var ofMany = failed with { RestsUntil = DateTimeOffset.UnixEpoch };
        Assert.Equal(DelayType.TransientCommunicationFailure, DelayRules.TypeOf(ofMany));
        Assert.Equal(DelayType.RecipientServerError, DelayRules.TypeOf(ofMany with { Reply = new SmtpReply(554, null, "No service") }));
        Assert.Equal(DelayType.SendingDeferral, DelayRules.TypeOf(ofMany with { DeferralScope = DeferralScope.SlowDown }));
    }

    [Fact]
    public void What_ends_or_did_not_begin_is_no_delay_and_a_lost_reply_is_one()
    {
        foreach (var kind in Enum.GetValues<DeliveryResultKind>())
        {
            var type = DelayRules.TypeOf(new DeliveryResult { Kind = kind, Stage = DeliveryStage.FinalDot });
            var isDelay = kind is DeliveryResultKind.Deferred or DeliveryResultKind.RouteFailed or DeliveryResultKind.InDoubt;
            Assert.Equal(isDelay, type != DelayType.None);
        }
    }

    [Fact]
    public void Each_kind_has_a_bit_of_its_own()
    {
        var types = Enum.GetValues<DelayType>().Where(t => t != DelayType.None).ToArray();
        Assert.Equal(types.Length, types.Select(DelayRules.BitOf).Distinct().Count());
        Assert.All(types, t => Assert.True(DelayRules.WasTold(DelayRules.BitOf(t), t) && !DelayRules.WasTold(~DelayRules.BitOf(t), t)));
    }
}
