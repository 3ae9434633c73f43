using System.Text;
using Silo.Core.Messages;
using Xunit;

namespace Silo.Core.Tests.Messages;

public sealed class SevenBitMessageTests
{
    private const string Head = "From: a@b.example\r\nMIME-Version: 1.0\r\n";

    [Fact]
    public void A_text_becomes_quoted_printable_and_says_the_same()
    {
        var text = Converted(Head + "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nCaf\u00e9 = gut \r\n")!;
        Assert.Equal(
            Head + "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nCaf=C3=A9 =3D gut=20\r\n", text);
    }

    [Fact]
    public void A_long_text_of_mostly_8_bit_bytes_is_base64_which_is_shorter()
    {
        var text = Converted(Head + "Content-Type: text/plain; charset=utf-8\r\n\r\n" + new string('\u00e9', 2_000))!;
        Assert.Contains("Content-Transfer-Encoding: base64\r\n", text);
        Assert.InRange(text.Length, 5_000, 6_000);
    }

    [Fact]
    public void Parts_are_converted_each_as_what_it_is_and_the_others_stay()
    {
        var text = Converted(
            Head + "Content-Type: multipart/mixed; boundary=x\r\nContent-Transfer-Encoding: 8bit\r\n\r\npreamble\r\n--x\r\n"
            + "Content-Type: text/html; charset=utf-8\r\n\r\n<p>\u00e9</p>\r\n--x\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: binary\r\n\r\n\u00e9\r\n"
            + "--x\r\nContent-Type: text/plain\r\n\r\nplain\r\n--x\r\nContent-Type: message/rfc822\r\n\r\nSubject: in\r\n\r\n\u00e9\r\n--x--\r\nend\r\n")!;
        Assert.Equal(
            Head + "Content-Type: multipart/mixed; boundary=x\r\nContent-Transfer-Encoding: 7bit\r\n\r\npreamble\r\n--x\r\n"
            + "Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<p>=C3=A9</p>\r\n--x\r\n"
            + "Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nw6k=\r\n"
            + "--x\r\nContent-Type: text/plain\r\n\r\nplain\r\n--x\r\nContent-Type: message/rfc822\r\nContent-Transfer-Encoding: 7bit\r\n\r\n"
            + "Subject: in\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=C3=A9\r\n--x--\r\nend\r\n", text);
    }

    [Theory]
    [InlineData("Content-Type: multipart/signed; boundary=x\r\n\r\n--x\r\n\r\n\u00e9\r\n--x--\r\n")]
    [InlineData("Content-Type: multipart/mixed\r\n\r\n\u00e9\r\n")]
    [InlineData("Content-Type: multipart/mixed; boundary=x\r\n\r\n\u00e9\r\n--x\r\n\r\na\r\n--x--\r\n")]
    [InlineData("Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nno header \u00e9\r\n\r\na\r\n--x--\r\n")]
    [InlineData("Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n\u00e9\r\n")]
    [InlineData("Content-Type: message/delivery-status\r\n\r\nA: \u00e9\r\n")]
    public void What_must_stay_as_it_is_cannot_be_converted(string rest) => Assert.Null(Converted(Head + rest));

    [Fact]
    public void A_seven_bit_message_is_the_same_memory()
    {
        ReadOnlyMemory<byte> message = Encoding.UTF8.GetBytes("Subject: \u00e9\r\n\r\nplain\r\n");
        Assert.True(SevenBitMessage.Convert(message)!.Value.Equals(message));
    }

    [Fact]
    public void No_mutation_makes_it_throw_and_what_it_takes_is_ASCII_below_the_headers()
    {
        string[] fragments =
        [
            "\r\n", "\r\n\r\n", "--x\r\n", "--x--\r\n", "--y\r\n", "\u00e9", "Content-Type: text/plain\r\n", "Content-Type: multipart/mixed; boundary=x\r\n",
            "Content-Type: multipart/alternative; boundary=y\r\n", "Content-Type: message/rfc822\r\n", "Content-Transfer-Encoding: 8bit\r\n", "word ", "a: b\r\n",
        ];
        var converted = 0;
        for (var seed = 0; seed < 5_000; seed++)
        {
            var random = new Random(seed);
            var raw = "From: a@b.example\r\n" + string.Concat(Enumerable.Range(0, random.Next(25)).Select(_ => fragments[random.Next(fragments.Length)]));
            if (RawMessage.Parse(Encoding.UTF8.GetBytes(raw)) is not RawParseResult.Parsed { Message: var message }) continue;
            if (SevenBitMessage.Convert(message.Content) is not { } result) continue;
            var again = Assert.IsType<RawParseResult.Parsed>(RawMessage.Parse(result)).Message;
            Assert.False(again.NeedsEightBit, $"seed {seed}: {raw}");
            Assert.True(again.MimePartCount == message.MimePartCount, $"seed {seed}: {raw}");
            if (message.NeedsEightBit) converted++;
        }

        Assert.True(converted > 300, $"only {converted} converted");
    }

    private static string? Converted(string message) =>
        SevenBitMessage.Convert(Encoding.UTF8.GetBytes(message)) is { } bytes ? Encoding.UTF8.GetString(bytes.Span) : null;
}
