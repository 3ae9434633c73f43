using System.Buffers;

namespace Silo.Core.Messages;

/// <summary>Quoted-printable (RFC 2045 6.7). A CRLF is a line break; CR or LF alone and all that is not printable is escaped.</summary>
internal static class QuotedPrintable
{
    private const int MaxLineCharacters = 76;
    private static readonly SearchValues<byte> Escaped =
        SearchValues.Create([.. Enumerable.Range(0, 256).Select(b => (byte)b).Where(b => b is < 32 or > 126 or (byte)'=')]);

    public static void Write(MimeWriter writer, ReadOnlySpan<byte> bytes)
    {
        var column = 0;
        for (var i = 0; i < bytes.Length;)
        {
            var run = bytes[i..].IndexOfAny(Escaped);
            if (run < 0) run = bytes.Length - i;
            if (run > 0)
            {
                column = WriteRun(writer, bytes.Slice(i, run), column, AtLineEnd(bytes, i + run));
                i += run;
                continue;
            }

            if (bytes[i] == '\r' && i + 1 < bytes.Length && bytes[i + 1] == '\n')
            {
                writer.WriteLine();
                column = 0;
                i += 2;
                continue;
            }

            column = WriteToken(writer, bytes[i++], column);
        }
    }

    /// <summary>Printable bytes; a blank before a line end is escaped, since relays strip it.</summary>
    private static int WriteRun(MimeWriter writer, ReadOnlySpan<byte> run, int column, bool atLineEnd)
    {
        var trailing = atLineEnd && run[^1] == ' ';
        if (trailing) run = run[..^1];
        while (run.Length > 0)
        {
            // One column stays for the soft break.
            var room = MaxLineCharacters - 1 - column;
            if (room == 0)
            {
                SoftBreak(writer);
                column = 0;
                continue;
            }

            var taken = Math.Min(room, run.Length);
            writer.Write(run[..taken]);
            column += taken;
            run = run[taken..];
        }

        return trailing ? WriteToken(writer, (byte)' ', column) : column;
    }

    private static int WriteToken(MimeWriter writer, byte value, int column)
    {
        if (column + 3 > MaxLineCharacters - 1)
        {
            SoftBreak(writer);
            column = 0;
        }

        writer.WriteEscape((byte)'=', value);
        return column + 3;
    }

    private static bool AtLineEnd(ReadOnlySpan<byte> bytes, int end) =>
        end == bytes.Length || (bytes[end] == '\r' && end + 1 < bytes.Length && bytes[end + 1] == '\n');

    private static void SoftBreak(MimeWriter writer)
    {
        writer.Write((byte)'=');
        writer.WriteLine();
    }
}
