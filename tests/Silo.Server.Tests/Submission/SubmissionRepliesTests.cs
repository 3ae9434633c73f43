using Silo.Server.Intake;
using Silo.Server.Submission;
using Xunit;

namespace Silo.Server.Tests.Submission;

public sealed class SubmissionRepliesTests
{
    [Theory]
    [InlineData(SendRefusal.BadRequest, "Content.Raw.Data has no From header with an address", "554 5.6.0 Transaction failed: The message has no From header with an address")]
    [InlineData(SendRefusal.NotFound, "Configuration set <x> does not exist.", "554 5.7.1 Transaction failed: Configuration set <x> does not exist.")]
    [InlineData(SendRefusal.AccessDenied, "no.", "554 5.7.1 Access denied: no.")]
    [InlineData(SendRefusal.MessageRejected, "Email address is not verified.", "554 5.7.1 Message rejected: Email address is not verified.")]
    [InlineData(SendRefusal.SendingPaused, "Email sending is paused.", "554 5.7.1 Message rejected: Email sending is paused.")]
    [InlineData(SendRefusal.TooManyRequests, "Maximum sending rate exceeded.", "454 4.7.0 Throttling failure: Maximum sending rate exceeded.")]
    [InlineData(SendRefusal.QuotaExceeded, "Daily message quota exceeded.", "454 4.7.0 Throttling failure: Daily message quota exceeded.")]
    [InlineData(SendRefusal.Unavailable, "Later.", "451 4.3.0 Temporary service failure: Later.")]
    public void Each_refusal_has_its_reply_in_the_words_of_SES(SendRefusal refusal, string message, string reply) =>
        Assert.Equal(reply, SubmissionReplies.Of(SendReply.Refused(refusal, message), hasDisk: true).ToString());

    [Fact]
    public void Every_refusal_has_a_reply()
    {
        foreach (var refusal in Enum.GetValues<SendRefusal>().Where(r => r != SendRefusal.None))
            Assert.InRange(SubmissionReplies.Of(SendReply.Refused(refusal, "x"), hasDisk: true).Code, 400, 599);
    }

    [Fact]
    public void A_full_disk_and_a_stored_message_say_so()
    {
        Assert.Equal("452 4.3.1", SubmissionReplies.Of(SendReply.Refused(SendRefusal.Unavailable, "x"), hasDisk: false).ToString()[..9]);
        Assert.Equal("250 Ok 0100-000000", SubmissionReplies.Of(SendReply.Accepted("0100-000000"), hasDisk: true).ToString());
    }

    [Fact]
    public void What_a_sender_wrote_makes_no_second_line_and_no_endless_one()
    {
        var reply = SubmissionReplies.Of(SendReply.Refused(SendRefusal.BadRequest, "a\r\n250 Ok é" + new string('x', 2_000)), hasDisk: true);
        var line = Assert.Single(reply.ToString().Split('\n'));
        Assert.StartsWith("554 5.6.0 Transaction failed: a??250 Ok ?xx", line);
        Assert.InRange(line.Length, 480, 510);
    }
}
