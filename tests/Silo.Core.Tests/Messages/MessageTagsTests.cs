using Silo.Core.Messages;
using Xunit;

namespace Silo.Core.Tests.Messages;

public sealed class MessageTagsTests
{
    [Fact]
    public void Names_and_values_are_1_to_256_of_letters_digits_underscore_and_hyphen()
    {
        Assert.Null(MessageTags.Check([new MessageTag("a_B-9", new string('v', 256)), new MessageTag(new string('n', 256), "1")]));
        Assert.Null(MessageTags.Check([new MessageTag("ses:feedback-id-a", "x"), new MessageTag("ses:feedback-id-b", "y")]));
        foreach (var bad in new[] { "", "a b", "a:b", "é", "a\n", new string('n', 257), "ses:feedback-id-c", null! })
        {
            Assert.StartsWith("EmailTags[0].Name", MessageTags.Check([new MessageTag(bad, "v")]));
            Assert.StartsWith("Tags[0].Value", MessageTags.Check([new MessageTag("n", bad)], "Tags"));
        }

        Assert.StartsWith("EmailTags[0].Value", MessageTags.Check([new MessageTag("n", "ses:feedback-id-a")]));
        Assert.StartsWith("EmailTags[1].Name", MessageTags.Check([new MessageTag("n", "1"), new MessageTag("n", "2")]));
        Assert.StartsWith("EmailTags holds 51", MessageTags.Check([.. Enumerable.Range(0, 51).Select(i => new MessageTag($"n{i}", "v"))]));
    }

    [Theory]
    [InlineData("a=1", "a=1")]
    [InlineData(" a = 1 ,b=2,, ", "a=1 b=2")]
    [InlineData("", "")]
    [InlineData("ses:feedback-id-a=x", "ses:feedback-id-a=x")]
    public void The_header_holds_pairs_joined_by_commas(string header, string expected)
    {
        Assert.True(MessageTags.TryParse(header, out var tags));
        Assert.Equal(expected, string.Join(' ', tags.Select(t => $"{t.Name}={t.Value}")));
    }

    [Theory]
    [InlineData("a")]
    [InlineData("a=")]
    [InlineData("=b")]
    [InlineData("a=b=c")]
    [InlineData("a=1;b=2")]
    [InlineData("a=1, a=2")]
    public void A_header_with_one_bad_pair_is_refused_whole(string header)
    {
        Assert.False(MessageTags.TryParse(header, out var tags));
        Assert.Empty(tags);
    }

    [Fact]
    public void A_message_id_has_the_shape_of_SES_and_grows_with_time()
    {
        var at = DateTimeOffset.FromUnixTimeMilliseconds(0x018f2c3d4e5f);
        Assert.Equal("0100018f2c3d4e5f-0a1b2c3d-4e5f-4071-8293-a4b5c6d7e8f9-000000",
            MessageIdFormat.Create(at, new UInt128(0x0a1b2c3d4e5f6071, 0x8293a4b5c6d7e8f9)));
        var previous = "";
        var random = new Random(1);
        for (var i = 0; i < 10_000; i++)
        {
            var id = MessageIdFormat.Create(at.AddMilliseconds(i), new UInt128((ulong)random.NextInt64(), (ulong)random.NextInt64()));
            Assert.Matches("^[0-9a-f]{16}-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}-[0-9]{6}$", id);
            Assert.True(string.CompareOrdinal(previous, id) < 0, id);
            Assert.True(MessageIdFormat.TryGetAcceptedAt(id, out var read) && read == at.AddMilliseconds(i), id);
            previous = id;
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("0100018f2c3d4e5f-0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9-00000")]
    [InlineData("0200018f2c3d4e5f-0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9-000000")]
    [InlineData("0100018f2c3d4e5g-0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9-000000")]
    [InlineData("0100ffffffffffff-0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9-000000")]
    public void An_id_of_another_shape_tells_no_time(string? id) => Assert.False(MessageIdFormat.TryGetAcceptedAt(id, out _));
}
