using System.Text;
using Silo.Core.Messages;
using Xunit;

namespace Silo.Core.Tests.Messages;

public sealed class RawMessageTests
{
    private const string Plain = "From: A <a@example.com>\r\nTo: b@example.com\r\nSubject: s\r\n\r\nbody\r\n";

    [Fact]
    public void Headers_become_typed_values()
    {
        var message = Parsed("""
            Return-Path: <bounce@example.com>
            From: =?utf-8?Q?J=C3=BCrgen?= <a@example.com>
            To: b@example.com,
             C <c@example.com>
            Cc: d@example.com
            Bcc: e@example.com
            Reply-To: r@example.com
            Subject: =?utf-8?Q?H=C3=A4?=
             =?utf-8?Q?llo?=
            X-SES-CONFIGURATION-SET: set-1
            x-ses-message-tags: a=1, b = 2,
            X-SES-TENANT: acme
            X-SES-LIST-MANAGEMENT-OPTIONS: list-1; topic=topic-1
            X-SES-SOURCE-ARN: arn:aws:ses:us-east-1:000000000000:identity/example.com
            X-SES-FROM-ARN: arn:1
            X-SES-RETURN-PATH-ARN: arn:2

            body
            """);
        Assert.Equal("\"Jürgen\" <a@example.com>", Assert.Single(message.From).ToString());
        Assert.Equal(["b@example.com", "c@example.com", "d@example.com", "e@example.com"], message.Recipients.Select(r => r.ToString()));
        Assert.Equal("r@example.com", message.ReplyTo[0].Address.ToString());
        Assert.Equal("bounce@example.com", message.ReturnPath!.ToString());
        Assert.Equal("Hällo", message.Subject);
        Assert.Equal("set-1", message.Service.ConfigurationSetName);
        Assert.Equal([new MessageTag("a", "1"), new MessageTag("b", "2")], message.Service.Tags!);
        Assert.Equal("acme", message.Service.TenantName);
        Assert.Equal(("list-1", "topic-1"), (message.Service.ContactListName, message.Service.TopicName));
        Assert.Equal("arn:aws:ses:us-east-1:000000000000:identity/example.com", message.Service.SourceArn);
        Assert.Equal(("arn:1", "arn:2"), (message.Service.FromArn, message.Service.ReturnPathArn));
        Assert.Equal((1, false, false), (message.MimePartCount, message.NeedsEightBit, message.HasNonAsciiHeaders));
    }

    [Theory]
    [InlineData("To: b@example.com\n\nbody", "From")]
    [InlineData("From: nobody\n\nbody", "From")]
    [InlineData("From:\n\nbody", "From")]
    [InlineData("", "From")]
    [InlineData("\n\nFrom: a@b.c\n\n", "From")]
    [InlineData("From: a@b.c\nFrom: a@b.c\n\n", "From more than once")]
    [InlineData("From: a@b.c\nSubject: 1\nsubject: 2\n\n", "subject more than once")]
    [InlineData("From: a@b.c\nX-SES-TENANT: a\nX-Ses-Tenant: b\n\n", "X-Ses-Tenant more than once")]
    [InlineData("From: a@b.c\nTo: a@b.c\nTo: a@b.c\n\n", "To more than once")]
    [InlineData("From: a@b.c\nTo: x y z\n\n", "To that is no list")]
    [InlineData("From: a@b.c\nX-SES-TENANT:\n\n", "X-SES-TENANT")]
    [InlineData("From: a@b.c\nX-SES-MESSAGE-TAGS: a\n\n", "X-SES-MESSAGE-TAGS")]
    [InlineData("From: a@b.c\nX-SES-LIST-MANAGEMENT-OPTIONS: ; topic=\n\n", "X-SES-LIST-MANAGEMENT-OPTIONS")]
    [InlineData("From: a@b.c\nno colon\n\n", "no header name at the start of header 2")]
    [InlineData("From: a@b.c\nSubject : x\n\n", "no header name")]
    [InlineData(" From: a@b.c\n\n", "no header name")]
    [InlineData("From: a@b.c\n\na\rb", "carriage return")]
    [InlineData("From: a@b.c\rBcc: x@y.z\n\n", "carriage return")]
    [InlineData("From: a@b.c\n\nbody\r", "carriage return")]
    [InlineData("From: a@b.c\n\na\0b", "NUL")]
    public void A_broken_message_is_refused_with_what_is_wrong(string text, string words)
    {
        var refused = Assert.IsType<RawParseResult.Refused>(RawMessage.Parse(Encoding.UTF8.GetBytes(text)));
        Assert.Equal("Content.Raw.Data", refused.Member);
        Assert.Contains(words, refused.Reason);
    }

    [Fact]
    public void Limits_are_998_bytes_a_line_1000_headers_500_parts_20_levels_and_40_MiB()
    {
        Parsed($"From: a@b.c\n\n{new string('x', 998)}\n");
        Refused($"From: a@b.c\n\n{new string('x', 999)}\n", "line");
        Refused($"From: a@b.c\nX: {new string('x', 999)}\n\n", "line");
        Parsed($"From: a@b.c\n{string.Concat(Enumerable.Repeat("X: y\n", 999))}\n");
        Refused($"From: a@b.c\n{string.Concat(Enumerable.Repeat("X: y\n", 1_000))}\n", "headers");
        Refused($"From: a@b.c\nX: y\n{string.Concat(Enumerable.Repeat($" {new string('x', 990)}\n", 270))}\n", "bytes of headers");
        Assert.Equal(500, Parsed(Multipart(499)).MimePartCount);
        Refused(Multipart(500), "500 MIME parts");
        Assert.Equal(21, Parsed(Nested(20)).MimePartCount);
        Refused(Nested(21), "20 deep");
        var large = new byte[MessageLimits.MaxMessageBytes + 1];
        Assert.Contains("bytes", Assert.IsType<RawParseResult.Refused>(RawMessage.Parse(large)).Reason);
    }

    [Fact]
    public void Bytes_above_127_are_told_apart_in_headers_and_body()
    {
        Assert.Equal((true, false), Flags("From: a@b.c\n\nü"));
        Assert.Equal((false, true), Flags("From: ü <a@b.c>\n\nu"));
        static (bool, bool) Flags(string text) => (Parsed(text).NeedsEightBit, Parsed(text).HasNonAsciiHeaders);
    }

    [Fact]
    public void Line_feeds_alone_become_CRLF_and_a_message_that_has_CRLF_is_not_copied()
    {
        Assert.Equal("From: a@b.c\r\n\r\na\r\n\r\nb", Encoding.ASCII.GetString(Parsed("From: a@b.c\n\na\r\n\nb").Content.Span));
        ReadOnlyMemory<byte> raw = Encoding.ASCII.GetBytes(Plain);
        Assert.True(raw.Equals(Assert.IsType<RawParseResult.Parsed>(RawMessage.Parse(raw)).Message.Content));
    }

    [Fact]
    public void Rewriting_changes_the_headers_of_the_service_and_not_one_byte_else()
    {
        const string kept = "From: A <a@example.com>\r\nX-Odd:  two  blanks \r\n folded\t\r\nTo: b@example.com\r\n";
        const string body = "--b\r\nbinary \u00ff\u00fe --b\r\n\r\n";
        var raw = "Return-Path: <x@y.z>\r\nDate: then\r\nBcc: e@example.com,\r\n f@example.com\r\nX-SES-TENANT: acme\r\n" + kept
            + "message-id: <old>\r\nFeedback-ID: theirs\r\nMIME-Version: 1.0\r\n\r\n" + body;
        var message = Assert.IsType<RawParseResult.Parsed>(RawMessage.Parse(Encoding.Latin1.GetBytes(raw))).Message;
        var stamp = new MessageStamp("id-1", "mail.example", new DateTimeOffset(2026, 3, 2, 10, 15, 7, TimeSpan.Zero), 1);
        var rewritten = RawMessage.Rewrite(message, stamp, [new MessageHeader("Feedback-ID", "ours")]);
        Assert.Equal("Date: Mon, 02 Mar 2026 10:15:07 +0000\r\nMessage-ID: <id-1@mail.example>\r\nFeedback-ID: ours\r\n" + kept
            + "MIME-Version: 1.0\r\n\r\n" + body, Encoding.Latin1.GetString(rewritten.Span));
    }

    [Fact]
    public void Rewriting_adds_MIME_Version_where_it_is_missing_and_refuses_line_breaks_in_what_it_adds()
    {
        var message = Parsed("From: a@b.c");
        Assert.EndsWith("From: a@b.c\r\nMIME-Version: 1.0\r\n\r\n", Encoding.ASCII.GetString(RawMessage.Rewrite(message, DraftGenerator.Stamp(1)).Span));
        Assert.Throws<ArgumentException>(() => RawMessage.Rewrite(message, DraftGenerator.Stamp(1), [new MessageHeader("X", "a\r\nb")]));
    }

    [Fact]
    public void Whatever_the_composer_makes_the_parser_takes_and_counts_as_the_tests_reader_does()
    {
        for (var seed = 0; seed < 500; seed++)
        {
            var composed = Assert.IsType<ComposeResult.Composed>(MimeComposer.Compose(DraftGenerator.Draft(seed), DraftGenerator.Stamp(seed)));
            var result = RawMessage.Parse(composed.Content);
            Assert.True(result is RawParseResult.Parsed, $"seed {seed}: {result}");
            var message = ((RawParseResult.Parsed)result).Message;
            var expected = Count(SmallMimeReader.Read(composed.Content.ToArray()));
            Assert.True(expected == message.MimePartCount, $"seed {seed}: {expected} parts, counted {message.MimePartCount}");
            Assert.True(composed.From == message.From[0], $"seed {seed}: {message.From[0]}");
        }

        static int Count(SmallMimeReader part) => 1 + part.Parts.Sum(Count);
    }

    private static string Multipart(int parts) => "From: a@b.c\nContent-Type: multipart/mixed; x=\";\"; boundary=\"b\"\n\n"
        + string.Concat(Enumerable.Repeat("--b\nContent-Type: text/plain\n\n--bb\n", parts)) + "--b--\n--b\n";

    private static string Nested(int levels)
    {
        var text = new StringBuilder("From: a@b.c\n");
        for (var i = 0; i < levels; i++) text.Append("Content-Type: multipart/mixed; boundary=b").Append(i).Append("\n\n--b").Append(i).Append('\n');
        return text.Append("\nend\n").ToString();
    }

    private static ParsedMessage Parsed(string text)
    {
        var result = RawMessage.Parse(Encoding.UTF8.GetBytes(text));
        Assert.True(result is RawParseResult.Parsed, result.ToString());
        return ((RawParseResult.Parsed)result).Message;
    }

    private static void Refused(string text, string words) =>
        Assert.Contains(words, Assert.IsType<RawParseResult.Refused>(RawMessage.Parse(Encoding.UTF8.GetBytes(text))).Reason);
}
