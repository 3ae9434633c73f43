using Orleans;
using Silo.Core.Delivery;
using Silo.Core.Messages;
using Silo.Core.Pacing;
using Silo.Core.Suppression;
using Silo.Server.Tenants;
using Silo.Storage;

namespace Silo.Orleans.Wire;

[GenerateSerializer, Immutable, Alias("silo.SendScope.wire")]
internal struct SendScopeWire
{
    [Id(0)] public string[] ResourceArns;
    [Id(1)] public int Recipients;
}

[RegisterConverter]
internal sealed class SendScopeConverter : IConverter<SendScope, SendScopeWire>
{
    // Not told by the release before.
    public SendScope ConvertFromSurrogate(in SendScopeWire wire) =>
        new(wire.ResourceArns) { Recipients = wire.Recipients == 0 ? 1 : wire.Recipients };

    public SendScopeWire ConvertToSurrogate(in SendScope value) => new()
    {
        ResourceArns = Arrays.Of(value.ResourceArns), Recipients = value.Recipients,
    };
}

[GenerateSerializer, Immutable, Alias("silo.AdmitMessage.wire")]
internal struct AdmitMessageWire
{
    [Id(0)] public SendScope Scope;
    [Id(1)] public Envelope Envelope;
    [Id(2)] public ReadOnlyMemory<byte> Content;
    [Id(3)] public string[] Recipients;
    [Id(4)] public SuppressedRecipient[] Suppressed;
    [Id(5)] public int StreamAndOne;
    [Id(6)] public string? Pool;
    [Id(7)] public SuppressionTerms? Suppression;
    [Id(8)] public byte[]? Facts;
    [Id(9)] public RenderingFailure? RenderingFailure;
    [Id(10)] public string[]? Rejected;
    [Id(11)] public ContentScore? Score;
    [Id(12)] public SendKey? Key;
}

[RegisterConverter]
internal sealed class AdmitMessageConverter : IConverter<AdmitMessage, AdmitMessageWire>
{
    public AdmitMessage ConvertFromSurrogate(in AdmitMessageWire wire) =>
        new(wire.Scope, wire.Envelope, wire.Content, wire.Recipients, wire.Suppressed)
        {
            Stream = StreamNumber.Read(wire.StreamAndOne), Pool = wire.Pool, Suppression = wire.Suppression,
            Facts = wire.Facts is { } facts ? facts : default(ReadOnlyMemory<byte>?), RenderingFailure = wire.RenderingFailure,
            Rejected = wire.Rejected ?? [], Score = wire.Score, Key = wire.Key,
        };

    public AdmitMessageWire ConvertToSurrogate(in AdmitMessage value) => new()
    {
        Scope = value.Scope, Envelope = value.Envelope, Content = value.Content, Recipients = Arrays.Of(value.Recipients),
        Suppressed = Arrays.Of(value.Suppressed), StreamAndOne = StreamNumber.Of(value.Stream), Pool = value.Pool,
        Suppression = value.Suppression, Facts = value.Facts?.ToArray(), RenderingFailure = value.RenderingFailure,
        Rejected = Arrays.Of(value.Rejected), Score = value.Score, Key = value.Key,
    };
}

[GenerateSerializer, Immutable, Alias("silo.SendKey.wire")]
internal struct SendKeyWire
{
    [Id(0)] public ulong CallHigh;
    [Id(1)] public ulong CallLow;
    [Id(2)] public ulong ContentHigh;
    [Id(3)] public ulong ContentLow;
}

[RegisterConverter]
internal sealed class SendKeyConverter : IConverter<SendKey, SendKeyWire>
{
    public SendKey ConvertFromSurrogate(in SendKeyWire wire) =>
        new(new UInt128(wire.CallHigh, wire.CallLow), new UInt128(wire.ContentHigh, wire.ContentLow));

    public SendKeyWire ConvertToSurrogate(in SendKey value) => new()
    {
        CallHigh = (ulong)(value.Call >> 64), CallLow = (ulong)value.Call, ContentHigh = (ulong)(value.Content >> 64),
        ContentLow = (ulong)value.Content,
    };
}

[GenerateSerializer, Immutable, Alias("silo.ContentScore.wire")]
internal struct ContentScoreWire
{
    [Id(0)] public string Action;
    [Id(1)] public double Score;
    [Id(2)] public string[]? Symbols;
}

[RegisterConverter]
internal sealed class ContentScoreConverter : IConverter<ContentScore, ContentScoreWire>
{
    public ContentScore ConvertFromSurrogate(in ContentScoreWire wire) => new(wire.Action, wire.Score) { Symbols = wire.Symbols };

    public ContentScoreWire ConvertToSurrogate(in ContentScore value) => new()
    {
        Action = value.Action, Score = value.Score, Symbols = value.Symbols is null ? null : Arrays.Of(value.Symbols),
    };
}

[GenerateSerializer, Immutable, Alias("silo.RenderingFailure.wire")]
internal struct RenderingFailureWire
{
    [Id(0)] public string? TemplateName;
    [Id(1)] public string Reason;
}

[RegisterConverter]
internal sealed class RenderingFailureConverter : IConverter<RenderingFailure, RenderingFailureWire>
{
    public RenderingFailure ConvertFromSurrogate(in RenderingFailureWire wire) => new(wire.TemplateName, wire.Reason);

    public RenderingFailureWire ConvertToSurrogate(in RenderingFailure value) => new() { TemplateName = value.TemplateName, Reason = value.Reason };
}

[GenerateSerializer, Immutable, Alias("silo.Envelope.wire")]
internal struct EnvelopeWire
{
    [Id(0)] public string MessageId;
    [Id(1)] public string TenantName;
    [Id(2)] public string Sender;
    [Id(3)] public string FromAddress;
    [Id(4)] public string IdentityArn;
    [Id(5)] public string? ConfigurationSetName;
    [Id(6)] public string? Subject;
    [Id(7)] public MessageTag[] Tags;
    [Id(8)] public string[] Destination;
    [Id(9)] public DateTimeOffset AcceptedAt;
    [Id(10)] public bool TlsRequired;
    [Id(11)] public int? MaxDeliverySeconds;
    [Id(12)] public bool NeedsEightBit;
    [Id(13)] public bool NeedsSmtpUtf8;
    [Id(14)] public int SizeBytes;
    [Id(15)] public string? MailFromDomain;
    [Id(16)] public DateTimeOffset? ScheduledFor;
    [Id(17)] public string? ListId;
    [Id(18)] public string? ListKey;
    [Id(19)] public string? ListTopic;
}

[RegisterConverter]
internal sealed class EnvelopeConverter : IConverter<Envelope, EnvelopeWire>
{
    public Envelope ConvertFromSurrogate(in EnvelopeWire wire) => new()
    {
        MessageId = wire.MessageId, TenantName = wire.TenantName, Sender = wire.Sender, FromAddress = wire.FromAddress,
        IdentityArn = wire.IdentityArn, ConfigurationSetName = wire.ConfigurationSetName, Subject = wire.Subject, Tags = wire.Tags,
        Destination = wire.Destination, AcceptedAt = wire.AcceptedAt, TlsRequired = wire.TlsRequired,
        MaxDeliverySeconds = wire.MaxDeliverySeconds, NeedsEightBit = wire.NeedsEightBit, NeedsSmtpUtf8 = wire.NeedsSmtpUtf8,
        SizeBytes = wire.SizeBytes, MailFromDomain = wire.MailFromDomain, ScheduledFor = wire.ScheduledFor,
        ListId = wire.ListId, ListKey = wire.ListKey, ListTopic = wire.ListTopic,
    };

    public EnvelopeWire ConvertToSurrogate(in Envelope value) => new()
    {
        MessageId = value.MessageId, TenantName = value.TenantName, Sender = value.Sender, FromAddress = value.FromAddress,
        IdentityArn = value.IdentityArn, ConfigurationSetName = value.ConfigurationSetName, Subject = value.Subject,
        Tags = Arrays.Of(value.Tags), Destination = Arrays.Of(value.Destination), AcceptedAt = value.AcceptedAt,
        TlsRequired = value.TlsRequired, MaxDeliverySeconds = value.MaxDeliverySeconds, NeedsEightBit = value.NeedsEightBit,
        NeedsSmtpUtf8 = value.NeedsSmtpUtf8, SizeBytes = value.SizeBytes, MailFromDomain = value.MailFromDomain,
        ScheduledFor = value.ScheduledFor, ListId = value.ListId, ListKey = value.ListKey, ListTopic = value.ListTopic,
    };
}

[GenerateSerializer, Immutable, Alias("silo.MessageTag.wire")]
internal struct MessageTagWire
{
    [Id(0)] public string Name;
    [Id(1)] public string Value;
}

[RegisterConverter]
internal sealed class MessageTagConverter : IConverter<MessageTag, MessageTagWire>
{
    public MessageTag ConvertFromSurrogate(in MessageTagWire wire) => new(wire.Name, wire.Value);

    public MessageTagWire ConvertToSurrogate(in MessageTag value) => new() { Name = value.Name, Value = value.Value };
}

[GenerateSerializer, Immutable, Alias("silo.SuppressedRecipient.wire")]
internal struct SuppressedRecipientWire
{
    [Id(0)] public string Address;
    [Id(1)] public BounceSubType BounceSubType;
}

[RegisterConverter]
internal sealed class SuppressedRecipientConverter : IConverter<SuppressedRecipient, SuppressedRecipientWire>
{
    public SuppressedRecipient ConvertFromSurrogate(in SuppressedRecipientWire wire) => new(wire.Address, wire.BounceSubType);

    public SuppressedRecipientWire ConvertToSurrogate(in SuppressedRecipient value) => new()
    {
        Address = value.Address, BounceSubType = value.BounceSubType,
    };
}

[GenerateSerializer, Immutable, Alias("silo.AdmissionRefusal.wire")]
internal struct AdmissionRefusalWire
{
    [Id(0)] public AdmissionResult Result;
    [Id(1)] public string? TenantArn;
    [Id(2)] public string[] MissingArns;
    [Id(3)] public bool IsOverQuota;
    [Id(4)] public PlanRefusal? Quota;
    [Id(5)] public bool IsKeyInUse;
}

/// <summary>
/// The release before does not know of quotas and keys of sends: it is told that the backlog is full, and refuses the send as well.
/// </summary>
[RegisterConverter]
internal sealed class AdmissionRefusalConverter : IConverter<AdmissionRefusal, AdmissionRefusalWire>
{
    public AdmissionRefusal ConvertFromSurrogate(in AdmissionRefusalWire wire) =>
        new(
            wire.IsOverQuota ? AdmissionResult.OverQuota : wire.IsKeyInUse ? AdmissionResult.KeyInUse : wire.Result, wire.TenantArn,
            wire.MissingArns)
        {
            Quota = wire.Quota,
        };

    public AdmissionRefusalWire ConvertToSurrogate(in AdmissionRefusal value) => new()
    {
        Result = value.Result is AdmissionResult.OverQuota or AdmissionResult.KeyInUse ? AdmissionResult.BacklogFull : value.Result,
        TenantArn = value.TenantArn, IsKeyInUse = value.Result == AdmissionResult.KeyInUse,
        MissingArns = Arrays.Of(value.MissingArns), IsOverQuota = value.Result == AdmissionResult.OverQuota, Quota = value.Quota,
    };
}

[GenerateSerializer, Immutable, Alias("silo.PlanRefusal.wire")]
internal struct PlanRefusalWire
{
    [Id(0)] public PlanPeriod Period;
    [Id(1)] public long Limit;
    [Id(2)] public DateTimeOffset EndsAt;
}

[RegisterConverter]
internal sealed class PlanRefusalConverter : IConverter<PlanRefusal, PlanRefusalWire>
{
    public PlanRefusal ConvertFromSurrogate(in PlanRefusalWire wire) => new(wire.Period, wire.Limit, wire.EndsAt);

    public PlanRefusalWire ConvertToSurrogate(in PlanRefusal value) => new()
    {
        Period = value.Period, Limit = value.Limit, EndsAt = value.EndsAt,
    };
}

[GenerateSerializer, Immutable, Alias("silo.Admission.wire")]
internal struct AdmissionWire
{
    [Id(0)] public AdmissionRefusal? Refusal;
    [Id(1)] public string? EarlierId;
}

[RegisterConverter]
internal sealed class AdmissionConverter : IConverter<Admission, AdmissionWire>
{
    public Admission ConvertFromSurrogate(in AdmissionWire wire) => new(wire.Refusal) { EarlierId = wire.EarlierId };

    public AdmissionWire ConvertToSurrogate(in Admission value) => new() { Refusal = value.Refusal, EarlierId = value.EarlierId };
}

[GenerateSerializer, Immutable, Alias("silo.SuppressionTerms.wire")]
internal struct SuppressionTermsWire
{
    [Id(0)] public ListedAddress[] Listed;
    [Id(1)] public string[] AccountReasons;
    [Id(2)] public string? SetScope;
    [Id(3)] public string[]? SetReasons;
}

[RegisterConverter]
internal sealed class SuppressionTermsConverter : IConverter<SuppressionTerms, SuppressionTermsWire>
{
    public SuppressionTerms ConvertFromSurrogate(in SuppressionTermsWire wire) =>
        new(wire.Listed, wire.AccountReasons) { SetScope = wire.SetScope, SetReasons = wire.SetReasons };

    public SuppressionTermsWire ConvertToSurrogate(in SuppressionTerms value) => new()
    {
        Listed = Arrays.Of(value.Listed), AccountReasons = Arrays.Of(value.AccountReasons), SetScope = value.SetScope,
        SetReasons = value.SetReasons is { } reasons ? Arrays.Of(reasons) : null,
    };
}

[GenerateSerializer, Immutable, Alias("silo.ListedAddress.wire")]
internal struct ListedAddressWire
{
    [Id(0)] public string Address;
    [Id(1)] public bool OfTenant;
    [Id(2)] public SuppressionReason Reason;
}

[RegisterConverter]
internal sealed class ListedAddressConverter : IConverter<ListedAddress, ListedAddressWire>
{
    public ListedAddress ConvertFromSurrogate(in ListedAddressWire wire) => new(wire.Address, wire.OfTenant, wire.Reason);

    public ListedAddressWire ConvertToSurrogate(in ListedAddress value) => new()
    {
        Address = value.Address, OfTenant = value.OfTenant, Reason = value.Reason,
    };
}
