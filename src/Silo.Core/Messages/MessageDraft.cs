namespace Silo.Core.Messages;

/// <summary>What a sender gives for <see cref="MimeComposer"/>; nothing in it is checked yet. Mailboxes are texts, as in <c>Name &lt;a@b&gt;</c>.</summary>
public sealed record MessageDraft
{
    /// <summary>FromEmailAddress.</summary>
    public required string From { get; init; }

    public IReadOnlyList<string> To { get; init; } = [];

    public IReadOnlyList<string> Cc { get; init; } = [];

    /// <summary>Recipients that the message itself never shows.</summary>
    public IReadOnlyList<string> Bcc { get; init; } = [];

    public IReadOnlyList<string> ReplyTo { get; init; } = [];

    public required TextContent Subject { get; init; }

    /// <summary>The plain text body; one of text and HTML must be there.</summary>
    public TextContent? Text { get; init; }

    public TextContent? Html { get; init; }

    /// <summary>The sender's own headers: at most 15, printable ASCII, none of those that the composer writes.</summary>
    public IReadOnlyList<MessageHeader> Headers { get; init; } = [];

    /// <summary>Headers of the service itself (Feedback-ID, List-Unsubscribe, …); each replaces a custom header of the same name.</summary>
    public IReadOnlyList<MessageHeader> ServiceHeaders { get; init; } = [];

    public IReadOnlyList<MessageAttachment> Attachments { get; init; } = [];

    /// <summary>Local parts may hold UTF-8; the message then leaves by SMTPUTF8 only. SES, and the default, refuse them.</summary>
    public bool AllowUtf8Addresses { get; init; }
}

/// <summary>Text with the character set that it is sent in (SES Content).</summary>
/// <param name="Data">The text; line ends of any kind.</param>
/// <param name="Charset">An IANA name such as "UTF-8", "ISO-8859-1", "Shift_JIS"; null for UTF-8.</param>
public sealed record TextContent(string Data, string? Charset = null);

/// <summary>A header that a sender adds: name 1 to 126, value 1 to 995, both together at most 996 printable ASCII characters.</summary>
public sealed record MessageHeader(string Name, string Value);

/// <summary>Where a mail program shows an attachment (RFC 2183).</summary>
public enum AttachmentDisposition
{
    Attachment,

    /// <summary>Inside the HTML body, which refers to it by its content id.</summary>
    Inline,
}

/// <summary>How an attachment's bytes are written (RFC 2045 6).</summary>
public enum AttachmentTransferEncoding
{
    Base64,
    QuotedPrintable,

    /// <summary>As they are: ASCII without NUL, lines up to 998 bytes that end in CRLF.</summary>
    SevenBit,
}

/// <summary>A file that goes with a message (SES Attachment).</summary>
public sealed record MessageAttachment
{
    public required ReadOnlyMemory<byte> Content { get; init; }

    /// <summary>1 to 255 characters, without control characters.</summary>
    public required string FileName { get; init; }

    /// <summary>A media type with optional parameters, up to 78 characters; null to take it from the file name.</summary>
    public string? ContentType { get; init; }

    public AttachmentDisposition ContentDisposition { get; init; }

    /// <summary>Up to 1,000 characters.</summary>
    public string? ContentDescription { get; init; }

    /// <summary>1 to 78 characters, with or without angle brackets.</summary>
    public string? ContentId { get; init; }

    public AttachmentTransferEncoding ContentTransferEncoding { get; init; }
}
