using System.Text;

namespace Silo.Core.Messages;

/// <summary>One header field inside a message's bytes: start of its name, its name, and the end behind its last line.</summary>
internal readonly record struct HeaderField(string Name, int Start, int ValueStart, int End);

/// <summary>The header fields at the start of a message or a part (RFC 5322 2.2), each with its place.</summary>
internal sealed class HeaderBlock
{
    private readonly List<HeaderField> _fields = [];

    public IReadOnlyList<HeaderField> Fields => _fields;

    /// <summary>Where the body begins, behind the blank line; the end of the content when there is none.</summary>
    public int BodyStart { get; private set; }

    /// <summary>The blank line between headers and body is there.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>Reads from the start of <paramref name="content"/>, whose line ends are CRLF. Answers what is wrong, or null.</summary>
    public static string? Read(ReadOnlySpan<byte> content, out HeaderBlock block)
    {
        block = new HeaderBlock();
        var position = 0;
        while (position < content.Length)
        {
            if (content[position..].StartsWith("\r\n"u8))
            {
                block.BodyStart = position + 2;
                block.IsComplete = true;
                return null;
            }

            var end = EndOfField(content, position);
            if (end > MessageLimits.MaxHeaderBlockBytes) return $"has more than {MessageLimits.MaxHeaderBlockBytes} bytes of headers";
            if (block._fields.Count == MessageLimits.MaxHeaderFields) return $"has more than {MessageLimits.MaxHeaderFields} headers";
            var line = content[position..end];
            var colon = line.IndexOf((byte)':');
            if (colon <= 0 || line[..colon].ContainsAnyExceptInRange((byte)'!', (byte)'~'))
            {
                return $"has no header name at the start of header {block._fields.Count + 1}";
            }

            block._fields.Add(new HeaderField(Encoding.ASCII.GetString(line[..colon]), position, position + colon + 1, end));
            position = end;
        }

        block.BodyStart = content.Length;
        return null;
    }

    /// <summary>The unfolded value without the blanks around it; bytes that are not UTF-8 become U+FFFD.</summary>
    public static string Value(ReadOnlySpan<byte> content, HeaderField field) =>
        Encoding.UTF8.GetString(content[field.ValueStart..field.End]).Replace("\r\n", "", StringComparison.Ordinal).Trim(' ', '\t');

    private static int EndOfField(ReadOnlySpan<byte> content, int start)
    {
        for (var position = start; ;)
        {
            var end = content[position..].IndexOf("\r\n"u8);
            if (end < 0) return content.Length;
            position += end + 2;
            if (position == content.Length || content[position] is not ((byte)' ' or (byte)'\t')) return position;
        }
    }
}
