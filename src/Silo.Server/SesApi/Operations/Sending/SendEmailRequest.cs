namespace Silo.Server.SesApi.Operations.Sending;

// The request of SendEmail as it stands on the wire. Blobs are decoded straight from the base64 of the body.
// Members are set and not init: the reader would gather init-only ones as arguments of a constructor first, in arrays of their own.

internal sealed record SendEmailRequest
{
    public EmailContent? Content { get; set; }

    public string? FromEmailAddress { get; set; }

    public string? FromEmailAddressIdentityArn { get; set; }

    public Destination? Destination { get; set; }

    public IReadOnlyList<string?>? ReplyToAddresses { get; set; }

    public string? FeedbackForwardingEmailAddress { get; set; }

    public string? FeedbackForwardingEmailAddressIdentityArn { get; set; }

    public IReadOnlyList<EmailTag?>? EmailTags { get; set; }

    public string? ConfigurationSetName { get; set; }

    public string? EndpointId { get; set; }

    public string? TenantName { get; set; }

    public ListManagementOptions? ListManagementOptions { get; set; }

    public ConfigurationOverrides? ConfigurationOverrides { get; set; }
}

internal sealed record EmailContent(SimpleMessage? Simple, RawMessage? Raw, TemplateMessage? Template);

internal sealed record SimpleMessage(
    ContentText? Subject, MessageBody? Body, IReadOnlyList<MessageHeader?>? Headers, IReadOnlyList<Attachment?>? Attachments);

internal sealed record ContentText(string? Data, string? Charset);

internal sealed record MessageBody(ContentText? Text, ContentText? Html);

internal sealed record MessageHeader(string? Name, string? Value);

internal sealed record Attachment(
    byte[]? RawContent, string? FileName, string? ContentDisposition, string? ContentDescription, string? ContentId,
    string? ContentTransferEncoding, string? ContentType);

internal sealed record RawMessage(byte[]? Data);

internal sealed record TemplateMessage(
    string? TemplateName, string? TemplateArn, TemplateText? TemplateContent, string? TemplateData, IReadOnlyList<MessageHeader?>? Headers,
    IReadOnlyList<Attachment?>? Attachments);

internal sealed record TemplateText(string? Subject, string? Text, string? Html);

internal sealed record Destination(
    IReadOnlyList<string?>? ToAddresses, IReadOnlyList<string?>? CcAddresses, IReadOnlyList<string?>? BccAddresses);

internal sealed record EmailTag(string? Name, string? Value);

internal sealed record ListManagementOptions(string? ContactListName, string? TopicName);

internal sealed record ConfigurationOverrides(TrackingOverrides? Tracking);

internal sealed record TrackingOverrides(string? OpenTrackingEnabled, string? ClickTrackingEnabled);
