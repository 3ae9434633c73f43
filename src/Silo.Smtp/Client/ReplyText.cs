using System.Text;
using Silo.Core.Delivery;

namespace Silo.Smtp.Client;

/// <summary>
/// Makes a <see cref="SmtpReply"/> of a reply's lines. What a peer wrote ends in logs and consoles, so control characters become
/// blanks.
/// </summary>
internal static class ReplyText
{
    /// <param name="lines">The lines without code and separator, joined by LF.</param>
    public static SmtpReply ToReply(int code, ReadOnlySpan<byte> lines)
    {
        string? enhanced = null;
        var text = new StringBuilder();
        foreach (var range in lines.Split((byte)'\n'))
        {
            var line = lines[range];
            var length = EnhancedCodeLength(line, code);
            if (length > 0)
            {
                enhanced ??= Encoding.ASCII.GetString(line[..length]);
                line = line[length..];
            }

            var trimmed = Printable(line).Trim();
            if (trimmed.Length == 0) continue;
            if (text.Length > 0) text.Append(' ');
            text.Append(trimmed);
        }

        if (text.Length > SmtpLimits.ReplyTextChars) text.Length = SmtpLimits.ReplyTextChars;
        return new SmtpReply(code, enhanced, text.ToString());
    }

    public static string Printable(ReadOnlySpan<byte> line)
    {
        var text = Encoding.UTF8.GetString(line);
        return text.AsSpan().ContainsAnyInRange('\0', '\u001f') || text.AsSpan().ContainsAnyInRange('\u007f', '\u009f')
            ? string.Create(text.Length, text, static (to, from) =>
            {
                for (var i = 0; i < to.Length; i++) to[i] = char.IsControl(from[i]) ? ' ' : from[i];
            })
            : text;
    }

    /// <summary>
    /// "5.1.1" at the start of a line: class as in the code, subject and detail of 1 to 3 digits (RFC 2034 4); 0 if there is none.
    /// </summary>
    private static int EnhancedCodeLength(ReadOnlySpan<byte> line, int code)
    {
        if (line.Length < 5 || line[0] - '0' != code / 100 || line[0] is not ((byte)'2' or (byte)'4' or (byte)'5')) return 0;
        var at = 1;
        for (var part = 0; part < 2; part++)
        {
            if (at >= line.Length || line[at] != '.') return 0;
            var first = ++at;
            while (at < line.Length && at - first < 4 && char.IsAsciiDigit((char)line[at])) at++;
            if (at - first is 0 or > 3) return 0;
        }

        return at == line.Length || line[at] is (byte)' ' or (byte)'\t' ? at : 0;
    }
}
