namespace Silo.Server.SesApi.Operations.Sending;

// The request of SendBulkEmail as it stands on the wire; its answer below.

internal sealed record SendBulkEmailRequest
{
    public BulkEmailContent? DefaultContent { get; set; }

    public IReadOnlyList<BulkEmailEntry?>? BulkEmailEntries { get; set; }

    public string? FromEmailAddress { get; set; }

    public string? FromEmailAddressIdentityArn { get; set; }

    public IReadOnlyList<string?>? ReplyToAddresses { get; set; }

    public string? FeedbackForwardingEmailAddress { get; set; }

    public string? FeedbackForwardingEmailAddressIdentityArn { get; set; }

    public IReadOnlyList<EmailTag?>? DefaultEmailTags { get; set; }

    public string? ConfigurationSetName { get; set; }

    public string? EndpointId { get; set; }

    public string? TenantName { get; set; }

    public ConfigurationOverrides? ConfigurationOverrides { get; set; }
}

internal sealed record BulkEmailContent(TemplateMessage? Template);

internal sealed record BulkEmailEntry(
    Destination? Destination, IReadOnlyList<EmailTag?>? ReplacementTags, ReplacementEmailContent? ReplacementEmailContent,
    IReadOnlyList<MessageHeader?>? ReplacementHeaders);

internal sealed record ReplacementEmailContent(ReplacementTemplate? ReplacementTemplate);

internal sealed record ReplacementTemplate(string? ReplacementTemplateData);

internal sealed record SendBulkEmailResponse(IReadOnlyList<BulkEmailEntryResult> BulkEmailEntryResults);

/// <param name="Status">SES BulkEmailStatus.</param>
internal sealed record BulkEmailEntryResult(string Status, string? Error, string? MessageId);
