namespace Silo.Core.Feedback;

/// <summary>
/// Reads mail that came back: notifications, complaints, and all else. Whatever the bytes are, the answer is one of the set and no
/// exception, in time and memory that grow with their number alone.
/// </summary>
public static class FeedbackMailReader
{
    private const int MaxReferences = 10;

    public static FeedbackMail Read(ReadOnlyMemory<byte> mail)
    {
        if (mail.Length > FeedbackLimits.MaxMailBytes) return new FeedbackMail.None(NotFeedbackReason.TooLarge);
        if (MailParts.Read(mail, out var parts) is { } fault) return new FeedbackMail.None(fault);
        if (parts.First("message/feedback-report") is { } feedback)
            return new FeedbackMail.Complaint(ComplaintReader.Read(FieldBlock.Read(feedback.Decoded().Span), OriginalOf(parts)));
        var status = parts.First("message/delivery-status") ?? parts.First("message/global-delivery-status");
        if (status is not null)
        {
            return DeliveryStatusReader.Read(status.Decoded().Span, OriginalOf(parts)) is { } report
                ? new FeedbackMail.DeliveryStatus(report)
                : new FeedbackMail.None(NotFeedbackReason.NoRecipients);
        }

        if (ComplaintReader.ReadOlder(parts, OriginalOf(parts)) is { } complaint) return new FeedbackMail.Complaint(complaint);
        if (IsAutomatic(parts.Header)) return new FeedbackMail.None(NotFeedbackReason.AutomaticReply);
        if (parts.First("multipart/report") is not null) return new FeedbackMail.None(NotFeedbackReason.OtherReport);
        return DeliveryStatusReader.ReadFailedRecipients(parts.Header, OriginalOf(parts)) is { } failed
            ? new FeedbackMail.DeliveryStatus(failed)
            : new FeedbackMail.None(NotFeedbackReason.NoReport);
    }

    /// <summary>
    /// Answers of machines by their own word (RFC 3834 5) or by the marks that are older. A server that failed says auto-generated or
    /// auto-replied as well: only what is no report comes here.
    /// </summary>
    private static bool IsAutomatic(FieldBlock header) =>
        header.First("Auto-Submitted") is { } submitted && submitted.StartsWith("auto-replied", StringComparison.OrdinalIgnoreCase)
        || header.First("X-Autoreply") is not null || header.First("X-Autorespond") is not null
        || header.First("Precedence") is { } precedence && precedence.Equals("auto_reply", StringComparison.OrdinalIgnoreCase);

    /// <summary>The message that is returned: whole, or its headers alone (RFC 3462 2, RFC 6522 3).</summary>
    private static ReturnedMessage OriginalOf(MailParts parts)
    {
        foreach (var part in parts.Parts)
        {
            if (part.MediaType is not ("message/rfc822" or "text/rfc822-headers" or "message/global" or "message/global-headers")) continue;
            return Returned(FieldBlock.Read(part.Decoded().Span));
        }

        return new ReturnedMessage();
    }

    private static ReturnedMessage Returned(FieldBlock header) => new()
    {
        References =
        [
            .. header.All("X-Silo-Ref").Take(MaxReferences)
                .Select(v => v.Replace(" ", "", StringComparison.Ordinal).Replace("\t", "", StringComparison.Ordinal)),
        ],
        ReturnPath = header.First("Return-Path")?.Trim('<', '>', ' '),
        MessageId = header.First("Message-ID"),
    };
}
