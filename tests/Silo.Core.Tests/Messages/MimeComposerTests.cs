using System.Text;
using Silo.Core.Addresses;
using Silo.Core.Messages;
using Xunit;

namespace Silo.Core.Tests.Messages;

public sealed class MimeComposerTests
{
    private static readonly MessageDraft Simple = new()
    {
        From = "Jürgen <news@example.com>",
        To = ["a@example.com"],
        Subject = new TextContent("Hello"),
        Text = new TextContent("Hi\nthere"),
    };

    [Fact]
    public void A_simple_message_reads_as_expected()
    {
        var stamp = new MessageStamp("id-1", "mail.example", new DateTimeOffset(2026, 3, 2, 12, 15, 7, TimeSpan.FromHours(2)), 1);
        var composed = Composed(Simple, stamp);
        Assert.Equal("""
            From: =?utf-8?Q?J=C3=BCrgen?= <news@example.com>
            To: a@example.com
            Subject: Hello
            Date: Mon, 02 Mar 2026 10:15:07 +0000
            Message-ID: <id-1@mail.example>
            MIME-Version: 1.0
            Content-Type: text/plain; charset=UTF-8
            Content-Transfer-Encoding: 7bit

            Hi
            there

            """.ReplaceLineEndings("\r\n"), Encoding.ASCII.GetString(composed.Content.Span));
        Assert.Equal("Jürgen", composed.From.DisplayName);
    }

    [Fact]
    public void Any_draft_reads_back_as_it_was_given()
    {
        for (var seed = 0; seed < 1_500; seed++)
        {
            var draft = DraftGenerator.Draft(seed);
            var bytes = Composed(draft, DraftGenerator.Stamp(seed), seed).Content.ToArray();
            var message = SmallMimeReader.Read(bytes);
            var because = $"seed {seed}";
            Same(draft.Subject.Data, SmallMimeReader.DecodeWords(message.Header("Subject")!), because);
            foreach (var header in draft.Headers) Same(header.Value, message.Header(header.Name)!, because);
            SameMailboxes([draft.From], message.Header("From"), because);
            if (draft.To.Count + draft.Cc.Count > 0) SameMailboxes(draft.To, message.Header("To"), because);
            SameMailboxes(draft.Cc, message.Header("Cc"), because);
            SameMailboxes(draft.ReplyTo, message.Header("Reply-To"), because);
            SameParts(draft, message, because);
        }
    }

    [Fact]
    public void Every_line_ends_in_CRLF_and_is_ASCII_of_998_bytes_at_most_and_no_word_is_longer_than_75()
    {
        for (var seed = 0; seed < 1_500; seed++)
        {
            var text = Encoding.Latin1.GetString(Composed(DraftGenerator.Draft(seed), DraftGenerator.Stamp(seed), seed).Content.Span);
            Assert.EndsWith("\r\n", text);
            foreach (var line in text.Split("\r\n"))
            {
                Assert.True(line.Length <= 998, $"seed {seed}: {line.Length}");
                Assert.False(line.AsSpan().ContainsAny('\r', '\n', '\0') || !Ascii.IsValid(line), $"seed {seed}: {line}");
            }

            foreach (var line in text[..text.IndexOf("\r\n\r\n", StringComparison.Ordinal)].Split("\r\n"))
            {
                Assert.False(string.IsNullOrWhiteSpace(line), $"seed {seed}: blank continuation");
                if (line.Contains("=?", StringComparison.Ordinal) && !line.StartsWith("X-", StringComparison.Ordinal)
                    && line.Contains("?=", StringComparison.Ordinal) && line.StartsWith(' ')) Assert.True(line.Length <= 200, $"seed {seed}: {line}");
                foreach (var word in line.Split(' ').Where(w => w.StartsWith("=?", StringComparison.Ordinal) && w.EndsWith("?=", StringComparison.Ordinal)))
                {
                    Assert.True(word.Length <= 75, $"seed {seed}: {word}");
                }
            }
        }
    }

    [Fact]
    public void Bcc_stands_in_no_message_but_among_the_recipients()
    {
        var composed = Composed(Simple with { To = [], Bcc = ["secret@hidden.example"] }, DraftGenerator.Stamp(1));
        Assert.DoesNotContain("hidden.example", Encoding.UTF8.GetString(composed.Content.Span));
        Assert.Contains("To: undisclosed-recipients:;\r\n", Encoding.UTF8.GetString(composed.Content.Span));
        Assert.Equal(["secret@hidden.example"], composed.Recipients.Select(r => r.ToString()));
    }

    [Fact]
    public void Parts_nest_as_mixed_of_alternative_of_related()
    {
        var inline = new MessageAttachment
        {
            Content = new byte[10], FileName = "x.png", ContentId = "x", ContentDisposition = AttachmentDisposition.Inline,
        };
        var file = new MessageAttachment { Content = new byte[10], FileName = "x.pdf" };
        var draft = Simple with { Html = new TextContent("<img src='cid:x'>"), Attachments = [inline, file] };
        Assert.Equal("multipart/mixed(multipart/alternative(text/plain multipart/related(text/html image/png)) application/pdf)", Shape(draft));
        Assert.Equal("multipart/related(text/html image/png)", Shape(draft with { Text = null, Attachments = [inline] }));
        Assert.Equal("multipart/alternative(text/plain text/html)", Shape(draft with { Attachments = [] }));
        Assert.Equal("multipart/mixed(text/plain image/png)", Shape(draft with { Html = null, Attachments = [inline] }));
        Assert.Equal("text/html", Shape(draft with { Text = null, Attachments = [] }));
    }

    [Fact]
    public void The_encoding_follows_the_content()
    {
        Assert.Equal("7bit", EncodingOf("plain", null));
        Assert.Equal("quoted-printable", EncodingOf("mostly plain, one ä in a long line of text", null));
        Assert.Equal("base64", EncodingOf("日本語のテキスト", "UTF-8"));
        Assert.Equal("7bit", EncodingOf("日本語のテキスト", "ISO-2022-JP"));
        Assert.Equal("quoted-printable", EncodingOf(new string('x', 999), null));
        Assert.Equal("7bit", EncodingOf(new string('x', 998), null));
    }

    private static string EncodingOf(string text, string? charset) =>
        Read(Simple with { Text = new TextContent(text, charset) }).Header("Content-Transfer-Encoding")!;

    private static string Shape(MessageDraft draft) => Shape(Read(draft));

    private static string Shape(SmallMimeReader part) =>
        part.ContentType + (part.Parts.Count == 0 ? "" : $"({string.Join(' ', part.Parts.Select(Shape))})");

    private static SmallMimeReader Read(MessageDraft draft) => SmallMimeReader.Read(Composed(draft, DraftGenerator.Stamp(1)).Content.ToArray());

    private static ComposeResult.Composed Composed(MessageDraft draft, MessageStamp stamp, int seed = 0)
    {
        var result = MimeComposer.Compose(draft, stamp);
        Assert.True(result is ComposeResult.Composed, $"seed {seed}: {result}");
        return (ComposeResult.Composed)result;
    }

    private static void SameMailboxes(IReadOnlyList<string> given, string? header, string because)
    {
        Assert.True(Mailbox.TryParseList(header ?? "", out var read), because);
        Assert.True(given.Select(Parse).SequenceEqual(read), $"{because}: {header}");
        static Mailbox Parse(string text) => Mailbox.TryParse(text, out var mailbox) ? mailbox : throw new InvalidDataException(text);
    }

    private static void SameParts(MessageDraft draft, SmallMimeReader message, string because)
    {
        var leaves = message.Leaves.ToList();
        var bodies = leaves.Where(l => l.FileName is null).ToList();
        SameText(draft.Text, bodies.SingleOrDefault(b => b.ContentType == "text/plain"), because);
        SameText(draft.Html, bodies.SingleOrDefault(b => b.ContentType == "text/html"), because);
        var files = leaves.Where(l => l.FileName is not null).ToList();
        Assert.True(files.Count == draft.Attachments.Count, because);
        foreach (var attachment in draft.Attachments)
        {
            var file = files.FirstOrDefault(f => f.FileName == attachment.FileName && f.Content.AsSpan().SequenceEqual(attachment.Content.Span));
            Assert.True(file is not null, $"{because}: {attachment.FileName}");
            Same(attachment.ContentId is null ? "" : $"<{attachment.ContentId}>", file.Header("Content-ID") ?? "", because);
            Same(attachment.ContentDescription ?? "", SmallMimeReader.DecodeWords(file.Header("Content-Description") ?? ""), because);
        }
    }

    private static void SameText(TextContent? given, SmallMimeReader? part, string because)
    {
        Assert.True(given is null == part is null, because);
        if (given is null) return;
        Same(given.Data.ReplaceLineEndings("\r\n").TrimEnd('\r', '\n'), part!.Text.TrimEnd('\r', '\n'), because);
    }

    private static void Same(string expected, string actual, string because) =>
        Assert.True(expected == actual, $"{because}: expected\n{expected}\nbut read\n{actual}");
}
