namespace Silo.Core.Feedback;

/// <summary>What a record of SES tells (developer guide, contents of event data).</summary>
public enum SesRecordKind
{
    Send,
    Delivery,
    Bounce,
    Complaint,
    Reject,
    DeliveryDelay,
    Open,
    Click,
    Subscription,
    RenderingFailure,
}

/// <summary>One record of SES, as it travels in SNS messages and EventBridge events.</summary>
public sealed record SesRecord
{
    public required SesRecordKind Kind { get; init; }

    /// <summary>The id that SES gave the message.</summary>
    public required string MessageId { get; init; }

    /// <summary>The message's tags and those that SES adds, each with its first value; at most 100.</summary>
    public required IReadOnlyDictionary<string, string> Tags { get; init; }

    /// <summary>Those that it is about; of a complaint all at the complaining domain, when the provider blacked out who it was.</summary>
    public required IReadOnlyList<SesRecipient> Recipients { get; init; }

    /// <summary>Permanent, Transient or Undetermined; null but for a bounce.</summary>
    public string? BounceType { get; init; }

    public string? BounceSubType { get; init; }

    /// <summary>Of a complaint: abuse and so on, lower case; null when the provider did not say.</summary>
    public string? ComplaintType { get; init; }

    /// <summary>
    /// Of a complaint: OnAccountSuppressionList or OnTenantSuppressionList when it was not sent at all; null for a real one.
    /// </summary>
    public string? ComplaintSubType { get; init; }

    /// <summary>The server's words of a delivery, the reason of a rejection.</summary>
    public string? Diagnostic { get; init; }

    public DateTimeOffset? At { get; init; }
}

/// <param name="Status">As "5.1.1"; null without one.</param>
public sealed record SesRecipient(string Address, string? Status = null, string? Diagnostic = null);

/// <summary>Why bytes are no record.</summary>
public enum SesRecordFault
{
    /// <summary>Not JSON, too large or too deep.</summary>
    NotJson,

    /// <summary>JSON of something else.</summary>
    NotARecord,
}

/// <summary>What was read: a closed set.</summary>
public abstract record SesRecordReading
{
    private SesRecordReading()
    {
    }

    public sealed record Read(SesRecord Record) : SesRecordReading;

    public sealed record Refused(SesRecordFault Fault) : SesRecordReading;
}
