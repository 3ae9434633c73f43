using Orleans;
using Silo.Core.Contacts;
using Silo.Core.Delivery;
using Silo.Core.Messages;
using Silo.Core.Tenants;
using Silo.Server.Delivery;

namespace Silo.Orleans.Wire;

[GenerateSerializer, Immutable, Alias("silo.DeliveryFeedback.wire")]
internal struct DeliveryFeedbackWire
{
    [Id(0)] public string TenantName;
    [Id(1)] public string MessageId;
    [Id(2)] public string Recipient;
    [Id(3)] public DateTimeOffset SentAt;
    [Id(4)] public FeedbackKind Kind;
    [Id(5)] public UnitState Previous;
    [Id(6)] public BounceSubType BounceSubType;
    [Id(7)] public string? ComplaintType;
    [Id(8)] public string? Diagnostic;
    [Id(9)] public bool Simulated;
    [Id(10)] public string? SendingDomain;
    [Id(11)] public long TenantKey;
    [Id(30)] public string? Subscription;
    [Id(12)] public Engagement? Engagement;
    [Id(31)] public bool InDoubt;

    [Id(32)] public bool IsFirst;
}

[RegisterConverter]
internal sealed class DeliveryFeedbackConverter : IConverter<DeliveryFeedback, DeliveryFeedbackWire>
{
    public DeliveryFeedback ConvertFromSurrogate(in DeliveryFeedbackWire wire) =>
        new(wire.TenantName, wire.MessageId, wire.Recipient, wire.SentAt, wire.Kind)
    {
        Previous = wire.Previous, BounceSubType = wire.BounceSubType, ComplaintType = wire.ComplaintType, Diagnostic = wire.Diagnostic,
        Simulated = wire.Simulated, SendingDomain = wire.SendingDomain, TenantKey = wire.TenantKey,
        Subscription = SubscriptionChange.FromJson(wire.Subscription),
        Engagement = wire.Engagement, InDoubt = wire.InDoubt, IsFirst = wire.IsFirst,
    };

    public DeliveryFeedbackWire ConvertToSurrogate(in DeliveryFeedback value) => new()
    {
        TenantName = value.TenantName, MessageId = value.MessageId, Recipient = value.Recipient, SentAt = value.SentAt,
        Kind = value.Kind, Previous = value.Previous, BounceSubType = value.BounceSubType, ComplaintType = value.ComplaintType,
        Diagnostic = value.Diagnostic, Simulated = value.Simulated, SendingDomain = value.SendingDomain, TenantKey = value.TenantKey,
        Subscription = value.Subscription?.ToJson(),
        Engagement = value.Engagement, InDoubt = value.InDoubt, IsFirst = value.IsFirst,
    };
}

[GenerateSerializer, Immutable, Alias("silo.Engagement.wire")]
internal struct EngagementWire
{
    [Id(0)] public string? IpAddress;
    [Id(1)] public string? UserAgent;
    [Id(2)] public string? Link;
    [Id(3)] public MessageTag[]? LinkTags;
}

[RegisterConverter]
internal sealed class EngagementConverter : IConverter<Engagement, EngagementWire>
{
    public Engagement ConvertFromSurrogate(in EngagementWire wire) => new()
    {
        IpAddress = wire.IpAddress, UserAgent = wire.UserAgent, Link = wire.Link, LinkTags = wire.LinkTags,
    };

    public EngagementWire ConvertToSurrogate(in Engagement value) => new()
    {
        IpAddress = value.IpAddress, UserAgent = value.UserAgent, Link = value.Link,
        LinkTags = value.LinkTags is { } tags ? Arrays.Of(tags) : null,
    };
}
