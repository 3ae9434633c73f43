using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace Silo.Core.Messages;

/// <summary>Writes a part's Content-Transfer-Encoding header and its body (RFC 2045 6).</summary>
internal static class BodyEncoder
{
    private const int Base64LineBytes = 57; // 76 characters

    // Backspace, form feed and the like may not survive a relay; NUL and bare CR or LF must not be there at all.
    private static readonly SearchValues<byte> NotSevenBit =
        SearchValues.Create([.. Enumerable.Range(0, 256).Select(b => (byte)b).Where(b => b is (< 32 and not (9 or 13 or 10 or 27)) or >= 127)]);

    /// <summary>A text body: line ends become CRLF, and the encoding is the one that costs least for what the text holds.</summary>
    /// <exception cref="EncoderFallbackException">The charset lacks a character.</exception>
    public static void WriteText(MimeWriter writer, string text, Encoding encoding)
    {
        var maxBytes = encoding.GetMaxByteCount(text.Length);
        var rented = ArrayPool<byte>.Shared.Rent(maxBytes + text.Length + 2);
        try
        {
            var raw = rented.AsSpan(0, encoding.GetBytes(text, rented));
            if (HasOtherLineEnds(raw))
            {
                var normalized = ArrayPool<byte>.Shared.Rent(raw.Length * 2);
                var length = LineEnds.ToCrlf(raw, normalized);
                ArrayPool<byte>.Shared.Return(rented);
                rented = normalized;
                raw = rented.AsSpan(0, length);
            }

            WriteLeastCost(writer, raw);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    public static void WriteAttachment(MimeWriter writer, ReadOnlySpan<byte> content, AttachmentTransferEncoding encoding)
    {
        switch (encoding)
        {
            case AttachmentTransferEncoding.SevenBit:
                WriteSevenBit(writer, content);
                break;
            case AttachmentTransferEncoding.QuotedPrintable:
                Begin(writer, "quoted-printable"u8);
                QuotedPrintable.Write(writer, content);
                break;
            default:
                Begin(writer, "base64"u8);
                WriteBase64(writer, content);
                break;
        }
    }

    /// <summary>ASCII without odd control characters, line ends CRLF, lines up to 998 bytes.</summary>
    public static bool IsSevenBit(ReadOnlySpan<byte> content) =>
        content.IndexOfAny(NotSevenBit) < 0 && !HasOtherLineEnds(content) && LineEnds.LongestLine(content) <= MessageLimits.MaxLineBytes;

    private static void WriteLeastCost(MimeWriter writer, ReadOnlySpan<byte> content)
    {
        if (IsSevenBit(content))
        {
            WriteSevenBit(writer, content);
            return;
        }

        var escapes = 0;
        foreach (var b in content)
        {
            if (b is < 32 and not (13 or 10) or >= 127) escapes++;
        }

        // An escape costs two bytes more, base64 a third of everything; text that is mostly ASCII also stays readable.
        if (escapes * 6L <= content.Length)
        {
            Begin(writer, "quoted-printable"u8);
            QuotedPrintable.Write(writer, content);
        }
        else
        {
            Begin(writer, "base64"u8);
            WriteBase64(writer, content);
        }
    }

    private static void WriteSevenBit(MimeWriter writer, ReadOnlySpan<byte> content)
    {
        Begin(writer, "7bit"u8);
        writer.Write(content);
    }

    private static void Begin(MimeWriter writer, ReadOnlySpan<byte> encoding)
    {
        writer.Write("Content-Transfer-Encoding: "u8);
        writer.Write(encoding);
        writer.WriteLine();
        writer.WriteLine();
    }

    internal static void WriteBase64(MimeWriter writer, ReadOnlySpan<byte> content)
    {
        while (content.Length > 0)
        {
            var line = content[..Math.Min(Base64LineBytes, content.Length)];
            Base64.EncodeToUtf8(line, writer.GetSpan(80), out _, out var written);
            writer.Advance(written);
            content = content[line.Length..];
            if (content.Length > 0) writer.WriteLine();
        }
    }

    private static bool HasOtherLineEnds(ReadOnlySpan<byte> content) => LineEnds.FirstOther(content) >= 0;
}
