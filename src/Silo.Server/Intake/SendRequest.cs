using Silo.Core.Messages;
using Silo.Server.Access;
using Silo.Server.Events;

namespace Silo.Server.Intake;

/// <summary>A send as an edge understood it: its shape is checked, nothing else.</summary>
public sealed record SendRequest
{
    /// <summary>Null for the account's own mail.</summary>
    public string? TenantName { get; init; }

    /// <summary>From header as given, display name included. Null only with raw content, whose own header then holds.</summary>
    public string? From { get; init; }

    public IReadOnlyList<string> To { get; init; } = [];

    public IReadOnlyList<string> Cc { get; init; } = [];

    public IReadOnlyList<string> Bcc { get; init; } = [];

    public IReadOnlyList<string> ReplyTo { get; init; } = [];

    /// <summary>Where bounces go that are mailed back; becomes the envelope sender.</summary>
    public string? FeedbackForwardingAddress { get; init; }

    /// <summary>The identity to authorize with instead of the one that From implies.</summary>
    public string? FromIdentityArn { get; init; }

    public string? ConfigurationSetName { get; init; }

    public IReadOnlyList<MessageTag> Tags { get; init; } = [];

    public required SendContent Content { get; init; }

    /// <summary>Null without list management.</summary>
    public ListManagement? ListManagement { get; init; }

    /// <summary>Who sends it, as far as the edge knows.</summary>
    public SendOrigin Origin { get; init; }

    /// <summary>Whose rights the send needs; null for trusted code of this process or of a cluster client.</summary>
    internal Caller? Caller { get; init; }

    /// <summary>What the caller must be allowed to do, like <c>ses:SendBulkEmail</c>; null for what the content says.</summary>
    internal string? Action { get; init; }
}

/// <summary>Whose mail it is: of a contact list, and of one of its topics (SES ListManagementOptions).</summary>
/// <param name="TopicName">Null for the list as a whole.</param>
public sealed record ListManagement(string ContactListName, string? TopicName);

/// <summary>One of <see cref="SimpleContent"/>, <see cref="RawContent"/>, <see cref="TemplateContent"/>.</summary>
public abstract record SendContent;

/// <summary>Text with the charset that the composed part shall have; null means UTF-8.</summary>
public sealed record SendText(string Data, string? Charset);

public sealed record SendHeader(string Name, string Value);

/// <param name="Disposition">ATTACHMENT or INLINE; null means ATTACHMENT.</param>
/// <param name="TransferEncoding">BASE64, QUOTED_PRINTABLE, SEVEN_BIT; null lets the composer choose.</param>
public sealed record SendAttachment(
    ReadOnlyMemory<byte> Content, string FileName, string? Disposition, string? Description, string? ContentId,
    string? TransferEncoding, string? ContentType);

public sealed record SimpleContent(
    SendText Subject, SendText? Text, SendText? Html, IReadOnlyList<SendHeader> Headers, IReadOnlyList<SendAttachment> Attachments)
    : SendContent;

public sealed record RawContent(ReadOnlyMemory<byte> Data) : SendContent;

/// <summary>A template: stored (by name or ARN), or inline (subject, text, html).</summary>
public sealed record TemplateContent(
    string? TemplateName, string? TemplateArn, InlineTemplate? Inline, string? TemplateData, IReadOnlyList<SendHeader> Headers,
    IReadOnlyList<SendAttachment> Attachments) : SendContent
{
    /// <summary>The name of the stored template, also where its ARN was given; empty for an inline one.</summary>
    internal string StoredName => TemplateName ?? (TemplateArn is null ? "" : TemplateArn[(TemplateArn.IndexOf('/') + 1)..]);
}

public sealed record InlineTemplate(string? Subject, string? Text, string? Html);

/// <summary>Why a send was refused. Each edge has one table that turns these into its own errors.</summary>
public enum SendRefusal
{
    None,

    /// <summary>A member is wrong; the message names it.</summary>
    BadRequest,

    /// <summary>Tenant, configuration set or template does not exist.</summary>
    NotFound,

    /// <summary>Resources are not associated with the tenant.</summary>
    AccessDenied,

    /// <summary>Unverified identity, disabled tenant, refused content.</summary>
    MessageRejected,

    /// <summary>The account or the configuration set is switched off.</summary>
    SendingPaused,

    /// <summary>The backlog of the tenant or of this silo is at its cap.</summary>
    TooManyRequests,

    /// <summary>The disk is nearly full, or the store is not to be reached.</summary>
    Unavailable,

    /// <summary>A plan quota of the tenant is used up, and stays so for longer than a sender retries.</summary>
    QuotaExceeded,

    /// <summary>The identity's MAIL FROM domain is not verified, and its owner wants no other.</summary>
    MailFromNotVerified,
}

/// <param name="MessageId">Set when accepted: the message is on disk.</param>
/// <param name="Message">Set when refused, in the words of the service.</param>
public sealed record SendReply(string? MessageId, SendRefusal Refusal, string? Message)
{
    /// <summary>What a refusal is about, for edges that tell these apart by a code; it does not leave the process.</summary>
    internal SendSubject About { get; init; }

    public static SendReply Accepted(string messageId) => new(messageId, SendRefusal.None, null);

    public static SendReply Refused(SendRefusal refusal, string message) => new(null, refusal, message);
}

/// <summary>What a refused send was refused for, where the kind of refusal leaves that open.</summary>
internal enum SendSubject
{
    /// <summary>The send, its tenant or the account.</summary>
    Other,
    ConfigurationSet,
    Template,
}
