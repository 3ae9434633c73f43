using Orleans;
using Silo.Server.Delivery.Pacing;
using Silo.Server.Tenants;

namespace Silo.Orleans.Wire;

[GenerateSerializer, Immutable, Alias("silo.TenantBudgets.wire")]
internal struct TenantBudgetsWire
{
    [Id(0)] public TenantBudget Own;
    [Id(1)] public TenantQueueReport Queue;
}

[RegisterConverter]
internal sealed class TenantBudgetsConverter : IConverter<TenantBudgets, TenantBudgetsWire>
{
    public TenantBudgets ConvertFromSurrogate(in TenantBudgetsWire wire) => new(wire.Own, wire.Queue);

    public TenantBudgetsWire ConvertToSurrogate(in TenantBudgets value) => new() { Own = value.Own, Queue = value.Queue };
}

[GenerateSerializer, Immutable, Alias("silo.TenantBudget.wire")]
internal struct TenantBudgetWire
{
    [Id(0)] public bool MaySend;
    [Id(1)] public string? Cause;
    [Id(2)] public double Weight;
    [Id(3)] public double SendRate;
    [Id(4)] public double SendBurst;
    [Id(5)] public double Available;
    [Id(6)] public int Unresolved;
    [Id(7)] public int UnresolvedCap;
    [Id(8)] public WarmUpReport[]? WarmUp;
    [Id(9)] public string? OverflowPool;
}

[RegisterConverter]
internal sealed class TenantBudgetConverter : IConverter<TenantBudget, TenantBudgetWire>
{
    public TenantBudget ConvertFromSurrogate(in TenantBudgetWire wire) => new(
        wire.MaySend, wire.Cause, wire.Weight, wire.SendRate, wire.SendBurst, wire.Available, wire.Unresolved, wire.UnresolvedCap)
    {
        // Not told by the release before.
        WarmUp = wire.WarmUp ?? [], OverflowPool = wire.OverflowPool,
    };

    public TenantBudgetWire ConvertToSurrogate(in TenantBudget value) => new()
    {
        MaySend = value.MaySend, Cause = value.Cause, Weight = value.Weight, SendRate = value.SendRate, SendBurst =
        value.SendBurst, Available = value.Available, Unresolved = value.Unresolved, UnresolvedCap = value.UnresolvedCap, WarmUp = Arrays.Of(value.WarmUp),
        OverflowPool = value.OverflowPool,
    };
}

[GenerateSerializer, Immutable, Alias("silo.MessageExplanation.wire")]
internal struct MessageExplanationWire
{
    [Id(0)] public TenantBudget Tenant;
    [Id(1)] public DeliveryReport[] Deliveries;
}

[RegisterConverter]
internal sealed class MessageExplanationConverter : IConverter<MessageExplanation, MessageExplanationWire>
{
    public MessageExplanation ConvertFromSurrogate(in MessageExplanationWire wire) => new(wire.Tenant, wire.Deliveries);

    public MessageExplanationWire ConvertToSurrogate(in MessageExplanation value) => new()
    {
        Tenant = value.Tenant, Deliveries = Arrays.Of(value.Deliveries),
    };
}

[GenerateSerializer, Immutable, Alias("silo.TenantQueueReport.wire")]
internal struct TenantQueueReportWire
{
    [Id(0)] public int InHand;
    [Id(1)] public DateTimeOffset? RestsUntil;
    [Id(2)] public LaneReport[] Lanes;
    [Id(3)] public BudgetReport[] Budgets;
}

[RegisterConverter]
internal sealed class TenantQueueReportConverter : IConverter<TenantQueueReport, TenantQueueReportWire>
{
    public TenantQueueReport ConvertFromSurrogate(in TenantQueueReportWire wire) => new(
        wire.InHand, wire.RestsUntil, wire.Lanes, wire.Budgets);

    public TenantQueueReportWire ConvertToSurrogate(in TenantQueueReport value) => new()
    {
        InHand = value.InHand, RestsUntil = value.RestsUntil, Lanes = Arrays.Of(value.Lanes), Budgets = Arrays.Of(value.Budgets),
    };
}

[GenerateSerializer, Immutable, Alias("silo.LaneReport.wire")]
internal struct LaneReportWire
{
    [Id(0)] public int StreamAndOne;
    [Id(1)] public string Pool;
    [Id(2)] public string Provider;
    [Id(3)] public int Due;
    [Id(4)] public int Later;
    [Id(5)] public bool HasMore;
    [Id(6)] public string? WaitsFor;
    [Id(7)] public DateTimeOffset? Since;
    [Id(8)] public DateTimeOffset? EstimatedAt;
    [Id(9)] public string? SendingDomain;
    [Id(10)] public bool Overflows;
}

[RegisterConverter]
internal sealed class LaneReportConverter : IConverter<LaneReport, LaneReportWire>
{
    public LaneReport ConvertFromSurrogate(in LaneReportWire wire) => new(
        StreamNumber.Read(wire.StreamAndOne), wire.Pool, wire.Provider, wire.Due, wire.Later, wire.HasMore, wire.WaitsFor,
        wire.Since, wire.EstimatedAt)
    {
        SendingDomain = wire.SendingDomain, Overflows = wire.Overflows,
    };

    public LaneReportWire ConvertToSurrogate(in LaneReport value) => new()
    {
        StreamAndOne = StreamNumber.Of(value.Stream), Pool = value.Pool, Provider = value.Provider, Due = value.Due, Later =
        value.Later, HasMore = value.HasMore, WaitsFor = value.WaitsFor, Since = value.Since, EstimatedAt = value.EstimatedAt,
        SendingDomain = value.SendingDomain, Overflows = value.Overflows,
    };
}

[GenerateSerializer, Immutable, Alias("silo.BudgetReport.wire")]
internal struct BudgetReportWire
{
    [Id(0)] public string Name;
    [Id(1)] public double? RatePerSecond;
    [Id(2)] public double? Burst;
    [Id(3)] public double? Available;
    [Id(4)] public long? PerDay;
    [Id(5)] public long? UsedToday;
    [Id(6)] public int InHand;
    [Id(7)] public int? Slots;
    [Id(8)] public bool IsClosed;
    [Id(9)] public DateTimeOffset? BlockedSince;
    [Id(10)] public string? ThrottleReason;
    [Id(11)] public DateTimeOffset? ThrottledSince;
    [Id(12)] public string? ClosedFor;
    [Id(13)] public DateTimeOffset? ParkedUntil;
    [Id(14)] public string? ParkedReason;
}

[RegisterConverter]
internal sealed class BudgetReportConverter : IConverter<BudgetReport, BudgetReportWire>
{
    public BudgetReport ConvertFromSurrogate(in BudgetReportWire wire) => new(
        wire.Name, wire.RatePerSecond, wire.Burst, wire.Available, wire.PerDay, wire.UsedToday, wire.InHand, wire.Slots,
        wire.IsClosed, wire.BlockedSince, wire.ThrottleReason, wire.ThrottledSince)
    {
        ClosedFor = wire.ClosedFor, ParkedUntil = wire.ParkedUntil, ParkedReason = wire.ParkedReason,
    };

    public BudgetReportWire ConvertToSurrogate(in BudgetReport value) => new()
    {
        Name = value.Name, RatePerSecond = value.RatePerSecond, Burst = value.Burst, Available = value.Available, PerDay =
        value.PerDay, UsedToday = value.UsedToday, InHand = value.InHand, Slots = value.Slots, IsClosed = value.IsClosed,
        BlockedSince = value.BlockedSince, ThrottleReason = value.ThrottleReason, ThrottledSince = value.ThrottledSince,
        ClosedFor = value.ClosedFor, ParkedUntil = value.ParkedUntil, ParkedReason = value.ParkedReason,
    };
}

[GenerateSerializer, Immutable, Alias("silo.DeliveryReport.wire")]
internal struct DeliveryReportWire
{
    [Id(0)] public string Recipient;
    [Id(1)] public DeliveryPlace Place;
    [Id(2)] public DateTimeOffset DueAt;
    [Id(3)] public int Attempts;
    [Id(4)] public int? Position;
    [Id(5)] public string? WaitsFor;
    [Id(6)] public DateTimeOffset? Since;
    [Id(7)] public DateTimeOffset? EarliestAt;
    [Id(8)] public DateTimeOffset? EstimatedAt;
}

[RegisterConverter]
internal sealed class DeliveryReportConverter : IConverter<DeliveryReport, DeliveryReportWire>
{
    public DeliveryReport ConvertFromSurrogate(in DeliveryReportWire wire) => new(
        wire.Recipient, wire.Place, wire.DueAt, wire.Attempts, wire.Position, wire.WaitsFor, wire.Since, wire.EarliestAt,
        wire.EstimatedAt);

    public DeliveryReportWire ConvertToSurrogate(in DeliveryReport value) => new()
    {
        Recipient = value.Recipient, Place = value.Place, DueAt = value.DueAt, Attempts = value.Attempts, Position =
        value.Position, WaitsFor = value.WaitsFor, Since = value.Since, EarliestAt = value.EarliestAt, EstimatedAt =
        value.EstimatedAt,
    };
}
