using Silo.Core.Blocklists;
using Xunit;

namespace Silo.Core.Tests.Blocklists;

public sealed class BlocklistAnswerTests
{
    private static readonly BlocklistZone Plain = KnownZones.Of("bl.example.org", null);
    private static readonly BlocklistZone Zen = KnownZones.Of("zen.dq.spamhaus.net", "abcdefghij0123456789abcdef");
    private static readonly BlocklistZone Domains = KnownZones.Of("dbl.dq.spamhaus.net", "abcdefghij0123456789abcdef");

    [Theory]
    [InlineData("", BlocklistAnswerKind.NotListed)]
    [InlineData("127.0.0.2", BlocklistAnswerKind.Listed)]
    [InlineData("127.0.0.4 127.0.0.10", BlocklistAnswerKind.Listed)]
    [InlineData("127.0.0.30", BlocklistAnswerKind.Listed)]
    [InlineData("127.0.0.12", BlocklistAnswerKind.Error)]
    [InlineData("127.255.255.252", BlocklistAnswerKind.Error)]
    [InlineData("127.255.255.254", BlocklistAnswerKind.Error)]
    [InlineData("127.255.255.255", BlocklistAnswerKind.Error)]
    [InlineData("127.255.255.0", BlocklistAnswerKind.Error)]
    [InlineData("127.0.0.2 127.255.255.254", BlocklistAnswerKind.Error)]
    [InlineData("127.0.0.2 198.51.100.7", BlocklistAnswerKind.Error)]
    [InlineData("10.0.0.2", BlocklistAnswerKind.Error)]
    [InlineData("127.0.0.1", BlocklistAnswerKind.Error)]
    public void Only_codes_of_the_list_are_listings_and_refusals_and_strange_addresses_never_are(string codes, BlocklistAnswerKind kind)
    {
        var answer = BlocklistAnswer.Read(Zen, Codes(codes));
        Assert.Equal(kind, answer.Kind);
        Assert.Equal(kind == BlocklistAnswerKind.Error, answer.Problem is not null);
        if (kind == BlocklistAnswerKind.Listed) Assert.Equal(codes.Replace(" ", ", ", StringComparison.Ordinal), answer.Codes);
        Assert.DoesNotContain("abcdefghij", answer.Problem ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public void A_refusal_or_an_address_outside_of_127_is_no_listing_for_any_list_whatever_comes_with_it()
    {
        for (var seed = 0; seed < 20_000; seed++)
        {
            var random = new Random(seed);
            var bad = random.Next(2) == 0
                ? new BlocklistCode(0x7FFFFF00u | (uint)random.Next(256))
                : new BlocklistCode((uint)random.NextInt64(1L << 32));
            if (bad.IsLoopback && !bad.IsRefusal) continue;
            var codes = Enumerable.Range(0, random.Next(4)).Select(_ => new BlocklistCode(0x7F000002u + (uint)random.Next(9))).Append(bad).ToArray();
            random.Shuffle(codes);
            foreach (var zone in (BlocklistZone[])[Plain, Zen, Domains])
                Assert.True(BlocklistAnswer.Read(zone, codes).Kind == BlocklistAnswerKind.Error, $"seed {seed}: {zone} {string.Join(' ', codes)}");
        }
    }

    [Theory]
    [InlineData("127.0.0.200", BlocklistAnswerKind.Listed)]
    [InlineData("127.3.0.9", BlocklistAnswerKind.Listed)]
    [InlineData("127.0.0.1", BlocklistAnswerKind.Error)]
    public void A_list_that_silo_does_not_know_means_a_listing_by_every_code_but_127_0_0_1(string codes, BlocklistAnswerKind kind) =>
        Assert.Equal(kind, BlocklistAnswer.Read(Plain, Codes(codes)).Kind);

    [Theory]
    [InlineData("127.0.1.2", BlocklistAnswerKind.Listed)]
    [InlineData("127.0.1.106", BlocklistAnswerKind.Listed)]
    [InlineData("127.0.1.255", BlocklistAnswerKind.Error)]
    public void The_list_of_domains_says_with_255_that_it_was_asked_about_an_address(string codes, BlocklistAnswerKind kind) =>
        Assert.Equal(kind, BlocklistAnswer.Read(Domains, Codes(codes)).Kind);

    [Fact]
    public void Codes_that_are_to_be_passed_over_are_no_listing()
    {
        Assert.True(CodeRange.TryParse("127.0.0.10-127.0.0.11", out var ignored));
        var zone = Plain with { Ignored = [ignored] };
        Assert.Equal(BlocklistAnswerKind.NotListed, BlocklistAnswer.Read(zone, Codes("127.0.0.10")).Kind);
        Assert.Equal("127.0.0.3", BlocklistAnswer.Read(zone, Codes("127.0.0.11 127.0.0.3")).Codes);
    }

    [Theory]
    [InlineData("127.0.0.2", "", true)]
    [InlineData("127.0.0.2", "127.0.0.2", false)]
    [InlineData("", "", false)]
    [InlineData("", "127.0.0.2", false)]
    [InlineData("127.255.255.254", "", false)]
    [InlineData("127.0.0.2", "127.255.255.254", false)]
    [InlineData("203.0.113.9", "203.0.113.9", false)]
    public void A_list_is_believed_only_while_it_has_its_test_entry_and_does_not_list_the_world(string test, string clean, bool isBelieved) =>
        Assert.Equal(isBelieved, ZoneTrust.Judge(BlocklistAnswer.ReadTest(Codes(test)), BlocklistAnswer.ReadTest(Codes(clean))).IsBelieved);

    [Fact]
    public void Names_are_reversed_octets_or_nibbles_or_the_domain_and_the_key_stands_before_the_zone()
    {
        Assert.Equal("99.2.0.192.bl.example.org", BlocklistNames.Of(Plain, [192, 0, 2, 99]));
        Assert.Equal("2.0.0.127.abcdefghij0123456789abcdef.zen.dq.spamhaus.net", BlocklistNames.Of(Zen, BlocklistNames.TestAddress));
        // RFC 5782 2.4 has this one.
        byte[] address = [0x20, 0x01, 0x0d, 0xb8, 0, 1, 0, 2, 0, 3, 0, 4, 0x05, 0x67, 0x89, 0xab];
        Assert.Equal(
            "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2.bl.example.org", BlocklistNames.Of(Plain, address));
        Assert.Equal(
            "1.0.0.0.0.0.f.7.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.bl.example.org",
            BlocklistNames.Of(Plain, BlocklistNames.CleanAddress6));
        Assert.Equal("example.com.abcdefghij0123456789abcdef.dbl.dq.spamhaus.net", BlocklistNames.Of(Domains, "example.com"));
        Assert.Equal("zen.dq.spamhaus.net", Zen.ToString());
        Assert.Equal((BlocklistKind.Addresses, BlocklistKind.Domains, BlocklistKind.Addresses), (Zen.Kind, Domains.Kind, Plain.Kind));
    }

    [Theory]
    [InlineData("127.0.0.2", true)]
    [InlineData("127.0.0.2-127.0.0.9", true)]
    [InlineData("127.0.0.9-127.0.0.2", false)]
    [InlineData("128.0.0.2", false)]
    [InlineData("127.255.255.254", false)]
    [InlineData("127.1", false)]
    [InlineData("127.0.0.256", false)]
    [InlineData("", false)]
    public void A_range_of_codes_lies_within_127_and_outside_of_the_refusals(string text, bool isRange) =>
        Assert.Equal(isRange, CodeRange.TryParse(text, out _));

    internal static BlocklistCode[] Codes(string text) =>
        [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(t => BlocklistCode.TryParse(t, out var code) ? code : throw new FormatException(t))];
}
