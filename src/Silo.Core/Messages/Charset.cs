using System.Text;

namespace Silo.Core.Messages;

/// <summary>Character sets that mail text may be written in: those of the runtime that contain ASCII as it is.</summary>
internal static class Charset
{
    private const int MaxNameCharacters = 40;
    private static readonly Encoding Utf8 = new UTF8Encoding(false, throwOnInvalidBytes: true);
    private static readonly Encoding Utf8Lenient = new UTF8Encoding(false);
    private static readonly Encoding Ascii = WithExceptions(Encoding.ASCII);
    private static readonly Encoding Latin1 = WithExceptions(Encoding.Latin1);
    private static readonly string Probe = "\r\n" + string.Concat(Enumerable.Range(' ', 95).Select(c => (char)c));

    /// <summary>The encoding, which throws <see cref="EncoderFallbackException"/> for a character that it lacks; null when unknown.</summary>
    public static Encoding? ForWriting(string? name) => name is null ? Utf8 : Find(name, EncoderFallback.ExceptionFallback);

    /// <summary>The encoding, which replaces what it cannot read; null when unknown.</summary>
    public static Encoding? ForReading(string name) => Find(name, EncoderFallback.ReplacementFallback);

    /// <summary>True for charsets whose bytes mean what the escape sequences before them say, so that a piece needs its own.</summary>
    public static bool IsStateful(Encoding encoding) => encoding.CodePage is >= 50220 and <= 50229 or 52936;

    private static Encoding? Find(string name, EncoderFallback fallback)
    {
        if (name.Length is 0 or > MaxNameCharacters) return null;
        if (Is(name, "utf-8") || Is(name, "utf8")) return fallback == EncoderFallback.ExceptionFallback ? Utf8 : Utf8Lenient;
        if (Is(name, "us-ascii") || Is(name, "ascii")) return Ascii;
        if (Is(name, "iso-8859-1") || Is(name, "latin1")) return Latin1;
        var encoding = CodePagesEncodingProvider.Instance.GetEncoding(name, fallback, DecoderFallback.ReplacementFallback);
        return encoding is not null && ContainsAscii(encoding) ? encoding : null;
    }

    // A charset that moves ASCII (UTF-16, EBCDIC) is not for mail text (RFC 2046 4.1.2), and would hide line ends.
    private static bool ContainsAscii(Encoding encoding)
    {
        try
        {
            return encoding.GetBytes(Probe).AsSpan().SequenceEqual(Encoding.ASCII.GetBytes(Probe));
        }
        catch (EncoderFallbackException)
        {
            return false;
        }
    }

    private static Encoding WithExceptions(Encoding encoding) =>
        Encoding.GetEncoding(encoding.CodePage, EncoderFallback.ExceptionFallback, DecoderFallback.ReplacementFallback);

    private static bool Is(string name, string other) => name.Equals(other, StringComparison.OrdinalIgnoreCase);
}
