using System.Text;
using Silo.Core.Messages;
using Xunit;

namespace Silo.Core.Tests.Messages;

public sealed class HeaderInjectionTests
{
    private static readonly MessageAttachment File = new() { Content = new byte[3], FileName = "a.txt" };

    private static readonly string[] Poisons = ["\r\nBcc: evil@evil.example\r\n", "\nX-Evil: 1", "\rX-Evil: 1", "\0", "\r\n\r\nevil body", "\r\n evil", "\x7f"];

    private static readonly (string Member, Func<MessageDraft, Func<string, string>, MessageDraft> Poison)[] Members =
    [
        ("FromEmailAddress", (d, p) => d with { From = p(d.From) }),
        ("Destination.ToAddresses[0]", (d, p) => d with { To = [p("To <to@example.com>")] }),
        ("Destination.CcAddresses[0]", (d, p) => d with { Cc = [p("cc@example.com")] }),
        ("Destination.BccAddresses[0]", (d, p) => d with { Bcc = [p("bcc@example.com")] }),
        ("ReplyToAddresses[0]", (d, p) => d with { ReplyTo = [p("\"r\" <r@example.com>")] }),
        ("Subject.Data", (d, p) => d with { Subject = new TextContent(p("subject")) }),
        ("Subject.Charset", (d, p) => d with { Subject = new TextContent("subject", p("UTF-8")) }),
        ("Body.Text.Charset", (d, p) => d with { Text = new TextContent("text", p("UTF-8")) }),
        ("Body.Html.Charset", (d, p) => d with { Html = new TextContent("html", p("UTF-8")) }),
        ("Headers[0].Name", (d, p) => d with { Headers = [new MessageHeader(p("X-A"), "v")] }),
        ("Headers[0].Value", (d, p) => d with { Headers = [new MessageHeader("X-A", p("v"))] }),
        ("ServiceHeaders[0].Value", (d, p) => d with { ServiceHeaders = [new MessageHeader("X-A", p("v"))] }),
        ("Attachments[0].FileName", (d, p) => d with { Attachments = [File with { FileName = p("a.txt") }] }),
        ("Attachments[0].ContentType", (d, p) => d with { Attachments = [File with { ContentType = p("text/plain; a=\"b\"") }] }),
        ("Attachments[0].ContentDescription", (d, p) => d with { Attachments = [File with { ContentDescription = p("text") }] }),
        ("Attachments[0].ContentId", (d, p) => d with { Attachments = [File with { ContentId = p("<id>") }] }),
    ];

    [Fact]
    public void A_line_break_NUL_or_DEL_anywhere_in_a_header_member_refuses_the_draft_and_names_the_member()
    {
        var draft = DraftGenerator.Draft(1);
        foreach (var (member, poison) in Members)
        {
            Assert.IsType<ComposeResult.Composed>(MimeComposer.Compose(poison(draft, text => text), DraftGenerator.Stamp(1)));
            foreach (var bad in Poisons)
            {
                for (var at = 0; at <= 12; at++)
                {
                    var result = MimeComposer.Compose(poison(draft, text => text.Insert(Math.Min(at, text.Length), bad)), DraftGenerator.Stamp(1));
                    var refused = Assert.IsType<ComposeResult.Refused>(result);
                    Assert.Equal(member, refused.Member);
                    Assert.StartsWith(member, refused.Reason);
                }
            }
        }
    }

    [Fact]
    public void No_random_text_in_any_member_adds_a_header_or_a_part()
    {
        const string alphabet = "ab:;<>@\"\\=?,. \r\n\0\t\u0085\u2028é\ud83d\x1b";
        var composed = 0;
        for (var seed = 0; seed < 20_000; seed++)
        {
            var random = new Random(seed);
            var draft = DraftGenerator.Draft(1) with { Headers = [], Attachments = [] };
            var (_, poison) = Members[random.Next(Members.Length)];
            var noise = string.Create(random.Next(1, 6), random, static (span, r) =>
            {
                foreach (ref var c in span) c = alphabet[r.Next(alphabet.Length)];
            });
            var clean = Names(poison(draft, text => text));
            if (Names(poison(draft, text => text.Insert(random.Next(text.Length + 1), noise))) is not { } names) continue;
            composed++;
            Assert.True(names.Count == clean!.Count, $"seed {seed}: {string.Join(' ', names)}");
        }

        Assert.True(composed > 2_000);
    }

    [Theory]
    [InlineData("Bcc")]
    [InlineData("CC")]
    [InlineData("Content-Disposition")]
    [InlineData("content-type")]
    [InlineData("Date")]
    [InlineData("From")]
    [InlineData("Message-ID")]
    [InlineData("MIME-Version")]
    [InlineData("Reply-To")]
    [InlineData("Return-Path")]
    [InlineData("Subject")]
    [InlineData("To")]
    [InlineData("X-SES-TENANT")]
    [InlineData("X A")]
    [InlineData("X:A")]
    [InlineData("")]
    public void A_header_that_the_service_sets_or_that_is_no_name_is_refused(string name) =>
        Refused("Headers[0].Name", DraftGenerator.Draft(1) with { Headers = [new MessageHeader(name, "v")] });

    [Fact]
    public void Header_limits_are_15_headers_126_995_and_996_characters_and_once_only_fields_once()
    {
        var draft = DraftGenerator.Draft(1) with { Attachments = [] };
        var fifteen = Enumerable.Range(0, 15).Select(i => new MessageHeader($"X-{i}", "v")).ToList();
        Accepted(draft with { Headers = fifteen });
        Refused("Headers", draft with { Headers = [.. fifteen, new MessageHeader("X-15", "v")] });
        Accepted(draft with { Headers = [new MessageHeader(new string('n', 126), "v")] });
        Refused("Headers[0].Name", draft with { Headers = [new MessageHeader(new string('n', 127), "v")] });
        Accepted(draft with { Headers = [new MessageHeader("n", new string('v', 995))] });
        Refused("Headers[0].Value", draft with { Headers = [new MessageHeader("n", new string('v', 996))] });
        Refused("Headers[0]", draft with { Headers = [new MessageHeader("nn", new string('v', 995))] });
        Refused("Headers[0].Value", draft with { Headers = [new MessageHeader("n", "é")] });
        Refused("Headers[1].Name", draft with { Headers = [new MessageHeader("References", "<a>"), new MessageHeader("references", "<b>")] });
        Accepted(draft with { Headers = [new MessageHeader("X-A", "1"), new MessageHeader("X-A", "2")] });
    }

    [Fact]
    public void Limits_of_recipients_parts_sizes_and_charsets_name_their_member()
    {
        var draft = DraftGenerator.Draft(1) with { Attachments = [] };
        Refused("Destination", draft with { To = [.. Enumerable.Repeat("a@b.c", 30)], Bcc = [.. Enumerable.Repeat("a@b.c", 21)], Cc = [] });
        Refused("Attachments", draft with { Attachments = [.. Enumerable.Repeat(File, 496)] });
        Accepted(draft with { Attachments = [.. Enumerable.Repeat(File, 495)] });
        Refused("Content", draft with { Attachments = [File with { Content = new byte[32 * 1024 * 1024] }] });
        Refused("Attachments[1].FileName", draft with { Attachments = [File, File with { FileName = new string('n', 256) }] });
        Refused("Attachments[0].ContentTransferEncoding",
            draft with { Attachments = [File with { ContentTransferEncoding = AttachmentTransferEncoding.SevenBit }] });
        Refused("Attachments[0].ContentType", draft with { Attachments = [File with { ContentType = "multipart/mixed; boundary=x" }] });
        Refused("Body", draft with { Text = null, Html = null });
        Refused("Body.Text.Charset", draft with { Text = new TextContent("x", "no-such-charset") });
        Refused("Body.Text.Charset", draft with { Text = new TextContent("x", "utf-16") });
        Refused("Body.Text.Charset", draft with { Text = new TextContent("x", "utf-7") });
        Refused("Body.Text.Charset", draft with { Text = new TextContent("x", "ibm037") });
        Refused("Body.Html.Charset", draft with { Html = new TextContent("日本", "ISO-8859-1") });
        Refused("Subject.Charset", draft with { Subject = new TextContent("日本", "ISO-8859-1") });
        Refused("Subject.Data", draft with { Subject = new TextContent("half \ud83d pair") });
        Refused("FromEmailAddress", draft with { From = "jörg@example.com" });
    }

    [Fact]
    public void A_service_header_replaces_the_senders_own()
    {
        var draft = DraftGenerator.Draft(1) with
        {
            Headers = [new MessageHeader("list-unsubscribe", "<https://sender.example>")],
            ServiceHeaders = [new MessageHeader("List-Unsubscribe", "<https://silo.example>")],
        };
        Assert.Single(Names(draft)!, n => n.Equals("List-Unsubscribe", StringComparison.OrdinalIgnoreCase));
    }

    private static void Accepted(MessageDraft draft) =>
        Assert.IsType<ComposeResult.Composed>(MimeComposer.Compose(draft, DraftGenerator.Stamp(1)));

    private static void Refused(string member, MessageDraft draft) =>
        Assert.Equal(member, Assert.IsType<ComposeResult.Refused>(MimeComposer.Compose(draft, DraftGenerator.Stamp(1))).Member);

    /// <summary>The names of all headers, those of parts included; null when the draft was refused.</summary>
    private static List<string>? Names(MessageDraft draft)
    {
        if (MimeComposer.Compose(draft, DraftGenerator.Stamp(1)) is not ComposeResult.Composed composed) return null;
        var message = SmallMimeReader.Read(composed.Content.ToArray());
        return [.. message.Headers.Concat(message.Leaves.Where(l => l != message).SelectMany(l => l.Headers)).Select(h => h.Name)];
    }
}
