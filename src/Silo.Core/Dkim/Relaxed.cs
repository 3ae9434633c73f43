using System.Buffers;

namespace Silo.Core.Dkim;

/// <summary>
/// The canonical form "relaxed" (RFC 6376 3.4.2, 3.4.4): what a relay does to blanks and folds does not count. Bodies are given away in
/// pieces of themselves, without a copy.
/// </summary>
internal static class Relaxed
{
    public delegate void Absorb(ReadOnlySpan<byte> piece);

    /// <param name="body">With CRLF line ends.</param>
    /// <param name="absorb">Told the canonical bytes in order; not called for a body that is empty in this form.</param>
    public static void Body(ReadOnlySpan<byte> body, Absorb absorb)
    {
        body = WithoutEnd(body);
        if (body.IsEmpty) return;
        var start = 0;
        for (var at = 0; ;)
        {
            var found = body[at..].IndexOfAny((byte)' ', (byte)'\t');
            if (found < 0) break;
            found += at;
            // The last byte is no blank, so the run ends before it.
            for (at = found + 1; IsBlank(body[at]); at++)
            {
            }

            var endsLine = body[at..].StartsWith("\r\n"u8);
            if (!endsLine && at == found + 1 && body[found] == ' ') continue;
            if (found > start) absorb(body[start..found]);
            if (!endsLine) absorb(" "u8);
            start = at;
        }

        absorb(body[start..]);
        absorb("\r\n"u8);
    }

    /// <param name="field">Name, colon and value, with or without its last line end.</param>
    /// <param name="target">Gets the canonical field.</param>
    /// <param name="withLineEnd">False for the signature itself, which is hashed last (RFC 6376 3.7).</param>
    public static void Header(ReadOnlySpan<byte> field, IBufferWriter<byte> target, bool withLineEnd = true)
    {
        var colon = Math.Max(0, field.IndexOf((byte)':'));
        var name = field[..colon].TrimEnd(" \t"u8);
        var room = target.GetSpan(field.Length + 3);
        var length = 0;
        foreach (var b in name) room[length++] = b is >= (byte)'A' and <= (byte)'Z' ? (byte)(b | 0x20) : b;
        room[length++] = (byte)':';
        var blank = false;
        var begun = false;
        foreach (var b in field[(colon + 1)..])
        {
            // A fold is a line end before a blank; the line end goes, the blank counts.
            if (b is (byte)'\r' or (byte)'\n') continue;
            if (IsBlank(b))
            {
                blank = true;
                continue;
            }

            if (blank && begun) room[length++] = (byte)' ';
            room[length++] = b;
            (blank, begun) = (false, true);
        }

        if (withLineEnd)
        {
            room[length++] = (byte)'\r';
            room[length++] = (byte)'\n';
        }

        target.Advance(length);
    }

    /// <summary>Empty lines at the end do not count, and neither do the blanks of the last line.</summary>
    private static ReadOnlySpan<byte> WithoutEnd(ReadOnlySpan<byte> body)
    {
        while (true)
        {
            var rest = body.TrimEnd(" \t"u8);
            if (rest.EndsWith("\r\n"u8)) rest = rest[..^2];
            if (rest.Length == body.Length) return body;
            body = rest;
        }
    }

    private static bool IsBlank(byte b) => b is (byte)' ' or (byte)'\t';
}
