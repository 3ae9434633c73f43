namespace Silo.Core.Feedback;

/// <summary>
/// What a report from outside may be at most. Reports come from strangers: beyond a limit that says "refused" the whole is none of ours
/// (<see cref="NotFeedbackReason"/>, <see cref="SesRecordFault"/>), beyond the others the rest is not looked at.
/// </summary>
public static class FeedbackLimits
{
    /// <summary>Bytes of a mail that reports: 1 MiB, refused. Reports hold the original's headers, some the original.</summary>
    public const int MaxMailBytes = 1024 * 1024;

    /// <summary>Bytes of one block of header fields that are looked at: 64 KiB.</summary>
    public const int MaxHeaderBytes = 64 * 1024;

    /// <summary>Fields of one block that are looked at.</summary>
    public const int MaxFields = 500;

    /// <summary>Characters of a field's value that are kept.</summary>
    public const int MaxFieldCharacters = 1_000;

    /// <summary>Parts of a mail, multiparts included; refused.</summary>
    public const int MaxParts = 32;

    /// <summary>Multiparts inside multiparts; refused.</summary>
    public const int MaxDepth = 5;

    /// <summary>Characters of a boundary: RFC 2046 5.1.1 has 70. A longer one is none.</summary>
    public const int MaxBoundaryCharacters = 200;

    /// <summary>Recipients of one report that are looked at.</summary>
    public const int MaxRecipients = 100;

    /// <summary>Bytes of a JSON record, 512 KiB (an SNS message has at most 256 KiB); refused.</summary>
    public const int MaxJsonBytes = 512 * 1024;

    /// <summary>Objects and lists inside each other; refused.</summary>
    public const int MaxJsonDepth = 16;

    /// <summary>Tags of a message that are looked at; SES adds its own to the sender's 50.</summary>
    public const int MaxTags = 100;
}
