namespace Silo.Core.Feedback;

/// <summary>What became of the mail for one recipient (RFC 3464 2.3.3).</summary>
public enum DeliveryStatusAction
{
    /// <summary>It will not be delivered.</summary>
    Failed,

    /// <summary>It has not been delivered so far, and is tried on: no bounce.</summary>
    Delayed,
    Delivered,

    /// <summary>Handed on to where no notification comes from: not known to be delivered.</summary>
    Relayed,

    /// <summary>Delivered to a list, which sends it on.</summary>
    Expanded,
}

/// <summary>A delivery status notification (RFC 3464).</summary>
public sealed record DeliveryStatusReport
{
    /// <summary>Original-Envelope-Id as it was given with MAIL (RFC 3461 4.4), decoded.</summary>
    public string? EnvelopeId { get; init; }

    /// <summary>The name of the reporting server, without its type.</summary>
    public string? ReportingServer { get; init; }

    /// <summary>1 to 100.</summary>
    public required IReadOnlyList<RecipientStatus> Recipients { get; init; }

    public ReturnedMessage Original { get; init; } = new();
}

/// <summary>The fields of one recipient.</summary>
public sealed record RecipientStatus
{
    public required DeliveryStatusAction Action { get; init; }

    /// <summary>As "5.1.1" (RFC 3463); null when it is missing or none.</summary>
    public string? Status { get; init; }

    /// <summary>The address that it was for in the end, decoded, without its type; null when it is missing.</summary>
    public string? FinalRecipient { get; init; }

    /// <summary>The address that the sender gave, decoded, without its type; null when it is missing.</summary>
    public string? OriginalRecipient { get; init; }

    /// <summary>The type of <see cref="Diagnostic"/>, lower case: "smtp" for the reply of a server. Null when there is none.</summary>
    public string? DiagnosticType { get; init; }

    /// <summary>The other side's words, without their type; at most 1,000 characters.</summary>
    public string? Diagnostic { get; init; }

    /// <summary>The name of the server that said so, without its type.</summary>
    public string? RemoteServer { get; init; }
}
