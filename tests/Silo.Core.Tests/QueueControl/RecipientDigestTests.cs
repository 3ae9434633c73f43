using Silo.Core.Messages;
using Silo.Core.QueueControl;
using Xunit;

namespace Silo.Core.Tests.QueueControl;

public class RecipientDigestTests
{
    private static readonly byte[] Salt = [.. Enumerable.Range(0, RecipientDigest.SaltBytes).Select(i => (byte)i)];

    [Fact]
    public void An_order_by_digest_means_its_recipient_in_any_case_and_nobody_else_and_does_not_name_it()
    {
        var filter = new QueueFilter { RecipientDomain = "example.com", RecipientDigest = RecipientDigest.Of("Jo+x@Example.com", Salt) };
        Assert.True(Matches("jo+X@example.COM"));
        Assert.False(Matches("jo@example.com"));
        Assert.False(Matches("jo+x@example.org"));
        Assert.DoesNotContain("@", filter.RecipientDigest, StringComparison.Ordinal);
        Assert.NotEqual(filter.RecipientDigest, RecipientDigest.Of("jo+x@example.com", Salt.Reverse().ToArray()));

        bool Matches(string recipient) => filter.Matches(
            new Envelope
            {
                MessageId = "m", TenantName = "t", Sender = "", FromAddress = "a@b.example", IdentityArn = "arn", Destination = [recipient],
                AcceptedAt = DateTimeOffset.UnixEpoch, SizeBytes = 1,
            },
            recipient, null, null);
    }

    [Theory]
    [InlineData("")]
    [InlineData("%%%")]
    [InlineData("AAAA")]
    public void A_damaged_digest_means_nobody(string digest) => Assert.False(RecipientDigest.Matches(digest, "jo@example.com"));
}
