using Silo.Core.Delivery;
using Silo.Server.Delivery.Smtp;
using Xunit;

namespace Silo.Server.Tests.Delivery.Smtp;

public class QueueIdTests
{
    [Theory]
    [InlineData("Ok: queued as 4dQ1Xy3z9Zz1", "4dQ1Xy3z9Zz1")]
    [InlineData("OK id=1rXyZa-0004Ab-Cd", "1rXyZa-0004Ab-Cd")]
    [InlineData("Message Queued (0F6C5A1B-22.1)", "0F6C5A1B-22.1")]
    [InlineData("41ABCDE012345 Message accepted for delivery", "41ABCDE012345")]
    [InlineData("Ok 0100018f3a-11aa-000000", "0100018f3a-11aa-000000")]
    [InlineData("Ok", null)]
    [InlineData("Ok thank you", null)]
    [InlineData("Requested mail action okay, completed", null)]
    [InlineData("queued as <script>", null)]
    [InlineData("", null)]
    public void The_relays_id_is_read_from_its_own_words(string text, string? id) =>
        Assert.Equal(id, QueueId.Of(new SmtpReply(250, "2.0.0", text)));
}
