namespace Silo.Core.Feedback;

/// <summary>What a mail that arrived says about mail that left: a closed set.</summary>
public abstract record FeedbackMail
{
    private FeedbackMail()
    {
    }

    /// <summary>A delivery status notification (RFC 3464).</summary>
    public sealed record DeliveryStatus(DeliveryStatusReport Report) : FeedbackMail;

    /// <summary>A report about abuse or the like (RFC 5965).</summary>
    public sealed record Complaint(ComplaintReport Report) : FeedbackMail;

    /// <summary>Anything else, as people and their machines send it to every address.</summary>
    public sealed record None(NotFeedbackReason Reason) : FeedbackMail;
}

/// <summary>Why a mail is no feedback.</summary>
public enum NotFeedbackReason
{
    /// <summary>It is no report: a letter, a challenge, spam.</summary>
    NoReport,

    /// <summary>An automatic answer of a recipient (RFC 3834), out of the office or the like: the mail had arrived.</summary>
    AutomaticReply,

    /// <summary>A report of another kind, such as a read receipt (RFC 8098).</summary>
    OtherReport,

    /// <summary>A report that says nothing of any recipient.</summary>
    NoRecipients,

    /// <summary>Above <see cref="FeedbackLimits.MaxMailBytes"/>.</summary>
    TooLarge,

    /// <summary>Above <see cref="FeedbackLimits.MaxParts"/>.</summary>
    TooManyParts,

    /// <summary>Above <see cref="FeedbackLimits.MaxDepth"/>.</summary>
    TooDeep,
}

/// <summary>What a report returns of the message that it is about: of its headers those that tie it.</summary>
public sealed record ReturnedMessage
{
    /// <summary>Values of the header X-Silo-Ref, without blanks; at most 10.</summary>
    public IReadOnlyList<string> References { get; init; } = [];

    /// <summary>The envelope sender that it left with, without angle brackets; null without a header.</summary>
    public string? ReturnPath { get; init; }

    public string? MessageId { get; init; }
}
