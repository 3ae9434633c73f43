using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Silo.Core.Messages;

/// <summary>Non-ASCII text in headers (RFC 2047).</summary>
internal static class EncodedWord
{
    private const int MaxWordCharacters = 75;

    // The set that is safe in every place, phrases included (RFC 2047 5(3)).
    private static readonly SearchValues<byte> Plain =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/"u8);

    /// <summary>Writes the text as encoded words, each whole in itself and at most 75 characters, folded between them.</summary>
    /// <exception cref="EncoderFallbackException">The charset lacks a character.</exception>
    public static void Write(MimeWriter writer, ReadOnlySpan<char> text, Encoding encoding)
    {
        var charset = encoding.WebName;
        var overhead = "=??Q??=".Length + charset.Length;
        var quoted = PrefersQ(text, encoding);
        Span<byte> piece = stackalloc byte[256];
        Span<byte> candidate = stackalloc byte[256];
        while (text.Length > 0)
        {
            var room = Math.Min(MaxWordCharacters, MimeWriter.FoldColumn - writer.Column) - overhead;
            var taken = 0;
            var bytes = 0;
            foreach (var rune in text.EnumerateRunes())
            {
                var next = taken + rune.Utf16SequenceLength;
                // A stateful charset is encoded from the start each time, so that it comes back to ASCII at the end of each word.
                var count = Charset.IsStateful(encoding)
                    ? encoding.GetBytes(text[..next], candidate)
                    : bytes + encoding.GetBytes(text[taken..next], candidate[bytes..]);
                if (EncodedLength(candidate[..count], quoted) > room) break;
                candidate[..count].CopyTo(piece);
                bytes = count;
                taken = next;
            }

            if (taken > 0)
            {
                writer.Write("=?"u8);
                writer.Write(charset);
                writer.Write(quoted ? "?Q?"u8 : "?B?"u8);
                WriteEncoded(writer, piece[..bytes], quoted);
                writer.Write("?="u8);
                text = text[taken..];
            }

            if (text.Length > 0) writer.Fold();
        }
    }

    /// <summary>Decodes one word such as <c>=?UTF-8?Q?J=C3=BCrgen?=</c>; control characters become blanks.</summary>
    public static bool TryDecodeOne(ReadOnlySpan<char> word, [NotNullWhen(true)] out string? text)
    {
        text = null;
        if (!word.StartsWith("=?") || !word.EndsWith("?=") || word.Length < 8) return false;
        var inner = word[2..^2];
        var first = inner.IndexOf('?');
        if (first <= 0 || first + 2 >= inner.Length || inner[first + 2] != '?') return false;
        var charset = inner[..first];
        var language = charset.IndexOf('*'); // RFC 2231 5
        if (language > 0) charset = charset[..language];
        var payload = inner[(first + 3)..];
        if (payload.Contains('?') || !Ascii.IsValid(payload) || Charset.ForReading(charset.ToString()) is not { } encoding) return false;
        var bytes = new byte[payload.Length];
        int count;
        if (inner[first + 1] is 'Q' or 'q') count = DecodeQ(payload, bytes);
        else if (inner[first + 1] is not ('B' or 'b') || !Convert.TryFromBase64Chars(payload, bytes, out count)) return false;
        if (count < 0) return false;
        text = string.Create(encoding.GetCharCount(bytes, 0, count), (encoding, bytes, count), static (span, source) =>
        {
            source.encoding.GetChars(source.bytes.AsSpan(0, source.count), span);
            foreach (ref var c in span)
            {
                if (char.IsControl(c)) c = ' ';
            }
        });
        return true;
    }

    /// <summary>Decodes the encoded words of an unstructured header; what is none stays as it is.</summary>
    public static string Decode(string text)
    {
        if (!text.Contains("=?", StringComparison.Ordinal)) return text;
        var result = new StringBuilder(text.Length);
        var previousEncoded = false;
        for (var position = 0; position < text.Length;)
        {
            var word = position;
            while (word < text.Length && text[word] is ' ' or '\t') word++;
            var end = word;
            while (end < text.Length && text[end] is not (' ' or '\t')) end++;
            var encoded = TryDecodeOne(text.AsSpan(word, end - word), out var decoded);
            if (!encoded || !previousEncoded) result.Append(text, position, word - position);
            if (encoded) result.Append(decoded);
            else result.Append(text, word, end - word);
            previousEncoded = encoded;
            position = end;
        }

        return result.ToString();
    }

    private static bool PrefersQ(ReadOnlySpan<char> text, Encoding encoding)
    {
        if (Charset.IsStateful(encoding)) return false;
        var wide = 0;
        foreach (var c in text)
        {
            if (c > '\x7f') wide++;
        }

        return wide * 4 <= text.Length;
    }

    private static int EncodedLength(ReadOnlySpan<byte> bytes, bool quoted)
    {
        if (!quoted) return Base64.GetMaxEncodedToUtf8Length(bytes.Length);
        var length = 0;
        foreach (var b in bytes) length += b == ' ' || Plain.Contains(b) ? 1 : 3;
        return length;
    }

    private static void WriteEncoded(MimeWriter writer, ReadOnlySpan<byte> bytes, bool quoted)
    {
        if (!quoted)
        {
            Base64.EncodeToUtf8(bytes, writer.GetSpan(Base64.GetMaxEncodedToUtf8Length(bytes.Length)), out _, out var written);
            writer.Advance(written);
            return;
        }

        foreach (var b in bytes)
        {
            if (b == ' ') writer.Write((byte)'_');
            else if (Plain.Contains(b)) writer.Write(b);
            else writer.WriteEscape((byte)'=', b);
        }
    }

    private static int DecodeQ(ReadOnlySpan<char> payload, Span<byte> bytes)
    {
        var count = 0;
        for (var i = 0; i < payload.Length; i++)
        {
            if (payload[i] != '=')
            {
                bytes[count++] = payload[i] == '_' ? (byte)' ' : (byte)payload[i];
                continue;
            }

            if (i + 2 >= payload.Length || !char.IsAsciiHexDigit(payload[i + 1]) || !char.IsAsciiHexDigit(payload[i + 2])) return -1;
            bytes[count++] = (byte)((Nibble(payload[i + 1]) << 4) | Nibble(payload[i + 2]));
            i += 2;
        }

        return count;
    }

    private static int Nibble(char c) => char.IsAsciiDigit(c) ? c - '0' : (c | 0x20) - 'a' + 10;
}
