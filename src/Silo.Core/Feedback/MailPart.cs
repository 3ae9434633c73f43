using System.Text;

namespace Silo.Core.Feedback;

/// <summary>A part of a mail: its header, its media type in lower case, and its bytes as they stand there.</summary>
internal sealed record MailPart(FieldBlock Header, string MediaType, ReadOnlyMemory<byte> Body)
{
    /// <summary>The body without its transfer encoding (RFC 2045 6); as it is when that is none or not known.</summary>
    public ReadOnlyMemory<byte> Decoded() => Header.First("Content-Transfer-Encoding")?.ToUpperInvariant() switch
    {
        "BASE64" => FromBase64(Body.Span),
        "QUOTED-PRINTABLE" => FromQuotedPrintable(Body.Span),
        _ => Body,
    };

    /// <summary>A parameter of a structured value such as Content-Type, without its quotes; null when there is none.</summary>
    public static string? Parameter(string value, string name)
    {
        var at = value.IndexOf(';');
        while (at >= 0 && at < value.Length)
        {
            var rest = value.AsSpan(at + 1).TrimStart();
            at = value.Length - rest.Length;
            var equals = rest.IndexOf('=');
            if (equals < 0) return null;
            var isIt = rest[..equals].Trim().Equals(name, StringComparison.OrdinalIgnoreCase);
            rest = rest[(equals + 1)..].TrimStart();
            var found = Value(rest, out var used);
            if (isIt) return found;
            at = value.Length - rest.Length + used;
            at = at < value.Length ? value.IndexOf(';', at) : -1;
        }

        return null;
    }

    private static string Value(ReadOnlySpan<char> text, out int used)
    {
        if (text.IsEmpty || text[0] != '"')
        {
            var end = text.IndexOfAny(" \t;");
            used = end < 0 ? text.Length : end;
            return text[..used].ToString();
        }

        var value = new StringBuilder();
        for (used = 1; used < text.Length && text[used] != '"'; used++)
        {
            if (text[used] == '\\' && used + 1 < text.Length) used++;
            value.Append(text[used]);
        }

        used = Math.Min(used + 1, text.Length);
        return value.ToString();
    }

    internal static byte[] FromBase64(ReadOnlySpan<byte> text)
    {
        var digits = new byte[text.Length];
        var count = 0;
        foreach (var c in text)
        {
            if (c == '=') break;
            if (char.IsAsciiLetterOrDigit((char)c) || c is (byte)'+' or (byte)'/') digits[count++] = c;
        }

        // What is cut off in the middle of four digits is left out.
        count -= count % 4 == 1 ? 1 : 0;
        var whole = count / 4 * 4;
        var bytes = new byte[(count * 3) / 4];
        System.Buffers.Text.Base64.DecodeFromUtf8(digits.AsSpan(0, whole), bytes, out _, out var written);
        if (count > whole)
        {
            Span<byte> last = [(byte)'=', (byte)'=', (byte)'=', (byte)'='];
            digits.AsSpan(whole, count - whole).CopyTo(last);
            System.Buffers.Text.Base64.DecodeFromUtf8(last, bytes.AsSpan(written), out _, out var more);
            written += more;
        }

        return bytes[..written];
    }

    internal static byte[] FromQuotedPrintable(ReadOnlySpan<byte> text)
    {
        var bytes = new byte[text.Length];
        var count = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '=')
            {
                bytes[count++] = text[i];
                continue;
            }

            // A soft line break is nothing; two digits are a byte; anything else stands for itself.
            if (text[(i + 1)..].StartsWith("\r\n"u8)) i += 2;
            else if (i + 1 < text.Length && text[i + 1] == '\n') i++;
            else if (i + 2 < text.Length && char.IsAsciiHexDigit((char)text[i + 1]) && char.IsAsciiHexDigit((char)text[i + 2]))
            {
                bytes[count++] = (byte)((Digit(text[i + 1]) << 4) | Digit(text[i + 2]));
                i += 2;
            }
            else bytes[count++] = text[i];
        }

        return bytes[..count];

        static int Digit(byte c) => c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
    }
}
