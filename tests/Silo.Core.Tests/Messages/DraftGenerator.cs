using System.Text;
using Silo.Core.Messages;

namespace Silo.Core.Tests.Messages;

/// <summary>Drafts of every shape, from a seed: scripts, charsets, lengths, nesting, binary and text files.</summary>
internal static class DraftGenerator
{
    private static readonly string[] Scripts =
    [
        "abc def ghi, jkl. XYZ 0123456789 !#$%&'()*+-/;<>@[]^_`{|}~", "äöüß éèê ñ Ångström", "日本語のテキスト漢字ひらがな", "привет мир",
        "😀👩‍👩‍👧 🇩🇪 e\u0301", "=?_=3D.", "a", "  ",
    ];

    public static MessageStamp Stamp(int seed) => new(
        MessageIdFormat.Create(new DateTimeOffset(2026, 3, 2, 10, 15, 7, TimeSpan.FromHours(2)), (UInt128)seed * 7_919),
        "mail.silo.example", new DateTimeOffset(2026, 3, 2, 10, 15, 7, TimeSpan.FromHours(2)), (UInt128)(uint)seed << 64 | 12345);

    public static MessageDraft Draft(int seed)
    {
        var random = new Random(seed);
        var shape = random.Next(4);
        return new MessageDraft
        {
            From = Mailbox(random, "from"),
            To = [.. Enumerable.Range(0, random.Next(0, 6)).Select(i => Mailbox(random, $"to{i}"))],
            Cc = [.. Enumerable.Range(0, random.Next(0, 3)).Select(i => Mailbox(random, $"cc{i}"))],
            Bcc = [.. Enumerable.Range(0, random.Next(0, 3)).Select(i => $"secret{i}@hidden.example")],
            ReplyTo = [.. Enumerable.Range(0, random.Next(0, 3)).Select(i => Mailbox(random, $"reply{i}"))],
            Subject = Content(random, random.Next(0, 150), lines: false),
            Text = shape != 0 ? Content(random, random.Next(0, 3_000), lines: true) : null,
            Html = shape != 1 ? Content(random, random.Next(0, 3_000), lines: true) : null,
            Headers = [.. Enumerable.Range(0, random.Next(0, 4)).Select(i => new MessageHeader($"X-Custom-{i}", Ascii(random, random.Next(1, 600))))],
            Attachments = [.. Enumerable.Range(0, Math.Max(0, random.Next(-2, 4))).Select(i => Attachment(random, i))],
        };
    }

    /// <summary>Text in a charset that can hold it.</summary>
    public static TextContent Content(Random random, int length, bool lines) => random.Next(6) switch
    {
        0 => new TextContent(Text(random, length, lines, 0, 1), "ISO-8859-1"),
        1 => new TextContent(Text(random, length, lines, 0, 2), "Shift_JIS"),
        2 => new TextContent(Text(random, length, lines, 0, 2), "iso-2022-jp"),
        3 => new TextContent(Text(random, length, lines, 0, 0), "US-ASCII"),
        4 => new TextContent(Text(random, length, lines, 0, Scripts.Length - 1)),
        _ => new TextContent(Text(random, length, lines, 0, Scripts.Length - 1), "UTF-8"),
    };

    private static string Text(Random random, int length, bool lines, int firstScript, int lastScript)
    {
        var result = new StringBuilder();
        while (result.Length < length)
        {
            // One script of the range or the first, so that charsets for two scripts get only those.
            var script = random.Next(2) == 0 ? Scripts[firstScript] : Scripts[Pick(random, firstScript, lastScript)];
            if (random.Next(12) == 0) script = string.Concat(Enumerable.Repeat(script.Replace(' ', '_'), 40));
            result.Append(script, 0, WholeLength(script, random.Next(1, script.Length + 1)));
            if (random.Next(3) == 0) result.Append(' ');
            if (lines && random.Next(6) == 0) result.Append(random.Next(4) switch { 0 => "\n", 1 => "\r\n", 2 => " \r\n\r\n", _ => "\n.\nFrom x\n" });
        }

        if (lines) return result.ToString();
        var line = result.ToString().Replace("=?", "= ?", StringComparison.Ordinal);
        return line.Length <= 900 ? line : line[..WholeLength(line, 900)];
    }

    private static int Pick(Random random, int first, int last) => last is 1 or 2 ? last : random.Next(first, last + 1);

    private static int WholeLength(string text, int length) =>
        length < text.Length && char.IsLowSurrogate(text[length]) ? length + 1 : length;

    private static string Ascii(Random random, int length) => string.Create(length, random, static (span, r) =>
    {
        foreach (ref var c in span) c = r.Next(7) == 0 ? ' ' : (char)r.Next('!', '~' + 1);
        span[0] = 'v';
        span[^1] = 'v';
    });

    private static string Mailbox(Random random, string local) => random.Next(5) switch
    {
        0 => $"{local}@example.com",
        1 => $"Plain Name <{local}@example.com>",
        2 => $"\"Quoted, (Name) \\\"x\\\"\" <{local}@example.com>",
        3 => $"Jürgen 日本語 {new string('ä', random.Next(1, 80))} <{local}.{new string('l', 40)}@{new string('d', 60)}.example>",
        _ => $"=?UTF-8?Q?J=C3=BCrgen?= <{local}@example.com>",
    };

    private static MessageAttachment Attachment(Random random, int index)
    {
        var bytes = new byte[random.Next(0, 2_000)];
        random.NextBytes(bytes);
        var sevenBit = random.Next(5) == 0;
        if (sevenBit) bytes = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("plain line\r\n", random.Next(1, 20))));
        return new MessageAttachment
        {
            Content = bytes,
            FileName = random.Next(4) switch
            {
                0 => $"file{index}.pdf",
                1 => $"a \"quoted\\ name; x={index}.txt",
                2 => $"résumé {index}.docx",
                _ => $"{string.Concat(Enumerable.Repeat("長い名前😀", random.Next(1, 40)))}{index}.png",
            },
            ContentType = random.Next(3) == 0 ? "application/x-test; version=\"1;2\"" : null,
            ContentDisposition = random.Next(2) == 0 ? AttachmentDisposition.Inline : AttachmentDisposition.Attachment,
            ContentId = random.Next(2) == 0 ? $"cid{index}@silo" : null,
            ContentDescription = random.Next(3) == 0 ? "Beschreibung für die Datei " + index : null,
            ContentTransferEncoding = sevenBit
                ? AttachmentTransferEncoding.SevenBit
                : random.Next(2) == 0 ? AttachmentTransferEncoding.QuotedPrintable : AttachmentTransferEncoding.Base64,
        };
    }
}
