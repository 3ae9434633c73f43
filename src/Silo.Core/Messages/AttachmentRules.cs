namespace Silo.Core.Messages;

/// <summary>Rules of attachments (SES Attachment). The content type of a refused one never reaches a header.</summary>
internal static class AttachmentRules
{
    /// <summary>Null when all is well, else the member and what is wrong with it.</summary>
    public static ComposeResult.Refused? Check(IReadOnlyList<MessageAttachment> attachments)
    {
        for (var i = 0; i < attachments.Count; i++)
        {
            if (CheckOne(attachments[i]) is { } fault)
            {
                var member = $"Attachments[{i}].{fault.Member}";
                return new ComposeResult.Refused(member, $"{member} {fault.Reason}.");
            }
        }

        return null;
    }

    private static (string Member, string Reason)? CheckOne(MessageAttachment attachment)
    {
        if (attachment.FileName is not { Length: > 0 and <= MessageLimits.MaxFileNameCharacters } fileName || HasControl(fileName))
        {
            return ("FileName", $"must be 1 to {MessageLimits.MaxFileNameCharacters} characters without control characters");
        }

        if (attachment.ContentType is { } type)
        {
            if (type.Length is 0 or > MessageLimits.MaxContentTypeCharacters || !MediaType.IsValid(type))
            {
                return ("ContentType", $"must be a media type of 1 to {MessageLimits.MaxContentTypeCharacters} characters");
            }

            if (type.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase))
            {
                return ("ContentType", "must not be a multipart type");
            }
        }

        if (attachment.ContentDescription is { } description
            && (description.Length > MessageLimits.MaxContentDescriptionCharacters || HasControl(description)))
        {
            return ("ContentDescription",
                $"must be at most {MessageLimits.MaxContentDescriptionCharacters} characters without control characters");
        }

        if (attachment.ContentId is { } id && (id.Length is 0 or > MessageLimits.MaxContentIdCharacters || !IsContentId(Bare(id))))
        {
            return ("ContentId",
                $"must be 1 to {MessageLimits.MaxContentIdCharacters} printable ASCII characters without blanks and angle brackets");
        }

        return attachment.ContentTransferEncoding == AttachmentTransferEncoding.SevenBit
            && !BodyEncoder.IsSevenBit(attachment.Content.Span)
            ? ("ContentTransferEncoding", "is SEVEN_BIT, but the content is not: it needs ASCII, CRLF line ends and lines up to 998 bytes")
            : null;
    }

    /// <summary>A content id without the angle brackets that some senders give with it.</summary>
    public static ReadOnlySpan<char> Bare(string contentId) =>
        contentId is ['<', .., '>'] ? contentId.AsSpan(1, contentId.Length - 2) : contentId;

    /// <summary>True for text that could end or bend a header line, or that is no text: half a surrogate pair.</summary>
    public static bool HasControl(ReadOnlySpan<char> text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] is < ' ' or '\x7f') return true;
            if (!char.IsSurrogate(text[i])) continue;
            if (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[i + 1])) return true;
            i++;
        }

        return false;
    }

    private static bool IsContentId(ReadOnlySpan<char> id)
    {
        foreach (var c in id)
        {
            if (c is <= ' ' or > '~' or '<' or '>' or '(' or ')' or '"' or '\\') return false;
        }

        return id.Length > 0;
    }
}
