using System.Text;
using Silo.Core.Feedback;
using Xunit;

namespace Silo.Core.Tests.Feedback;

public sealed class SesRecordTests
{
    [Fact]
    public void A_bounce_has_its_types_its_recipients_and_its_tags()
    {
        var record = Read("bounce");
        Assert.Equal((SesRecordKind.Bounce, "0100018f-1", "Permanent", "NoEmail"), (record.Kind, record.MessageId, record.BounceType, record.BounceSubType));
        Assert.Equal([new SesRecipient("ann@example.net", "5.1.1", "smtp; 550 5.1.1 no such user")], record.Recipients);
        Assert.Equal("aebagbaf", record.Tags["silo-ref"]);
        Assert.Equal(new DateTimeOffset(2026, 3, 2, 10, 0, 2, 310, TimeSpan.Zero), record.At);
    }

    [Theory]
    [InlineData("complaint", SesRecordKind.Complaint, 2)]
    [InlineData("delivery", SesRecordKind.Delivery, 1)]
    [InlineData("delay", SesRecordKind.DeliveryDelay, 1)]
    [InlineData("reject", SesRecordKind.Reject, 0)]
    [InlineData("subscription", SesRecordKind.Subscription, 0)]
    [InlineData("rendering failure", SesRecordKind.RenderingFailure, 0)]
    public void Each_kind_of_record_is_known_by_its_name(string sample, SesRecordKind kind, int recipients)
    {
        var record = Read(sample);
        Assert.Equal((kind, recipients), (record.Kind, record.Recipients.Count));
    }

    [Fact]
    public void An_event_of_EventBridge_holds_a_record()
    {
        var read = Assert.IsType<SesRecordReading.Read>(SesRecordReader.ReadEvent(FeedbackSamples.Json["event of EventBridge"]));
        Assert.Equal(("m-9", "Transient", "MailboxFull"), (read.Record.MessageId, read.Record.BounceType, read.Record.BounceSubType));
        Assert.Equal(new SesRecordReading.Refused(SesRecordFault.NotARecord), SesRecordReader.ReadEvent(FeedbackSamples.Json["bounce"]));
    }

    [Theory]
    [InlineData("", SesRecordFault.NotJson)]
    [InlineData("[1]", SesRecordFault.NotJson)]
    [InlineData("{\"eventType\":\"Bounce\"}", SesRecordFault.NotARecord)]
    [InlineData("{\"eventType\":\"Bounce\",\"mail\":{\"messageId\":7}}", SesRecordFault.NotARecord)]
    [InlineData("{\"eventType\":\"\\ud800\",\"mail\":{\"messageId\":\"m\"}}", SesRecordFault.NotARecord)]
    [InlineData("{\"a\":[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]}", SesRecordFault.NotJson)]
    public void What_is_no_record_is_refused(string json, SesRecordFault fault) =>
        Assert.Equal(new SesRecordReading.Refused(fault), SesRecordReader.Read(Encoding.UTF8.GetBytes(json)));

    [Fact]
    public void A_notification_signs_its_members_in_their_order()
    {
        Assert.True(SnsMessage.TryRead(FeedbackSamples.Json["notification"], out var message));
        Assert.Equal(
            "Message\n{\"eventType\":\"Delivery\",\"mail\":{\"messageId\":\"m-1\"}}\nMessageId\n22b80b92\nSubject\nAmazon SES Email Event\n"
            + "Timestamp\n2026-03-02T10:00:03.000Z\nTopicArn\narn:aws:sns:us-east-1:123456789012:ses\nType\nNotification\n",
            Encoding.UTF8.GetString(message.SignedBytes()));
    }

    [Fact]
    public void A_confirmation_signs_its_address_and_its_token()
    {
        Assert.True(SnsMessage.TryRead(FeedbackSamples.Json["confirmation"], out var message));
        Assert.Equal(
            "Message\nYou have chosen to subscribe.\nMessageId\n165545c9\nSubscribeURL\nhttps://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription\n"
            + "Timestamp\n2026-03-02T09:00:03.000Z\nToken\n2336412f37\nTopicArn\narn:aws:sns:us-east-1:123456789012:ses\nType\nSubscriptionConfirmation\n",
            Encoding.UTF8.GetString(message.SignedBytes()));
        var without = Encoding.UTF8.GetString(FeedbackSamples.Json["confirmation"]).Replace("\"Token\"", "\"Tokens\"");
        Assert.False(SnsMessage.TryRead(Encoding.UTF8.GetBytes(without), out _));
    }

    private static SesRecord Read(string sample) => Assert.IsType<SesRecordReading.Read>(SesRecordReader.Read(FeedbackSamples.Json[sample])).Record;
}
