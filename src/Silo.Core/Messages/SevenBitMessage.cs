using System.Text;

namespace Silo.Core.Messages;

/// <summary>
/// Messages with 8-bit bodies made 7-bit before they are signed: a relay on the way that lacks 8BITMIME would do it otherwise, and break
/// the signature (RFC 6376 5.3). Headers are not touched but for Content-Transfer-Encoding.
/// </summary>
public static class SevenBitMessage
{
    private const string EncodingName = "Content-Transfer-Encoding";
    private const int MaxLegibleBytes = 1_024;

    /// <summary>
    /// The message with its 8-bit parts in quoted-printable (texts of few such bytes) or base64; the same memory when its body has none.
    /// Null when it cannot be: a signed or encrypted part must stay as it is (RFC 1847 2.1), and so must one that claims an encoding that
    /// it breaks, and a message that would have more than <see cref="MessageLimits.MaxMessageBytes"/>.
    /// </summary>
    /// <param name="message">CRLF line ends.</param>
    public static ReadOnlyMemory<byte>? Convert(ReadOnlyMemory<byte> message)
    {
        if (HeaderBlock.Read(message.Span, out var block) is not null || !block.IsComplete) return null;
        if (Ascii.IsValid(message.Span[block.BodyStart..])) return message;
        var writer = new MimeWriter((message.Length * 5 / 4) + 256);
        return WriteEntity(writer, message.Span, depth: 0) && writer.Length <= MessageLimits.MaxMessageBytes
            ? (ReadOnlyMemory<byte>?)writer.Written
            : null;
    }

    /// <summary>A message or a part: headers, blank line, body. False when it cannot be 7-bit.</summary>
    private static bool WriteEntity(MimeWriter writer, ReadOnlySpan<byte> entity, int depth)
    {
        if (Ascii.IsValid(entity))
        {
            writer.Write(entity);
            return true;
        }

        // A part without readable headers is text to its end, and nothing can be said in front of it.
        if (depth > MessageLimits.MaxMimeDepth || HeaderBlock.Read(entity, out var block) is not null || !block.IsComplete) return false;
        var body = entity[block.BodyStart..];
        if (Ascii.IsValid(body))
        {
            // Headers of the message itself may be UTF-8 (RFC 6532); those of a part leave only as they came.
            writer.Write(entity);
            return true;
        }

        var type = Value(entity, block, "Content-Type") ?? "text/plain";
        var encoding = Value(entity, block, EncodingName)?.ToLowerInvariant();
        if (encoding is not (null or "" or "7bit" or "8bit" or "binary") || Is(type, "multipart/signed") || Is(type, "multipart/encrypted"))
            return false;
        if (MimePartCounter.BoundaryOf(entity, block) is { } boundary)
        {
            WriteHeaders(writer, entity, block, "7bit");
            return WriteParts(writer, body, boundary, depth);
        }

        if (type.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase)) return false;
        if (Is(type, "message/rfc822") || Is(type, "message/global"))
        {
            // It must not be encoded itself (RFC 2046 5.2.1), what is in it may.
            WriteHeaders(writer, entity, block, "7bit");
            return WriteEntity(writer, body, depth + 1);
        }

        if (type.StartsWith("message/", StringComparison.OrdinalIgnoreCase)) return false;
        var isReadable = type.StartsWith("text/", StringComparison.OrdinalIgnoreCase) && IsBetterQuoted(body);
        WriteHeaders(writer, entity, block, isReadable ? "quoted-printable" : "base64");
        if (isReadable) QuotedPrintable.Write(writer, body);
        else BodyEncoder.WriteBase64(writer, body);
        return true;
    }

    /// <summary>Quoted-printable makes three bytes of one, base64 four of three. Little text stays legible all the same.</summary>
    private static bool IsBetterQuoted(ReadOnlySpan<byte> body)
    {
        if (body.Length <= MaxLegibleBytes) return true;
        var eightBit = 0;
        foreach (var value in body)
            if (value > 127) eightBit++;
        return eightBit <= body.Length / 6;
    }

    private static bool WriteParts(MimeWriter writer, ReadOnlySpan<byte> body, byte[] boundary, int depth)
    {
        var (start, isFirst) = (0, true);
        for (var position = 0; ;)
        {
            var delimiter = NextDelimiter(body, position, boundary, out var afterLine, out var isClosing);
            // What stands before the first delimiter and behind the last is shown to nobody, but it leaves with the rest.
            var piece = body[start..(delimiter < 0 ? body.Length : delimiter)];
            if (isFirst)
            {
                if (!Ascii.IsValid(piece)) return false;
                writer.Write(piece);
            }
            else
            {
                // The line break before a delimiter is the delimiter's.
                var content = delimiter >= 0 && piece.EndsWith("\r\n"u8) ? piece[..^2] : piece;
                if (!WriteEntity(writer, content, depth + 1)) return false;
                writer.Write(piece[content.Length..]);
            }

            if (delimiter < 0) return true;
            writer.Write(body[delimiter..afterLine]);
            (start, position, isFirst) = (afterLine, afterLine, false);
            if (!isClosing) continue;
            if (!Ascii.IsValid(body[start..])) return false;
            writer.Write(body[start..]);
            return true;
        }
    }

    /// <summary>Where the next line of this boundary begins, or -1.</summary>
    private static int NextDelimiter(ReadOnlySpan<byte> body, int position, byte[] boundary, out int afterLine, out bool isClosing)
    {
        (afterLine, isClosing) = (body.Length, false);
        while (position < body.Length)
        {
            var lineEnd = body[position..].IndexOf("\r\n"u8);
            var end = lineEnd < 0 ? body.Length : position + lineEnd;
            var line = body[position..end].TrimEnd(" \t"u8);
            if (line.StartsWith("--"u8) && line[2..].StartsWith(boundary))
            {
                var rest = line[(2 + boundary.Length)..];
                isClosing = rest.SequenceEqual("--"u8);
                if (isClosing || rest.IsEmpty)
                {
                    afterLine = lineEnd < 0 ? body.Length : end + 2;
                    return position;
                }
            }

            if (lineEnd < 0) break;
            position = end + 2;
        }

        return -1;
    }

    private static void WriteHeaders(MimeWriter writer, ReadOnlySpan<byte> entity, HeaderBlock block, string encoding)
    {
        foreach (var field in block.Fields)
        {
            if (!Is(field.Name, EncodingName)) writer.Write(entity[field.Start..field.End]);
        }

        writer.WriteHeader(EncodingName, encoding);
        writer.WriteLine();
    }

    private static string? Value(ReadOnlySpan<byte> entity, HeaderBlock block, string name)
    {
        foreach (var field in block.Fields)
        {
            if (Is(field.Name, name)) return HeaderBlock.Value(entity, field).Split(';')[0].Trim();
        }

        return null;
    }

    private static bool Is(string text, string other) => text.Equals(other, StringComparison.OrdinalIgnoreCase);
}
