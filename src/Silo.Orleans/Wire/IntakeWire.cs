using Orleans;
using Silo.Core.Messages;
using Silo.Server.Events;
using Silo.Server.Intake;
using Silo.Server.Intake.Repeats;
using Silo.Storage;

namespace Silo.Orleans.Wire;

/// <summary>Content is one of its kinds; kinds are members, so that no name of a .NET type stands in the bytes.</summary>
[GenerateSerializer, Immutable, Alias("silo.SendRequest.wire")]
internal struct SendRequestWire
{
    [Id(0)] public string? TenantName;
    [Id(1)] public string? From;
    [Id(2)] public string[] To;
    [Id(3)] public string[] Cc;
    [Id(4)] public string[] Bcc;
    [Id(5)] public string[] ReplyTo;
    [Id(6)] public string? FeedbackForwardingAddress;
    [Id(7)] public string? FromIdentityArn;
    [Id(8)] public string? ConfigurationSetName;
    [Id(9)] public MessageTag[] Tags;
    [Id(10)] public SimpleContent? Simple;
    [Id(11)] public RawContent? Raw;
    [Id(12)] public TemplateContent? Template;
    [Id(13)] public string? OriginIp;
    [Id(14)] public string? OriginIdentity;
    [Id(40)] public string? ContactListName;
    [Id(41)] public string? TopicName;
    [Id(15)] public SendKey? Key;
    [Id(16)] public bool LookFirst;
    [Id(17)] public string? KeyName;
    [Id(18)] public DateTimeOffset? ScheduledFor;
    [Id(19)] public TrackingOverride? Tracking;
}

[RegisterConverter]
internal sealed class SendRequestConverter : IConverter<SendRequest, SendRequestWire>
{
    public SendRequest ConvertFromSurrogate(in SendRequestWire wire) => new()
    {
        TenantName = wire.TenantName, From = wire.From, To = wire.To, Cc = wire.Cc, Bcc = wire.Bcc, ReplyTo = wire.ReplyTo,
        FeedbackForwardingAddress = wire.FeedbackForwardingAddress, FromIdentityArn = wire.FromIdentityArn,
        ConfigurationSetName = wire.ConfigurationSetName, Tags = wire.Tags,
        Content = (SendContent?)wire.Simple ?? (SendContent?)wire.Raw ?? wire.Template
            ?? throw new InvalidDataException("A send without content."),
        Origin = new SendOrigin(wire.OriginIp, wire.OriginIdentity),
        ListManagement = wire.ContactListName is { } list ? new ListManagement(list, wire.TopicName) : null,
        ScheduledFor = wire.ScheduledFor, Tracking = wire.Tracking,
        Key = wire.Key is { } key ? new CallKey(key, wire.LookFirst) { Name = wire.KeyName } : null,
    };

    public SendRequestWire ConvertToSurrogate(in SendRequest value) => new()
    {
        TenantName = value.TenantName, From = value.From, To = Arrays.Of(value.To), Cc = Arrays.Of(value.Cc),
        Bcc = Arrays.Of(value.Bcc), ReplyTo = Arrays.Of(value.ReplyTo), FeedbackForwardingAddress = value.FeedbackForwardingAddress,
        FromIdentityArn = value.FromIdentityArn, ConfigurationSetName = value.ConfigurationSetName, Tags = Arrays.Of(value.Tags),
        Simple = value.Content as SimpleContent, Raw = value.Content as RawContent, Template = value.Content as TemplateContent,
        OriginIp = value.Origin.Ip, OriginIdentity = value.Origin.Identity,
        ContactListName = value.ListManagement?.ContactListName, TopicName = value.ListManagement?.TopicName,
        Key = value.Key?.Key, LookFirst = value.Key?.LookFirst == true, KeyName = value.Key?.Name,
        ScheduledFor = value.ScheduledFor, Tracking = value.Tracking,
    };
}

[GenerateSerializer, Immutable, Alias("silo.TrackingOverride.wire")]
internal struct TrackingOverrideWire
{
    [Id(0)] public bool? Opens;
    [Id(1)] public bool? Clicks;
}

[RegisterConverter]
internal sealed class TrackingOverrideConverter : IConverter<TrackingOverride, TrackingOverrideWire>
{
    public TrackingOverride ConvertFromSurrogate(in TrackingOverrideWire wire) => new(wire.Opens, wire.Clicks);

    public TrackingOverrideWire ConvertToSurrogate(in TrackingOverride value) => new() { Opens = value.Opens, Clicks = value.Clicks };
}

[GenerateSerializer, Immutable, Alias("silo.SendText.wire")]
internal struct SendTextWire
{
    [Id(0)] public string Data;
    [Id(1)] public string? Charset;
}

[RegisterConverter]
internal sealed class SendTextConverter : IConverter<SendText, SendTextWire>
{
    public SendText ConvertFromSurrogate(in SendTextWire wire) => new(wire.Data, wire.Charset);

    public SendTextWire ConvertToSurrogate(in SendText value) => new() { Data = value.Data, Charset = value.Charset };
}

[GenerateSerializer, Immutable, Alias("silo.SendHeader.wire")]
internal struct SendHeaderWire
{
    [Id(0)] public string Name;
    [Id(1)] public string Value;
}

[RegisterConverter]
internal sealed class SendHeaderConverter : IConverter<SendHeader, SendHeaderWire>
{
    public SendHeader ConvertFromSurrogate(in SendHeaderWire wire) => new(wire.Name, wire.Value);

    public SendHeaderWire ConvertToSurrogate(in SendHeader value) => new() { Name = value.Name, Value = value.Value };
}

[GenerateSerializer, Immutable, Alias("silo.SendAttachment.wire")]
internal struct SendAttachmentWire
{
    [Id(0)] public ReadOnlyMemory<byte> Content;
    [Id(1)] public string FileName;
    [Id(2)] public string? Disposition;
    [Id(3)] public string? Description;
    [Id(4)] public string? ContentId;
    [Id(5)] public string? TransferEncoding;
    [Id(6)] public string? ContentType;
}

[RegisterConverter]
internal sealed class SendAttachmentConverter : IConverter<SendAttachment, SendAttachmentWire>
{
    public SendAttachment ConvertFromSurrogate(in SendAttachmentWire wire) => new(
        wire.Content, wire.FileName, wire.Disposition, wire.Description, wire.ContentId, wire.TransferEncoding, wire.ContentType);

    public SendAttachmentWire ConvertToSurrogate(in SendAttachment value) => new()
    {
        Content = value.Content, FileName = value.FileName, Disposition = value.Disposition, Description = value.Description,
        ContentId = value.ContentId, TransferEncoding = value.TransferEncoding, ContentType = value.ContentType,
    };
}

[GenerateSerializer, Immutable, Alias("silo.SimpleContent.wire")]
internal struct SimpleContentWire
{
    [Id(0)] public SendText Subject;
    [Id(1)] public SendText? Text;
    [Id(2)] public SendText? Html;
    [Id(3)] public SendHeader[] Headers;
    [Id(4)] public SendAttachment[] Attachments;
}

[RegisterConverter]
internal sealed class SimpleContentConverter : IConverter<SimpleContent, SimpleContentWire>
{
    public SimpleContent ConvertFromSurrogate(in SimpleContentWire wire) =>
        new(wire.Subject, wire.Text, wire.Html, wire.Headers, wire.Attachments);

    public SimpleContentWire ConvertToSurrogate(in SimpleContent value) => new()
    {
        Subject = value.Subject, Text = value.Text, Html = value.Html, Headers = Arrays.Of(value.Headers),
        Attachments = Arrays.Of(value.Attachments),
    };
}

[GenerateSerializer, Immutable, Alias("silo.RawContent.wire")]
internal struct RawContentWire
{
    [Id(0)] public ReadOnlyMemory<byte> Data;
}

[RegisterConverter]
internal sealed class RawContentConverter : IConverter<RawContent, RawContentWire>
{
    public RawContent ConvertFromSurrogate(in RawContentWire wire) => new(wire.Data);

    public RawContentWire ConvertToSurrogate(in RawContent value) => new() { Data = value.Data };
}

[GenerateSerializer, Immutable, Alias("silo.TemplateContent.wire")]
internal struct TemplateContentWire
{
    [Id(0)] public string? TemplateName;
    [Id(1)] public string? TemplateArn;
    [Id(2)] public InlineTemplate? Inline;
    [Id(3)] public string? TemplateData;
    [Id(4)] public SendHeader[] Headers;
    [Id(5)] public SendAttachment[] Attachments;
}

[RegisterConverter]
internal sealed class TemplateContentConverter : IConverter<TemplateContent, TemplateContentWire>
{
    public TemplateContent ConvertFromSurrogate(in TemplateContentWire wire) => new(
        wire.TemplateName, wire.TemplateArn, wire.Inline, wire.TemplateData, wire.Headers, wire.Attachments);

    public TemplateContentWire ConvertToSurrogate(in TemplateContent value) => new()
    {
        TemplateName = value.TemplateName, TemplateArn = value.TemplateArn, Inline = value.Inline, TemplateData = value.TemplateData,
        Headers = Arrays.Of(value.Headers), Attachments = Arrays.Of(value.Attachments),
    };
}

[GenerateSerializer, Immutable, Alias("silo.InlineTemplate.wire")]
internal struct InlineTemplateWire
{
    [Id(0)] public string? Subject;
    [Id(1)] public string? Text;
    [Id(2)] public string? Html;
}

[RegisterConverter]
internal sealed class InlineTemplateConverter : IConverter<InlineTemplate, InlineTemplateWire>
{
    public InlineTemplate ConvertFromSurrogate(in InlineTemplateWire wire) => new(wire.Subject, wire.Text, wire.Html);

    public InlineTemplateWire ConvertToSurrogate(in InlineTemplate value) => new()
    {
        Subject = value.Subject, Text = value.Text, Html = value.Html,
    };
}

[GenerateSerializer, Immutable, Alias("silo.SendReply.wire")]
internal struct SendReplyWire
{
    [Id(0)] public string? MessageId;
    [Id(1)] public SendRefusal Refusal;
    [Id(2)] public string? Message;
    [Id(3)] public bool IsQuotaExceeded;
    [Id(4)] public bool IsMailFromNotVerified;
    [Id(5)] public bool IsConflict;
}

/// <summary>
/// The release before does not know of quotas, MAIL FROM domains and keys of sends: it is told that there were too many sends, or a bad one.
/// </summary>
[RegisterConverter]
internal sealed class SendReplyConverter : IConverter<SendReply, SendReplyWire>
{
    public SendReply ConvertFromSurrogate(in SendReplyWire wire) =>
        new(
            wire.MessageId,
            wire.IsQuotaExceeded ? SendRefusal.QuotaExceeded : wire.IsMailFromNotVerified ? SendRefusal.MailFromNotVerified
                : wire.IsConflict ? SendRefusal.Conflict : wire.Refusal,
            wire.Message);

    public SendReplyWire ConvertToSurrogate(in SendReply value) => new()
    {
        MessageId = value.MessageId,
        Refusal = value.Refusal switch
        {
            SendRefusal.QuotaExceeded => SendRefusal.TooManyRequests,
            SendRefusal.MailFromNotVerified or SendRefusal.Conflict => SendRefusal.BadRequest,
            var known => known,
        },
        Message = value.Message, IsQuotaExceeded = value.Refusal == SendRefusal.QuotaExceeded,
        IsMailFromNotVerified = value.Refusal == SendRefusal.MailFromNotVerified, IsConflict = value.Refusal == SendRefusal.Conflict,
    };
}
