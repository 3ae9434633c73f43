using System.Diagnostics.CodeAnalysis;
using Silo.Core.Messages;
using Silo.Server.Lists;
using Silo.Server.Templates;
using Silo.Server.Tenants;
using Silo.Server.Tracking;

namespace Silo.Server.Intake;

/// <summary>From a draft to the bytes that leave and the envelope that goes with them.</summary>
internal static class MessageComposition
{
    /// <summary>A message, or why there is none; of a rendering that failed both, for whichever the sender is to be told.</summary>
    public static (ComposedMessage? Message, SendReply? Refusal) Compose(
        SendDraft draft, SendUse use, string tenantName, MessageStamp stamp, Mailing mailing, MailTracking? tracking = null)
    {
        if (draft.Raw is { } raw)
        {
            var rewritten = RawMessage.Rewrite(raw, stamp, mailing.Headers);
            var (content, untrackable) = draft.HasOwnSignature
                ? (rewritten, null)
                : MailTracking.Apply(tracking, mailing.WithLinks(rewritten));
            if (untrackable is not null) return (null, untrackable);
            var envelope = Envelope(draft, use, tenantName, stamp, mailing, raw.Subject, content.Length, raw.NeedsEightBit,
                raw.HasNonAsciiHeaders || draft.HasUtf8Envelope);
            return (new ComposedMessage(envelope, content) { HasOwnSignature = draft.HasOwnSignature }, null);
        }

        var (source, refusal, failure) = Source(draft, use.Template);
        if (failure is not null)
        {
            return (
                new ComposedMessage(Envelope(draft, use, tenantName, stamp, mailing, null, 0, false, false), default) { Failure = failure },
                refusal);
        }

        if (source is null) return (null, refusal);
        (source, var faulty) = MailTracking.Apply(tracking, mailing.Apply(source));
        if (faulty is not null) return (null, faulty);
        switch (MimeComposer.Compose(source, stamp))
        {
            case ComposeResult.Composed composed:
                // The composer encodes bodies to 7 bit; only addresses can need more than ASCII.
                var envelope = Envelope(
                    draft, use, tenantName, stamp, mailing, source.Subject.Data, composed.Content.Length, eightBit: false,
                    composed.NeedsSmtpUtf8);
                return (new ComposedMessage(envelope, composed.Content), null);
            case ComposeResult.Refused refused:
                return (null, SendReply.Refused(SendRefusal.BadRequest, refused.Reason));
            default:
                throw new InvalidOperationException("A composition ended in none of its results.");
        }
    }

    private static (MessageDraft? Source, SendReply? Refusal, RenderingFailure? Failure) Source(SendDraft draft, CompiledTemplate? stored)
    {
        switch (draft.Request.Content)
        {
            case SimpleContent simple:
                return (Draft(draft, Text(simple.Subject), Text(simple.Text), Text(simple.Html), simple.Headers, simple.Attachments), null, null);
            case TemplateContent template:
                var rendered = template.Inline is { } inline
                    ? TemplateRenderer.Render(inline.Subject, inline.Text, inline.Html, template.TemplateData)
                    : stored!.Render(template.TemplateData);
                return rendered switch
                {
                    RenderResult.Rendered done => (
                        Draft(draft, new TextContent(done.Subject ?? ""), Text(done.Text), Text(done.Html), template.Headers, template.Attachments),
                        null, null),
                    RenderResult.Failed failed => (
                        null, SendReply.Refused(SendRefusal.BadRequest, failed.Reason),
                        failed.Fault == RenderFault.MissingAttribute
                            ? new RenderingFailure(template.Inline is null ? template.StoredName : null, failed.Reason)
                            : null),
                    _ => throw new InvalidOperationException("A rendering ended in none of its results."),
                };
            default:
                throw new InvalidOperationException("Content is none of its kinds.");
        }
    }

    private static MessageDraft Draft(
        SendDraft draft, TextContent subject, TextContent? text, TextContent? html, IReadOnlyList<SendHeader> headers,
        IReadOnlyList<SendAttachment> attachments) => new()
    {
        From = draft.FromText,
        To = draft.Request.To,
        Cc = draft.Request.Cc,
        Bcc = draft.Request.Bcc,
        ReplyTo = draft.Request.ReplyTo,
        Subject = subject,
        Text = text,
        Html = html,
        Headers = [.. headers.Select(h => new MessageHeader(h.Name, h.Value))],
        Attachments = [.. attachments.Select(Attachment)],
    };

    [return: NotNullIfNotNull(nameof(text))]
    private static TextContent? Text(SendText? text) => text is null ? null : new TextContent(text.Data, text.Charset);

    [return: NotNullIfNotNull(nameof(text))]
    private static TextContent? Text(string? text) => text is null ? null : new TextContent(text);

    private static MessageAttachment Attachment(SendAttachment attachment) => new()
    {
        Content = attachment.Content,
        FileName = attachment.FileName,
        ContentType = attachment.ContentType,
        ContentDisposition = attachment.Disposition == "INLINE" ? AttachmentDisposition.Inline : AttachmentDisposition.Attachment,
        ContentDescription = attachment.Description,
        ContentId = attachment.ContentId,
        ContentTransferEncoding = attachment.TransferEncoding switch
        {
            "QUOTED_PRINTABLE" => AttachmentTransferEncoding.QuotedPrintable,
            "SEVEN_BIT" => AttachmentTransferEncoding.SevenBit,
            _ => AttachmentTransferEncoding.Base64,
        },
    };

    private static Envelope Envelope(
        SendDraft draft, SendUse use, string tenantName, MessageStamp stamp, Mailing mailing, string? subject, int size, bool eightBit,
        bool smtpUtf8) => new()
    {
        MessageId = stamp.MessageId,
        TenantName = tenantName,
        Sender = draft.EnvelopeSender,
        FromAddress = draft.From.Address.ToString(),
        IdentityArn = use.IdentityArn,
        ConfigurationSetName = use.Set?.Name,
        Subject = subject,
        Tags = draft.Tags,
        Destination = draft.Recipients,
        AcceptedAt = stamp.Date,
        ScheduledFor = stamp.ScheduledFor,
        TlsRequired = use.Set?.DeliveryOptions?.TlsPolicy == "REQUIRE",
        MaxDeliverySeconds = (int?)use.Set?.DeliveryOptions?.MaxDeliverySeconds,
        NeedsEightBit = eightBit,
        NeedsSmtpUtf8 = smtpUtf8,
        MailFromDomain = use.MailFromDomain,
        ListId = mailing.List?.Id,
        ListKey = mailing.List?.Key,
        ListTopic = mailing.List is null ? null : draft.ListManagement?.TopicName,
        SizeBytes = size,
    };
}

/// <summary>A message ready to be stored.</summary>
internal sealed record ComposedMessage(Envelope Envelope, ReadOnlyMemory<byte> Content)
{
    /// <summary>There is no content: the template could not be filled in.</summary>
    public RenderingFailure? Failure { get; init; }

    /// <summary>Its sender has signed it: the body leaves as it is.</summary>
    public bool HasOwnSignature { get; init; }

    /// <summary>As submitted: what the service has put on by itself is not among them.</summary>
    public IReadOnlyList<MessageHeader> Headers(SendDraft draft, Mailing mailing) => draft.Raw is { } raw
        ? raw.Headers
        : [.. MessageHeaders.Read(Content.Span).Where(h => h.Name is not ("Date" or "Message-ID") && !mailing.Headers.Contains(h))];
}
