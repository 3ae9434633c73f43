using System.Text;
using Silo.LoadTest.Marks;

namespace Silo.LoadTest.Sinks.Smtp;

/// <summary>The few fields of a header that a sink needs, found in its bytes as they came over the wire.</summary>
internal readonly ref struct MessageHead
{
    private static readonly byte[] MarkName = Encoding.ASCII.GetBytes(LoadMark.Header + ":");

    private MessageHead(bool hasMark, LoadMark mark, ReadOnlySpan<byte> authorDomain)
    {
        (HasMark, Mark) = (hasMark, mark);
        AuthorDomain = authorDomain;
    }

    public bool HasMark { get; }

    public LoadMark Mark { get; }

    /// <summary>Of the From field: what stands behind its last @; empty when there is none.</summary>
    public ReadOnlySpan<byte> AuthorDomain { get; }

    /// <param name="head">The header, or the beginning of a long one, from its first byte.</param>
    public static MessageHead Read(ReadOnlySpan<byte> head)
    {
        var (hasMark, mark) = (false, default(LoadMark));
        ReadOnlySpan<byte> author = default;
        while (!head.IsEmpty)
        {
            var end = EndOfField(head);
            var field = head[..end];
            head = head[end..];
            if (field.StartsWith("\r\n"u8)) break;
            // Neither letter is frequent, so most fields cost a comparison or two.
            var first = field[0] | 0x20;
            if (first == 'x' && !hasMark && Ascii.EqualsIgnoreCase(Start(field, MarkName.Length), MarkName))
                hasMark = TryReadMark(field[MarkName.Length..], out mark);
            else if (first == 'f' && author.IsEmpty && Ascii.EqualsIgnoreCase(Start(field, 5), "from:"u8))
                author = DomainOf(field[5..]);
        }

        return new MessageHead(hasMark, mark, author);
    }

    private static int EndOfField(ReadOnlySpan<byte> head)
    {
        var end = 0;
        while (true)
        {
            var length = head[end..].IndexOf((byte)'\n');
            if (length < 0) return head.Length;
            end += length + 1;
            // A line that begins with a blank goes on with the field (RFC 5322 2.2.3).
            if (end >= head.Length || head[end] is not ((byte)' ' or (byte)'\t')) return end;
        }
    }

    private static ReadOnlySpan<byte> Start(ReadOnlySpan<byte> field, int length) => field.Length < length ? default : field[..length];

    private static bool TryReadMark(ReadOnlySpan<byte> value, out LoadMark mark)
    {
        mark = default;
        const int foldingAtMost = 16;
        if (value.Length > LoadMark.MaxLength + foldingAtMost) return false;
        Span<char> text = stackalloc char[value.Length];
        var length = 0;
        foreach (var b in value)
            if (b is not ((byte)'\r' or (byte)'\n' or (byte)' ' or (byte)'\t')) text[length++] = (char)b;
        return LoadMark.TryParse(text[..length], out mark);
    }

    private static ReadOnlySpan<byte> DomainOf(ReadOnlySpan<byte> value)
    {
        var at = value.LastIndexOf((byte)'@');
        if (at < 0) return default;
        var domain = value[(at + 1)..];
        var end = domain.IndexOfAny(" \t\r\n>"u8);
        return end < 0 ? domain : domain[..end];
    }
}
