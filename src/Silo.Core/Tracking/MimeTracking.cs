using System.Text;
using Silo.Core.Feedback;
using Silo.Core.Messages;

namespace Silo.Core.Tracking;

/// <summary>
/// Rewrites the HTML parts of a whole message, and leaves every other byte of it alone. Parts that are attached, signed or encrypted
/// (RFC 1847, S/MIME, PGP/MIME), that stand in a message within the message, or that are not what their header says, stay as they are.
/// </summary>
public static class MimeTracking
{
    /// <param name="message">A message with CRLF line ends.</param>
    /// <param name="rewrite">What becomes of a text; the same text, or null, for nothing.</param>
    public static ReadOnlyMemory<byte> Rewrite(ReadOnlyMemory<byte> message, Func<string, string?> rewrite) =>
        Rewrite(message, static (media, _) => media == "text/html", rewrite);

    /// <summary>
    /// Rewrites the parts in plain text and in HTML that are in base64 or quoted-printable; those that are written as they are stay.
    /// </summary>
    /// <param name="message">A message with CRLF line ends.</param>
    /// <param name="rewrite">What becomes of a text; the same text, or null, for nothing.</param>
    public static ReadOnlyMemory<byte> RewriteEncoded(ReadOnlyMemory<byte> message, Func<string, string?> rewrite) =>
        Rewrite(
            message, static (media, transfer) => media is "text/html" or "text/plain" && transfer is "base64" or "quoted-printable", rewrite);

    private static ReadOnlyMemory<byte> Rewrite(
        ReadOnlyMemory<byte> message, Func<string, string, bool> isWanted, Func<string, string?> rewrite)
    {
        var edits = new List<(int Start, int End, ReadOnlyMemory<byte> Bytes)>();
        Visit(message.Span, 0, message.Length, 0, isWanted, rewrite, edits);
        if (edits.Count == 0) return message;
        var writer = new MimeWriter(message.Length + edits.Sum(e => e.Bytes.Length));
        var position = 0;
        foreach (var (start, end, bytes) in edits)
        {
            writer.Write(message.Span[position..start]);
            writer.Write(bytes.Span);
            position = end;
        }

        writer.Write(message.Span[position..]);
        if (message.Span.EndsWith("\r\n"u8) && !writer.Written.Span.EndsWith("\r\n"u8)) writer.WriteLine();
        return writer.Written;
    }

    /// <summary>
    /// The parts whose bytes are not what they mean, or may not change: in base64 or quoted-printable, and those that are signed or
    /// encrypted (RFC 1847), headers included.
    /// </summary>
    /// <param name="message">A message with CRLF line ends.</param>
    public static IReadOnlyList<(int Start, int End)> NotAsWritten(ReadOnlyMemory<byte> message)
    {
        var found = new List<(int Start, int End)>();
        FindNotAsWritten(message.Span, 0, message.Length, 0, found);
        return found;
    }

    private static void FindNotAsWritten(ReadOnlySpan<byte> message, int start, int end, int depth, List<(int Start, int End)> found)
    {
        var entity = message[start..end];
        if (HeaderBlock.Read(entity, out var block) is not null || !block.IsComplete) return;
        var type = Value(entity, block, "Content-Type") ?? "text/plain";
        var media = type.Split(';')[0].Trim().ToLowerInvariant();
        if (IsSealed(media) || TransferOf(entity, block) is "base64" or "quoted-printable") found.Add((start, end));
        else if (media.StartsWith("multipart/", StringComparison.Ordinal) && depth < MessageLimits.MaxMimeDepth
            && MailPart.Parameter(type, "boundary") is { Length: > 0 and <= 70 } boundary)
        {
            foreach (var (from, to) in Parts(entity, block.BodyStart, Encoding.ASCII.GetBytes("--" + boundary)))
                FindNotAsWritten(message, start + from, start + to, depth + 1, found);
        }
    }

    private static bool IsSealed(string media) => media is "multipart/signed" or "multipart/encrypted";

    private static void Visit(
        ReadOnlySpan<byte> message, int start, int end, int depth, Func<string, string, bool> isWanted, Func<string, string?> rewrite,
        List<(int Start, int End, ReadOnlyMemory<byte> Bytes)> edits)
    {
        var entity = message[start..end];
        if (HeaderBlock.Read(entity, out var block) is not null || !block.IsComplete) return;
        // Without a type it is plain text (RFC 2045 5.2).
        var type = Value(entity, block, "Content-Type") ?? "text/plain";
        var media = type.Split(';')[0].Trim().ToLowerInvariant();
        if (IsSealed(media)) return;
        if (media.StartsWith("multipart/", StringComparison.Ordinal))
        {
            if (depth >= MessageLimits.MaxMimeDepth) return;
            if (MailPart.Parameter(type, "boundary") is not { Length: > 0 and <= 70 } boundary) return;
            foreach (var (from, to) in Parts(entity, block.BodyStart, Encoding.ASCII.GetBytes("--" + boundary)))
                Visit(message, start + from, start + to, depth + 1, isWanted, rewrite, edits);
        }
        else if (TransferOf(entity, block) is var transfer && isWanted(media, transfer)
            && Rewritten(entity, block, type, transfer, rewrite) is { } rewritten)
        {
            edits.Add((start, end, rewritten));
        }
    }

    /// <summary>The whole entity anew; null when it stays as it is.</summary>
    private static ReadOnlyMemory<byte>? Rewritten(
        ReadOnlySpan<byte> entity, HeaderBlock block, string type, string transfer, Func<string, string?> rewrite)
    {
        var disposition = Value(entity, block, "Content-Disposition") ?? "inline";
        if (disposition.StartsWith("attachment", StringComparison.OrdinalIgnoreCase)) return null;
        var body = entity[block.BodyStart..];
        byte[]? decoded = transfer switch
        {
            "base64" => MailPart.FromBase64(body),
            "quoted-printable" => MailPart.FromQuotedPrintable(body),
            "7bit" or "8bit" or "binary" => body.ToArray(),
            _ => null,
        };
        if (decoded is null || Charset.ForReading(MailPart.Parameter(type, "charset") ?? "utf-8") is not { } charset) return null;
        var text = charset.GetString(decoded);
        // What does not come back as it was is not of that charset, and would be damaged.
        if (!charset.GetBytes(text).AsSpan().SequenceEqual(decoded)) return null;
        if (rewrite(text) is not { } changed || changed == text) return null;

        var writer = new MimeWriter(entity.Length + changed.Length);
        foreach (var field in block.Fields)
            if (!Is(field.Name, "Content-Transfer-Encoding")) writer.Write(entity[field.Start..field.End]);
        // Links are longer than a line may be, so that 7bit would not do.
        BodyEncoder.WriteAttachment(
            writer, charset.GetBytes(changed),
            transfer == "base64" ? AttachmentTransferEncoding.Base64 : AttachmentTransferEncoding.QuotedPrintable);
        return writer.Written;
    }

    /// <summary>The parts of a multipart; the line break before a delimiter belongs to the delimiter (RFC 2046 5.1.1).</summary>
    private static List<(int Start, int End)> Parts(ReadOnlySpan<byte> entity, int bodyStart, ReadOnlySpan<byte> delimiter)
    {
        var parts = new List<(int Start, int End)>();
        var open = -1;
        for (var at = bodyStart; at < entity.Length;)
        {
            var lineEnd = entity[at..].IndexOf("\r\n"u8);
            var next = lineEnd < 0 ? entity.Length : at + lineEnd + 2;
            var line = entity[at..(lineEnd < 0 ? entity.Length : at + lineEnd)].TrimEnd(" \t"u8);
            if (line.StartsWith(delimiter) && (line.Length == delimiter.Length || line[delimiter.Length..].SequenceEqual("--"u8)))
            {
                if (open >= 0) parts.Add((open, Math.Max(open, at - 2)));
                open = line.Length == delimiter.Length ? next : -1;
                if (open < 0) return parts;
            }

            at = next;
        }

        // Closing delimiters may be missing; mail programs take the rest as the last part.
        if (open >= 0) parts.Add((open, entity.Length));
        return parts;
    }

    private static string TransferOf(ReadOnlySpan<byte> entity, HeaderBlock block) =>
        Value(entity, block, "Content-Transfer-Encoding")?.Trim().ToLowerInvariant() ?? "7bit";

    private static string? Value(ReadOnlySpan<byte> entity, HeaderBlock block, string name)
    {
        foreach (var field in block.Fields)
            if (Is(field.Name, name)) return HeaderBlock.Value(entity, field);
        return null;
    }

    private static bool Is(string name, string other) => name.Equals(other, StringComparison.OrdinalIgnoreCase);
}
