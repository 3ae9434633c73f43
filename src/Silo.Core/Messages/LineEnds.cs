namespace Silo.Core.Messages;

/// <summary>Line ends of message bytes: CRLF, and nothing else (RFC 5322 2.3).</summary>
internal static class LineEnds
{
    /// <summary>Index of the first CR or LF that is not part of a CRLF; -1 when there is none.</summary>
    public static int FirstOther(ReadOnlySpan<byte> content)
    {
        for (var position = 0; ;)
        {
            var found = content[position..].IndexOfAny((byte)'\r', (byte)'\n');
            if (found < 0) return -1;
            position += found;
            if (content[position] == '\n' || position + 1 == content.Length || content[position + 1] != '\n') return position;
            position += 2;
        }
    }

    /// <summary>Copies with every CR, LF and CRLF made a CRLF. The target holds twice the source. Returns the bytes written.</summary>
    public static int ToCrlf(ReadOnlySpan<byte> source, Span<byte> target)
    {
        var written = 0;
        while (true)
        {
            var found = source.IndexOfAny((byte)'\r', (byte)'\n');
            if (found < 0)
            {
                source.CopyTo(target[written..]);
                return written + source.Length;
            }

            source[..found].CopyTo(target[written..]);
            written += found;
            target[written++] = (byte)'\r';
            target[written++] = (byte)'\n';
            var isPair = source[found] == '\r' && found + 1 < source.Length && source[found + 1] == '\n';
            source = source[(found + (isPair ? 2 : 1))..];
        }
    }

    /// <summary>Bytes of the longest line, its line feed and a carriage return before it not counted.</summary>
    public static int LongestLine(ReadOnlySpan<byte> content)
    {
        var longest = 0;
        while (true)
        {
            var end = content.IndexOf((byte)'\n');
            if (end < 0) return Math.Max(longest, content.Length);
            longest = Math.Max(longest, end > 0 && content[end - 1] == '\r' ? end - 1 : end);
            content = content[(end + 1)..];
        }
    }
}
