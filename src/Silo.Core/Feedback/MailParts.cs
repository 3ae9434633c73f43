using System.Text;

namespace Silo.Core.Feedback;

/// <summary>
/// Takes a mail apart as far as reports need it (RFC 2046 5.1): multiparts are walked into, attached messages are not, so that a report
/// that somebody forwards is no report.
/// </summary>
internal sealed class MailParts
{
    private readonly List<MailPart> _parts = [];

    private MailParts(FieldBlock header) => Header = header;

    /// <summary>Of the mail itself.</summary>
    public FieldBlock Header { get; }

    /// <summary>All parts in their order, a multipart before what it holds.</summary>
    public IReadOnlyList<MailPart> Parts => _parts;

    /// <summary>Null and the parts, or why the mail is not looked at.</summary>
    public static NotFeedbackReason? Read(ReadOnlyMemory<byte> mail, out MailParts parts)
    {
        var header = FieldBlock.Read(mail.Span);
        parts = new MailParts(header);
        return parts.Add(header, mail[header.End..], 0);
    }

    public MailPart? First(string mediaType) => _parts.Find(p => p.MediaType == mediaType);

    private NotFeedbackReason? Add(FieldBlock header, ReadOnlyMemory<byte> body, int depth)
    {
        if (_parts.Count == FeedbackLimits.MaxParts) return NotFeedbackReason.TooManyParts;
        var type = header.First("Content-Type") ?? "text/plain";
        var semicolon = type.IndexOf(';');
        var mediaType = (semicolon < 0 ? type : type[..semicolon]).Trim().ToLowerInvariant();
        _parts.Add(new MailPart(header, mediaType, body));
        if (!mediaType.StartsWith("multipart/", StringComparison.Ordinal)) return null;
        if (MailPart.Parameter(type, "boundary") is not { Length: > 0 and <= FeedbackLimits.MaxBoundaryCharacters } boundary) return null;
        return depth == FeedbackLimits.MaxDepth ? NotFeedbackReason.TooDeep : Split(body, Encoding.UTF8.GetBytes("--" + boundary), depth);
    }

    /// <summary>From delimiter line to delimiter line; what stands before the first and behind the last is nothing.</summary>
    private NotFeedbackReason? Split(ReadOnlyMemory<byte> body, byte[] delimiter, int depth)
    {
        var start = -1;
        for (var position = 0; position < body.Length;)
        {
            var line = FieldBlock.LineAt(body.Span, position, out var next);
            if (line.StartsWith(delimiter) && IsDelimiter(line[delimiter.Length..], out var isLast))
            {
                if (start >= 0 && AddPart(body[start..EndBefore(body.Span, start, position)], depth) is { } fault) return fault;
                if (isLast) return null;
                start = next;
            }

            position = next;
        }

        // The end is missing: what was cut off is a part all the same.
        return start >= 0 && start < body.Length ? AddPart(body[start..], depth) : null;
    }

    private NotFeedbackReason? AddPart(ReadOnlyMemory<byte> part, int depth)
    {
        var header = FieldBlock.Read(part.Span);
        return Add(header, part[header.End..], depth + 1);
    }

    private static bool IsDelimiter(ReadOnlySpan<byte> rest, out bool isLast)
    {
        isLast = rest.StartsWith("--"u8);
        return (isLast ? rest[2..] : rest).Trim(" \t"u8).IsEmpty;
    }

    // The line end before a delimiter belongs to it.
    private static int EndBefore(ReadOnlySpan<byte> body, int start, int delimiter)
    {
        var end = delimiter;
        if (end > start && body[end - 1] == '\n') end--;
        if (end > start && body[end - 1] == '\r') end--;
        return end;
    }
}
