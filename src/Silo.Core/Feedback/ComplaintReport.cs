namespace Silo.Core.Feedback;

/// <summary>What a report about a message complains of (RFC 5965 7.3, RFC 6430, RFC 6591).</summary>
public enum ComplaintKind
{
    Abuse,
    Fraud,
    Virus,

    /// <summary>The recipient took it out of the spam folder: the opposite of a complaint.</summary>
    NotSpam,

    /// <summary>The recipient wants to be off the list.</summary>
    OptOut,

    /// <summary>A report about DKIM, SPF or DMARC: of nobody's displeasure.</summary>
    AuthFailure,
    Other,
}

/// <summary>A report in the abuse reporting format (RFC 5965), or in one of those that are older.</summary>
public sealed record ComplaintReport
{
    public required ComplaintKind Kind { get; init; }

    /// <summary>The feedback type in the reporter's own word, lower case; 1 to 64 characters.</summary>
    public required string FeedbackType { get; init; }

    public string? UserAgent { get; init; }

    /// <summary>The envelope sender that the message had arrived with; null when it is missing or blacked out.</summary>
    public string? OriginalMailFrom { get; init; }

    /// <summary>Those that the report names: often none, and often blacked out.</summary>
    public IReadOnlyList<string> Recipients { get; init; } = [];

    public ReturnedMessage Original { get; init; } = new();
}
