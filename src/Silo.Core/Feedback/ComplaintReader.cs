namespace Silo.Core.Feedback;

/// <summary>The fields of an abuse report (RFC 5965 3), and what providers send that began before it.</summary>
public static class ComplaintReader
{
    private const int MaxTypeCharacters = 64;

    internal static ComplaintReport Read(FieldBlock fields, ReturnedMessage original)
    {
        var type = (fields.First("Feedback-Type") ?? "").ToLowerInvariant();
        if (type.Length is 0 or > MaxTypeCharacters) type = "other";
        return new ComplaintReport
        {
            Kind = KindOf(type),
            FeedbackType = type,
            UserAgent = fields.First("User-Agent"),
            OriginalMailFrom = TypedValue.Address(fields.First("Original-Mail-From")),
            Recipients =
            [
                .. fields.All("Original-Rcpt-To").Concat(fields.All("Removal-Recipient")).Take(FeedbackLimits.MaxRecipients)
                    .Select(TypedValue.Address).OfType<string>().Distinct(StringComparer.OrdinalIgnoreCase),
            ],
            Original = original,
        };
    }

    /// <summary>Microsoft's Junk Mail Reporting Program attaches the message alone, and puts the recipient into its header.</summary>
    internal static ComplaintReport? ReadOlder(MailParts parts, ReturnedMessage original)
    {
        if (parts.First("message/rfc822") is not { } attached) return null;
        if (FieldBlock.Read(attached.Decoded().Span).First("X-HmXmrOriginalRecipient") is not { } recipient) return null;
        return new ComplaintReport
        {
            Kind = ComplaintKind.Abuse, FeedbackType = "abuse", UserAgent = parts.Header.First("From"),
            Recipients = TypedValue.Address(recipient) is { } address ? [address] : [], Original = original,
        };
    }

    /// <summary>What a feedback type of RFC 5965 7.3, RFC 6430 or of a provider's own means.</summary>
    /// <param name="type">Lower case.</param>
    public static ComplaintKind KindOf(string type) => type switch
    {
        "abuse" => ComplaintKind.Abuse,
        "fraud" or "phishing" => ComplaintKind.Fraud,
        "virus" => ComplaintKind.Virus,
        "not-spam" => ComplaintKind.NotSpam,
        "opt-out" or "opt-out-list" => ComplaintKind.OptOut,
        "auth-failure" or "dmarc" => ComplaintKind.AuthFailure,
        _ => ComplaintKind.Other,
    };
}
