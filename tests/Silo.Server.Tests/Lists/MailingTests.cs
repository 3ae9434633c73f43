using System.Text;
using Silo.Core.Messages;
using Silo.Server.Intake;
using Silo.Server.Lists;
using Silo.Server.Tracking;
using Xunit;

namespace Silo.Server.Tests.Lists;

/// <summary>What is put into a message that its sender composed.</summary>
public sealed class MailingTests
{
    private const string Placeholder = PlainTemplate.UnsubscribeUrl;
    private static readonly string Url = "https://click.example/u/" + new string('t', 376);

    [Fact]
    public void A_line_counts_what_was_put_into_it_before()
    {
        var two = WithLinks($"Subject: s\r\n\r\nfirst\r\n{Placeholder} and {Placeholder}\r\n");
        Assert.EndsWith($"first\r\n{Url} and {Url}\r\n", two, StringComparison.Ordinal);
        var three = WithLinks($"Subject: s\r\n\r\nfirst\r\n{Placeholder} and {Placeholder} {new string('x', 200)}\r\n{Placeholder}\r\n");
        Assert.True(three.Split("\r\n").All(l => l.Length <= MessageLimits.MaxLineBytes), three);
        Assert.EndsWith($"{Url} and {Placeholder} {new string('x', 200)}\r\n{Url}\r\n", three, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_signed_keeps_its_bytes_and_what_stands_beside_it_does_not()
    {
        const string signed = "Content-Type: multipart/signed; boundary=s\r\n\r\n--s\r\n\r\n" + Placeholder + "\r\n--s\r\n\r\nsig\r\n--s--\r\n";
        Assert.Equal(signed, WithLinks(signed));
        var mixed = $"Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n{signed}\r\n--m\r\n\r\n";
        Assert.Equal($"{mixed}{Url}\r\n--m--\r\n", WithLinks($"{mixed}{Placeholder}\r\n--m--\r\n"));
    }

    [Theory]
    [InlineData("base64", "text/plain; charset=utf-8")]
    [InlineData("Base64", "text/html; charset=iso-8859-1")]
    [InlineData("quoted-printable", "text/html; charset=utf-8")]
    [InlineData("quoted-printable", "text/plain")]
    [InlineData("base64", null)]
    public void In_texts_that_are_encoded_the_placeholder_is_replaced_too(string transfer, string? type)
    {
        var charset = type?.Contains("8859", StringComparison.Ordinal) == true ? Encoding.Latin1 : Encoding.UTF8;
        var text = $"Gr\u00fc\u00dfe, {Placeholder} oder {Placeholder}, nicht {Placeholder}\r\n";
        if (type is null or "text/plain") text = text.Replace('\u00fc', 'u').Replace("\u00df", "ss", StringComparison.Ordinal);
        var encoded = Encode(charset.GetBytes(text), transfer);
        // Beside it a part that is attached, and one that is no text.
        var other = $"Content-Transfer-Encoding: base64\r\n\r\n{Encode(charset.GetBytes(text), "base64")}";
        var message = $"Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n{(type is null ? "" : $"Content-Type: {type}\r\n")}"
            + $"Content-Transfer-Encoding: {transfer}\r\n\r\n{encoded}\r\n--m\r\n"
            + $"Content-Type: text/plain\r\nContent-Disposition: attachment\r\n{other}\r\n--m\r\nContent-Type: application/json\r\n{other}\r\n--m--\r\n";
        var parts = WithLinks(message).Split("--m");
        Assert.Equal(
            text.Replace($"{Placeholder} oder {Placeholder}", $"{Url} oder {Url}", StringComparison.Ordinal),
            charset.GetString(Decode(parts[1].Split("\r\n\r\n", 2)[1], transfer)).TrimEnd() + "\r\n");
        Assert.Equal(message.Split("--m")[2..], parts[2..]);
        Assert.True(WithLinks(message).Split("\r\n").All(l => l.Length <= MessageLimits.MaxLineBytes));
    }

    [Fact]
    public void What_is_encoded_and_signed_keeps_its_bytes()
    {
        var signed = "Content-Type: multipart/signed; boundary=s\r\n\r\n--s\r\n"
            + "Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n"
            + $"{Encode(Encoding.ASCII.GetBytes(Placeholder), "base64")}\r\n--s\r\n\r\nsig\r\n--s--\r\n";
        Assert.Equal(signed, WithLinks(signed));
    }

    [Fact]
    public void The_fault_of_one_part_is_not_forgotten_over_the_next()
    {
        const string head = "Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\nContent-Type: text/html\r\n\r\n";
        var message = $"{head}{{{{ses:openTracker}}}}{{{{ses:openTracker}}}}\r\n--m\r\nContent-Type: text/html\r\n\r\n<p>\r\n--m--\r\n";
        var (_, refusal) = MailTracking.Apply(new MailTracking(null, "https://t.example/o"), Encoding.UTF8.GetBytes(message));
        Assert.Contains("more than once", refusal?.Message ?? "taken", StringComparison.Ordinal);
    }

    [Fact]
    public void What_tracking_makes_too_large_is_refused()
    {
        var message = Encoding.UTF8.GetBytes("Content-Type: text/html; charset=utf-8\r\n\r\n" + new string('\u00fc', 8 << 20));
        var (_, refusal) = MailTracking.Apply(new MailTracking(null, "https://t.example/o"), message);
        Assert.Equal(SendRefusal.BadRequest, refusal?.Refusal);
    }

    private static string Encode(byte[] bytes, string transfer)
    {
        if (transfer.Equals("base64", StringComparison.OrdinalIgnoreCase))
            return Convert.ToBase64String(bytes, Base64FormattingOptions.InsertLineBreaks);
        // Lines break in the middle of the placeholder.
        var digits = string.Concat(bytes.Select(b => b is (byte)'\r' or (byte)'\n' ? ((char)b).ToString() : $"={b:X2}"));
        return string.Join("=\r\n", digits.TrimEnd().Chunk(72).Select(c => new string(c))) + "\r\n";
    }

    private static byte[] Decode(string text, string transfer) => transfer.Equals("base64", StringComparison.OrdinalIgnoreCase)
        ? Convert.FromBase64String(text)
        : [.. text.Replace("=\r\n", "", StringComparison.Ordinal).Split('=').SelectMany((p, i) =>
            i == 0 ? p.Select(c => (byte)c) : [Convert.ToByte(p[..2], 16), .. p[2..].Select(c => (byte)c)])];

    private static string WithLinks(string message) =>
        Encoding.UTF8.GetString((Mailing.Plain with { UnsubscribeUrl = Url }).WithLinks(Encoding.UTF8.GetBytes(message)).Span);
}
