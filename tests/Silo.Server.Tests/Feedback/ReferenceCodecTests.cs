using Silo.Core.Messages;
using Silo.Core.Tenants;
using Silo.Server.Feedback;
using Xunit;

namespace Silo.Server.Tests.Feedback;

public sealed class ReferenceCodecTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 12, 0, 0, 123, TimeSpan.Zero);
    private static readonly ReferenceKey Old = new(3, [.. Enumerable.Repeat((byte)7, 32)]);
    private static readonly ReferenceKey New = new(4, [.. Enumerable.Repeat((byte)8, 32)]);

    private static readonly MailReference Reference = new(
        (1L << 40) - 2, MessageIdFormat.Create(Now, UInt128.MaxValue / 3), MailReference.DigestOf("Ann@example.net"), UnitState.Delivered)
    {
        Recipient = "Ann@example.net", SentAt = Now.AddMinutes(3),
    };

    [Fact]
    public void A_return_path_has_64_characters_survives_other_cases_and_names_the_unit()
    {
        var text = Codec(New).Short(Reference)!;
        Assert.Equal(64, text.Length);
        Assert.All(text, c => Assert.True(char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c)));
        foreach (var written in new[] { text, text.ToUpperInvariant() })
        {
            Assert.Equal(ReferenceReading.Valid, Codec(New).ReadShort(written, Now, out var read));
            Assert.Equal(Reference with { Recipient = null, SentAt = null }, read);
        }
    }

    [Fact]
    public void A_return_path_is_the_same_for_every_attempt_since_greylisting_goes_by_it() =>
        Assert.Equal(Codec(New).Short(Reference), Codec(New).Short(Reference with { SentAt = Now.AddHours(5) }));

    [Fact]
    public void A_header_names_recipient_and_time_as_well()
    {
        var text = Codec(New).Long(Reference)!;
        Assert.Equal(ReferenceReading.Valid, Codec(New).ReadLong(text, Now, out var read));
        Assert.Equal(Reference, read);
        var utf8 = Reference with { Recipient = "reneé@example.jp", RecipientDigest = MailReference.DigestOf("reneé@example.jp") };
        Codec(New).ReadLong(Codec(New).Long(utf8)!, Now, out read);
        Assert.Equal(utf8, read);
    }

    [Fact]
    public void A_tag_knows_the_time_is_made_of_letters_and_digits_and_may_be_of_the_short_form_still()
    {
        var text = Codec(New).Tag(Reference)!;
        Assert.Equal(80, text.Length);
        Assert.All(text, c => Assert.True(char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c)));
        Assert.Equal(ReferenceReading.Valid, Codec(New).ReadTag(text, Now, out var read));
        Assert.Equal(Reference with { Recipient = null }, read);
        Assert.Equal(ReferenceReading.Valid, Codec(New).ReadTag(Codec(New).Short(Reference)!, Now, out read));
        Assert.Equal(Reference with { Recipient = null, SentAt = null }, read);
        Assert.Equal(ReferenceReading.NoReference, Codec(New).ReadTag("none", Now, out _));
        Assert.Equal(ReferenceReading.Expired, Codec(New).ReadTag(text, Now.AddDays(60), out _));
        Assert.Null(Codec(New).Tag(Reference with { SentAt = null }));
    }

    [Fact]
    public void Whatever_is_changed_in_it_a_reference_is_refused()
    {
        var codec = Codec(New);
        var (text, header, tag) = (codec.Short(Reference)!, codec.Long(Reference)!, codec.Tag(Reference)!);
        for (var i = 0; i < tag.Length; i++)
        {
            var changed = tag.ToCharArray();
            changed[i] = changed[i] == 'q' ? 'r' : 'q';
            Assert.True(codec.ReadTag(new string(changed), Now, out _) == ReferenceReading.Forged, $"Digit {i} of the tag");
        }

        for (var i = 0; i < text.Length; i++)
        {
            var changed = text.ToCharArray();
            changed[i] = changed[i] == 'q' ? 'r' : 'q';
            Assert.True(codec.ReadShort(changed, Now, out _) == ReferenceReading.Forged, $"Digit {i}");
        }

        for (var i = 3; i < header.Length - 1; i++)
        {
            var changed = header.ToCharArray();
            changed[i] = changed[i] == 'q' ? 'r' : 'q';
            Assert.True(codec.ReadLong(new string(changed), Now, out _) != ReferenceReading.Valid, $"Digit {i}");
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("postmaster")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1")]
    public void What_is_not_of_the_form_is_no_reference(string text)
    {
        Assert.Equal(ReferenceReading.NoReference, Codec(New).ReadShort(text, Now, out _));
        Assert.Equal(ReferenceReading.NoReference, Codec(New).ReadLong("v1." + text, Now, out _));
        Assert.Equal(ReferenceReading.NoReference, Codec(New).ReadLong("v1." + new string('a', 5_000), Now, out _));
    }

    [Fact]
    public void All_keys_are_believed_and_the_first_signs()
    {
        var text = Codec(Old).Short(Reference)!;
        Assert.Equal(ReferenceReading.Valid, Codec(New, Old).ReadShort(text, Now, out _));
        Assert.Equal(ReferenceReading.Forged, Codec(New).ReadShort(text, Now, out _));
        Assert.Equal(Codec(New).Short(Reference), Codec(New, Old).Short(Reference));
        Assert.Equal(ReferenceReading.Forged, Codec(New with { Id = Old.Id }).ReadShort(text, Now, out _));
        Assert.Null(Codec().Short(Reference));
    }

    [Fact]
    public void After_60_days_a_reference_has_expired()
    {
        var (text, header) = (Codec(New).Short(Reference)!, Codec(New).Long(Reference)!);
        Assert.Equal(ReferenceReading.Valid, Codec(New).ReadShort(text, Now.AddDays(59), out _));
        Assert.Equal(ReferenceReading.Expired, Codec(New).ReadShort(text, Now.AddDays(60), out _));
        Assert.Equal(ReferenceReading.Expired, Codec(New).ReadLong(header, Now.AddDays(60), out _));
    }

    [Fact]
    public void A_message_that_was_not_numbered_here_has_no_reference()
    {
        Assert.Null(Codec(New).Short(Reference with { MessageId = "a-000001" }));
        Assert.Null(Codec(New).Short(Reference with { MessageId = Reference.MessageId[..^1] + "1" }));
        Assert.Null(Codec(New).Long(Reference with { Recipient = null }));
    }

    private static ReferenceCodec Codec(params ReferenceKey[] keys) => new(new ReferenceKeys(keys));
}
