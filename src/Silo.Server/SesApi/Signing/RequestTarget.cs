using System.Text;

namespace Silo.Server.SesApi.Signing;

/// <summary>The untouched path and query of a request line; a client signs what it sent, not what a web server makes of it.</summary>
/// <param name="Path">With its escapes, from the first slash.</param>
/// <param name="Query">With its escapes, without the question mark; empty when there is none.</param>
internal readonly record struct RequestTarget(string Path, string Query)
{
    /// <param name="rawTarget">In origin form, or in absolute form as sent to proxies (RFC 9112 3.2.2).</param>
    public static RequestTarget Of(string rawTarget)
    {
        if (!rawTarget.StartsWith('/') && rawTarget.IndexOf("://", StringComparison.Ordinal) is > 0 and var scheme)
        {
            var slash = rawTarget.IndexOf('/', scheme + 3);
            rawTarget = slash < 0 ? "/" : rawTarget[slash..];
        }

        var mark = rawTarget.IndexOf('?');
        return mark < 0 ? new RequestTarget(rawTarget, "") : new RequestTarget(rawTarget[..mark], rawTarget[(mark + 1)..]);
    }

    /// <summary>Percent-decodes UTF-8 text once; null when an escape or the encoding is broken.</summary>
    /// <param name="plusIsBlank">In a query "+" means a blank, in a path it means itself.</param>
    public static string? Decode(ReadOnlySpan<char> text, bool plusIsBlank)
    {
        if (text.IndexOfAny('%', '+') < 0 && Ascii.IsValid(text)) return text.ToString();
        var decoded = new PooledText(text.Length + 16);
        try
        {
            return Unescape(ref decoded, text, plusIsBlank) ? Strict.GetString(decoded.Written) : null;
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
        finally
        {
            decoded.Dispose();
        }
    }

    private static bool Unescape(ref PooledText decoded, ReadOnlySpan<char> text, bool plusIsBlank)
    {
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c == '%')
            {
                if (i + 2 >= text.Length || !char.IsAsciiHexDigit(text[i + 1]) || !char.IsAsciiHexDigit(text[i + 2])) return false;
                decoded.Append((byte)(HexValue(text[i + 1]) << 4 | HexValue(text[i + 2])));
                i += 2;
            }
            else if (c >= 0x80) return false;
            else decoded.Append(plusIsBlank && c == '+' ? (byte)' ' : (byte)c);
        }

        return true;
    }

    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    private static int HexValue(char c) => c <= '9' ? c - '0' : (c | 32) - 'a' + 10;
}
