using Silo.Core.Addresses;

namespace Silo.Core.Messages;

/// <summary>What a raw message says about itself.</summary>
public sealed record ParsedMessage
{
    /// <summary>The whole message with CRLF line ends; the caller's own memory where it had them already.</summary>
    public required ReadOnlyMemory<byte> Content { get; init; }

    /// <summary>At least one; more than one is legal with a Sender header (RFC 5322 3.6.2).</summary>
    public required IReadOnlyList<Mailbox> From { get; init; }

    public IReadOnlyList<Mailbox> To { get; init; } = [];

    public IReadOnlyList<Mailbox> Cc { get; init; } = [];

    public IReadOnlyList<Mailbox> Bcc { get; init; } = [];

    public IReadOnlyList<Mailbox> ReplyTo { get; init; } = [];

    /// <summary>The address of the Sender header.</summary>
    public Mailbox? Sender { get; init; }

    /// <summary>Where bounces go by the sender's wish; null without the header, and for the null path.</summary>
    public EmailAddress? ReturnPath { get; init; }

    /// <summary>Unfolded and decoded.</summary>
    public string? Subject { get; init; }

    public required ServiceHeaders Service { get; init; }

    /// <summary>Parts, multiparts included; 1 for a message without structure.</summary>
    public required int MimePartCount { get; init; }

    /// <summary>The body holds bytes above 127.</summary>
    public required bool NeedsEightBit { get; init; }

    /// <summary>The header block holds bytes above 127, so the message leaves by SMTPUTF8 only (RFC 6531).</summary>
    public required bool HasNonAsciiHeaders { get; init; }

    /// <summary>The header fields with unfolded values, in their order; what event records show.</summary>
    public required IReadOnlyList<MessageHeader> Headers { get; init; }

    /// <summary>To, Cc, Bcc: the recipients of a raw message that comes without a Destination.</summary>
    public IEnumerable<EmailAddress> Recipients => To.Concat(Cc).Concat(Bcc).Select(m => m.Address);

    internal HeaderBlock Block { get; init; } = new();
}

/// <summary>The X-SES- headers and that of a schedule of SMTP and raw messages; they are read and removed before delivery.</summary>
public sealed record ServiceHeaders
{
    /// <summary>X-SES-CONFIGURATION-SET.</summary>
    public string? ConfigurationSetName { get; init; }

    /// <summary>X-SES-MESSAGE-TAGS; null when the header is absent.</summary>
    public IReadOnlyList<MessageTag>? Tags { get; init; }

    /// <summary>X-SES-TENANT.</summary>
    public string? TenantName { get; init; }

    /// <summary>X-SES-LIST-MANAGEMENT-OPTIONS, before the semicolon.</summary>
    public string? ContactListName { get; init; }

    /// <summary>X-SES-LIST-MANAGEMENT-OPTIONS, the topic.</summary>
    public string? TopicName { get; init; }

    /// <summary>X-SES-SOURCE-ARN.</summary>
    public string? SourceArn { get; init; }

    /// <summary>X-SES-FROM-ARN.</summary>
    public string? FromArn { get; init; }

    /// <summary>X-SES-RETURN-PATH-ARN.</summary>
    public string? ReturnPathArn { get; init; }

    /// <summary>X-Silo-Schedule.</summary>
    public DateTimeOffset? ScheduledFor { get; init; }
}
