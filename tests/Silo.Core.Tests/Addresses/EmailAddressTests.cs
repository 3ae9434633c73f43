using Silo.Core.Addresses;
using Xunit;

namespace Silo.Core.Tests.Addresses;

public sealed class EmailAddressTests
{
    [Theory]
    [InlineData("a@b.example", "a@b.example")]
    [InlineData("First.Last+tag@Mail.EXAMPLE.com", "First.Last+tag@mail.example.com")]
    [InlineData("!#$%&'*+-/=?^_`{|}~@example.com", "!#$%&'*+-/=?^_`{|}~@example.com")]
    [InlineData("\"john doe\"@example.com", "\"john doe\"@example.com")]
    [InlineData("\"john.doe\"@example.com", "john.doe@example.com")]
    [InlineData("\"j\\ohn\"@example.com", "john@example.com")]
    [InlineData("\"a@b\"@example.com", "\"a@b\"@example.com")]
    [InlineData("\"a\\\"b\\\\c\"@example.com", "\"a\\\"b\\\\c\"@example.com")]
    [InlineData("user@xn--bcher-kva.example", "user@xn--bcher-kva.example")]
    [InlineData("user@localhost", "user@localhost")]
    public void A_valid_address_has_one_canonical_form(string text, string canonical)
    {
        Assert.True(EmailAddress.TryParse(text, out var address));
        Assert.Equal(canonical, address.ToString());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("@example.com")]
    [InlineData("a@")]
    [InlineData("a@b@example.com")]
    [InlineData(".a@example.com")]
    [InlineData("a.@example.com")]
    [InlineData("a..b@example.com")]
    [InlineData("a b@example.com")]
    [InlineData(" a@example.com")]
    [InlineData("a@example.com ")]
    [InlineData("a@example.com.")]
    [InlineData("a@-example.com")]
    [InlineData("a@example-.com")]
    [InlineData("a@exa_mple.com")]
    [InlineData("a@example..com")]
    [InlineData("a@[192.0.2.1]")]
    [InlineData("a@192.0.2.1")]
    [InlineData("\"a@example.com")]
    [InlineData("\"a\"b@example.com")]
    [InlineData("\"a\\\"@example.com")]
    [InlineData("<a@example.com>")]
    [InlineData("a(comment)@example.com")]
    [InlineData("jörg@example.com")]
    [InlineData("a@bücher.example")]
    [InlineData("a\r\nBcc: x@example.com")]
    [InlineData("\"a\r\n\"@example.com")]
    [InlineData("\"a\0\"@example.com")]
    [InlineData("a@exam\nple.com")]
    public void What_is_no_address_is_refused(string? text) => Assert.False(EmailAddress.TryParse(text, out _));

    [Fact]
    public void Lengths_end_at_64_octets_of_local_part_63_of_label_and_254_in_all()
    {
        var label = new string('d', 63);
        Assert.True(EmailAddress.TryParse(new string('l', 64) + "@example.com", out _));
        Assert.False(EmailAddress.TryParse(new string('l', 65) + "@example.com", out _));
        Assert.True(EmailAddress.TryParse($"a@{label}.com", out _));
        Assert.False(EmailAddress.TryParse($"a@{label}d.com", out _));
        var longest = $"{new string('l', 62)}@{label}.{label}.{label}";
        Assert.Equal(254, longest.Length);
        Assert.True(EmailAddress.TryParse(longest, out _));
        Assert.False(EmailAddress.TryParse("l" + longest, out _));
    }

    [Fact]
    public void With_UTF8_allowed_a_local_part_keeps_its_text_and_a_domain_becomes_Punycode()
    {
        Assert.True(EmailAddress.TryParse("jörg@Bücher.example", true, out var address));
        Assert.Equal("jörg@xn--bcher-kva.example", address.ToString());
        Assert.False(address.IsAscii);
        Assert.False(EmailAddress.TryParse(new string('ö', 33) + "@example.com", true, out _)); // 66 octets
        Assert.False(EmailAddress.TryParse("a\u200bb@example.com", true, out _)); // invisible
        Assert.False(EmailAddress.TryParse("a\u0085b@example.com", true, out _)); // C1 control
        Assert.False(EmailAddress.TryParse("a\ud800b@example.com", true, out _)); // half a pair
    }

    [Fact]
    public void Whatever_parses_parses_again_to_the_same_and_holds_no_control_character()
    {
        const string alphabet = "ab.\"\\@ +\t\r\n\0é\ud83d\ude00-1<>(),";
        var parsed = 0;
        for (var seed = 0; seed < 200_000; seed++)
        {
            var random = new Random(seed);
            var text = string.Create(random.Next(1, 9), random, static (span, r) =>
            {
                foreach (ref var c in span) c = alphabet[r.Next(alphabet.Length)];
            }) + (seed % 2 == 0 ? "@b.c" : "");
            if (!EmailAddress.TryParse(text, seed % 3 == 0, out var address)) continue;
            parsed++;
            Assert.True(EmailAddress.TryParse(address.ToString(), true, out var again), $"seed {seed}: {address}");
            Assert.True(address == again, $"seed {seed}: {address}");
            Assert.False(address.ToString().Any(char.IsControl), $"seed {seed}");
        }

        Assert.True(parsed > 1_000);
    }
}
