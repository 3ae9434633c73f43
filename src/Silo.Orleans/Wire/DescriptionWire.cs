using Orleans;
using Silo.Core.QueueControl;
using Silo.Core.Reputation;
using Silo.Core.Suspension;
using Silo.Core.Tenants;
using Silo.Server.Tenants;

namespace Silo.Orleans.Wire;

[GenerateSerializer, Immutable, Alias("silo.TenantDescription.wire")]
internal struct TenantDescriptionWire
{
    [Id(0)] public string Name;
    [Id(1)] public string TenantId;
    [Id(2)] public string Arn;
    [Id(3)] public DateTimeOffset CreatedAt;
    [Id(4)] public TenantStanding Standing;
    [Id(5)] public TenantSuppression? Suppression;
    [Id(6)] public Finding[] Findings;
    [Id(7)] public TenantBooks Books;
    [Id(8)] public int InHand;
    [Id(9)] public ReputationVolume LastDay;
    [Id(10)] public TenantLimits? Limits;
    [Id(11)] public QueueOrder[]? Orders;
    [Id(12)] public long AcceptedToday;
    [Id(13)] public long AcceptedThisMonth;
    [Id(14)] public TenantWarmUp? WarmUp;
    [Id(15)] public WarmUpReport[]? WarmUpUse;
}

[RegisterConverter]
internal sealed class TenantDescriptionConverter : IConverter<TenantDescription, TenantDescriptionWire>
{
    public TenantDescription ConvertFromSurrogate(in TenantDescriptionWire wire) => new()
    {
        Name = wire.Name, TenantId = wire.TenantId, Arn = wire.Arn, CreatedAt = wire.CreatedAt, Standing = wire.Standing,
        Suppression = wire.Suppression, Findings = wire.Findings, Books = wire.Books, InHand = wire.InHand, LastDay = wire.LastDay,
        // Not told by the release before.
        Limits = wire.Limits ?? TenantLimits.None, Orders = wire.Orders ?? [], AcceptedToday = wire.AcceptedToday,
        AcceptedThisMonth = wire.AcceptedThisMonth, WarmUp = wire.WarmUp, WarmUpUse = wire.WarmUpUse ?? [],
    };

    public TenantDescriptionWire ConvertToSurrogate(in TenantDescription value) => new()
    {
        Name = value.Name, TenantId = value.TenantId, Arn = value.Arn, CreatedAt = value.CreatedAt, Standing = value.Standing,
        Suppression = value.Suppression, Findings = Arrays.Of(value.Findings), Books = value.Books, InHand = value.InHand,
        LastDay = value.LastDay, Limits = value.Limits, Orders = Arrays.Of(value.Orders), AcceptedToday = value.AcceptedToday,
        AcceptedThisMonth = value.AcceptedThisMonth, WarmUp = value.WarmUp, WarmUpUse = Arrays.Of(value.WarmUpUse),
    };
}

[GenerateSerializer, Immutable, Alias("silo.TenantStanding.wire")]
internal struct TenantStandingWire
{
    [Id(0)] public StatusRecord Customer;
    [Id(1)] public StatusRecord Platform;
    [Id(2)] public ReputationPolicy Policy;
    [Id(3)] public Finding[] OpenFindings;
    [Id(4)] public DateTimeOffset? ReinstatedAt;
    [Id(5)] public bool IsPausedByFindings;
    [Id(6)] public CustomPolicy? Custom;
}

[RegisterConverter]
internal sealed class TenantStandingConverter : IConverter<TenantStanding, TenantStandingWire>
{
    public TenantStanding ConvertFromSurrogate(in TenantStandingWire wire) => new()
    {
        Customer = wire.Customer, Platform = wire.Platform, Policy = wire.Policy, OpenFindings = wire.OpenFindings,
        ReinstatedAt = wire.ReinstatedAt, IsPausedByFindings = wire.IsPausedByFindings, Custom = wire.Custom,
    };

    public TenantStandingWire ConvertToSurrogate(in TenantStanding value) => new()
    {
        Customer = value.Customer, Platform = value.Platform, Policy = value.Policy, OpenFindings = Arrays.Of(value.OpenFindings),
        ReinstatedAt = value.ReinstatedAt, IsPausedByFindings = value.IsPausedByFindings, Custom = value.Custom,
    };
}

[GenerateSerializer, Immutable, Alias("silo.StatusRecord.wire")]
internal struct StatusRecordWire
{
    [Id(0)] public SendingStatus Status;
    [Id(1)] public string? Cause;
    [Id(2)] public DateTimeOffset UpdatedAt;
}

[RegisterConverter]
internal sealed class StatusRecordConverter : IConverter<StatusRecord, StatusRecordWire>
{
    public StatusRecord ConvertFromSurrogate(in StatusRecordWire wire) => new(wire.Status, wire.Cause, wire.UpdatedAt);

    public StatusRecordWire ConvertToSurrogate(in StatusRecord value) => new()
    {
        Status = value.Status, Cause = value.Cause, UpdatedAt = value.UpdatedAt,
    };
}

[GenerateSerializer, Immutable, Alias("silo.Finding.wire")]
internal struct FindingWire
{
    [Id(0)] public FindingType Type;
    [Id(1)] public FindingImpact Impact;
    [Id(2)] public DateTimeOffset OpenedAt;
    [Id(3)] public DateTimeOffset UpdatedAt;
    [Id(4)] public DateTimeOffset? ClosedAt;
    [Id(5)] public ReputationWindow Window;
    [Id(6)] public long Volume;
    [Id(7)] public long Count;
    [Id(8)] public double LowerBound;
    [Id(9)] public double UpperBound;
    [Id(10)] public string Description;
    [Id(11)] public string? Provider;
    [Id(12)] public long ProviderCount;
    [Id(13)] public long ProviderVolume;
    [Id(14)] public string[]? SampleMessageIds;
}

[RegisterConverter]
internal sealed class FindingConverter : IConverter<Finding, FindingWire>
{
    public Finding ConvertFromSurrogate(in FindingWire wire) => new()
    {
        Type = wire.Type, Impact = wire.Impact, OpenedAt = wire.OpenedAt, UpdatedAt = wire.UpdatedAt, ClosedAt = wire.ClosedAt,
        Window = wire.Window, Volume = wire.Volume, Count = wire.Count, LowerBound = wire.LowerBound, UpperBound = wire.UpperBound,
        Description = wire.Description, Provider = wire.Provider, ProviderCount = wire.ProviderCount,
        ProviderVolume = wire.ProviderVolume, SampleMessageIds = wire.SampleMessageIds,
    };

    public FindingWire ConvertToSurrogate(in Finding value) => new()
    {
        Type = value.Type, Impact = value.Impact, OpenedAt = value.OpenedAt, UpdatedAt = value.UpdatedAt, ClosedAt = value.ClosedAt,
        Window = value.Window, Volume = value.Volume, Count = value.Count, LowerBound = value.LowerBound,
        UpperBound = value.UpperBound, Description = value.Description, Provider = value.Provider,
        ProviderCount = value.ProviderCount, ProviderVolume = value.ProviderVolume,
        SampleMessageIds = value.SampleMessageIds is null ? null : Arrays.Of(value.SampleMessageIds),
    };
}

[GenerateSerializer, Immutable, Alias("silo.TenantBooks.wire")]
internal struct TenantBooksWire
{
    [Id(0)] public long Accepted;
    [Id(1)] public long HandedOver;
    [Id(2)] public long Delivered;
    [Id(3)] public long Bounced;
    [Id(4)] public long Suppressed;
    [Id(5)] public long Expired;
    [Id(6)] public long Cancelled;
    [Id(7)] public long Rejected;
    [Id(8)] public long PossibleDuplicates;
    [Id(9)] public long SetAside;
}

[RegisterConverter]
internal sealed class TenantBooksConverter : IConverter<TenantBooks, TenantBooksWire>
{
    public TenantBooks ConvertFromSurrogate(in TenantBooksWire wire) => new()
    {
        Accepted = wire.Accepted, HandedOver = wire.HandedOver, Delivered = wire.Delivered, Bounced = wire.Bounced,
        Suppressed = wire.Suppressed, Expired = wire.Expired, Cancelled = wire.Cancelled, Rejected = wire.Rejected,
        PossibleDuplicates = wire.PossibleDuplicates, SetAside = wire.SetAside,
    };

    public TenantBooksWire ConvertToSurrogate(in TenantBooks value) => new()
    {
        Accepted = value.Accepted, HandedOver = value.HandedOver, Delivered = value.Delivered, Bounced = value.Bounced,
        Suppressed = value.Suppressed, Expired = value.Expired, Cancelled = value.Cancelled, Rejected = value.Rejected,
        PossibleDuplicates = value.PossibleDuplicates, SetAside = value.SetAside,
    };
}

[GenerateSerializer, Immutable, Alias("silo.ReputationVolume.wire")]
internal struct ReputationVolumeWire
{
    [Id(0)] public long Sent;
    [Id(1)] public long Resolved;
    [Id(2)] public long HardBounces;
    [Id(3)] public long FeedbackLoopDelivered;
    [Id(4)] public long Complaints;
    [Id(5)] public long Delivered;
    [Id(6)] public long HandedOver;
    [Id(7)] public long SoftBounces;
    [Id(8)] public long Blocked;
    [Id(9)] public long Deferred;
    [Id(10)] public long Suppressed;
    [Id(11)] public long Expired;
    [Id(12)] public long Cancelled;
    [Id(13)] public long Rejected;
    [Id(14)] public long Opens;
    [Id(15)] public long Clicks;
    [Id(16)] public long Unsubscribes;
    [Id(17)] public long OtherComplaints;
    [Id(18)] public long MailboxFull;
    [Id(19)] public long MessageTooLarge;
    [Id(20)] public long ContentRejected;
    [Id(21)] public long AttachmentRejected;
    [Id(22)] public long NoEmail;
}

[RegisterConverter]
internal sealed class ReputationVolumeConverter : IConverter<ReputationVolume, ReputationVolumeWire>
{
    public ReputationVolume ConvertFromSurrogate(in ReputationVolumeWire wire) => new(
        wire.Sent, wire.Resolved, wire.HardBounces, wire.FeedbackLoopDelivered, wire.Complaints, wire.Delivered, wire.HandedOver,
        wire.SoftBounces, wire.Blocked, wire.Deferred, wire.Suppressed, wire.Expired, wire.Cancelled, wire.Rejected)
    {
        Opens = wire.Opens, Clicks = wire.Clicks, Unsubscribes = wire.Unsubscribes, OtherComplaints = wire.OtherComplaints,
        SubTypes = new BounceSubTypes(
            wire.MailboxFull, wire.MessageTooLarge, wire.ContentRejected, wire.AttachmentRejected, wire.NoEmail),
    };

    public ReputationVolumeWire ConvertToSurrogate(in ReputationVolume value) => new()
    {
        Sent = value.Sent, Resolved = value.Resolved, HardBounces = value.HardBounces,
        FeedbackLoopDelivered = value.FeedbackLoopDelivered, Complaints = value.Complaints, Delivered = value.Delivered,
        HandedOver = value.HandedOver, SoftBounces = value.SoftBounces, Blocked = value.Blocked, Deferred = value.Deferred,
        Suppressed = value.Suppressed, Expired = value.Expired, Cancelled = value.Cancelled, Rejected = value.Rejected,
        Opens = value.Opens, Clicks = value.Clicks, Unsubscribes = value.Unsubscribes, OtherComplaints = value.OtherComplaints,
        MailboxFull = value.SubTypes.MailboxFull, MessageTooLarge = value.SubTypes.MessageTooLarge,
        ContentRejected = value.SubTypes.ContentRejected, AttachmentRejected = value.SubTypes.AttachmentRejected,
        NoEmail = value.SubTypes.NoEmail,
    };
}
