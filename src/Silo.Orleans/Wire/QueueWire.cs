using Orleans;
using Silo.Core.Delivery;
using Silo.Core.Messages;
using Silo.Core.QueueControl;
using Silo.Server.Tenants;
using Silo.Storage;

namespace Silo.Orleans.Wire;

[GenerateSerializer, Immutable, Alias("silo.QueueFilter.wire")]
internal struct QueueFilterWire
{
    [Id(0)] public string? ConfigurationSet;
    [Id(1)] public string? TagName;
    [Id(2)] public string? TagValue;
    [Id(3)] public string? RecipientDomain;
    [Id(4)] public string? Provider;
    [Id(5)] public DateTimeOffset? AcceptedBefore;
    [Id(6)] public string? Pool;
    [Id(7)] public string? MessageId;
    [Id(8)] public string? RecipientDigest;
}

[RegisterConverter]
internal sealed class QueueFilterConverter : IConverter<QueueFilter, QueueFilterWire>
{
    public QueueFilter ConvertFromSurrogate(in QueueFilterWire wire) => new()
    {
        ConfigurationSet = wire.ConfigurationSet, StoredTagName = wire.TagName, TagValue = wire.TagValue,
        RecipientDomain = wire.RecipientDomain, Provider = wire.Provider, AcceptedBefore = wire.AcceptedBefore, Pool = wire.Pool,
        MessageId = wire.MessageId,
        RecipientDigest = wire.RecipientDigest,
    };

    public QueueFilterWire ConvertToSurrogate(in QueueFilter value) => new()
    {
        ConfigurationSet = value.ConfigurationSet, TagName = value.StoredTagName, TagValue = value.TagValue,
        RecipientDomain = value.RecipientDomain, Provider = value.Provider, AcceptedBefore = value.AcceptedBefore, Pool = value.Pool,
        MessageId = value.MessageId,
        RecipientDigest = value.RecipientDigest,
    };
}

[GenerateSerializer, Immutable, Alias("silo.QueueOrder.wire")]
internal struct QueueOrderWire
{
    [Id(0)] public string Id;
    [Id(1)] public QueueAction Action;
    [Id(2)] public QueueFilter Filter;
    [Id(3)] public DateTimeOffset At;
    [Id(4)] public string Cause;
    [Id(5)] public string? ToPool;
}

[RegisterConverter]
internal sealed class QueueOrderConverter : IConverter<QueueOrder, QueueOrderWire>
{
    public QueueOrder ConvertFromSurrogate(in QueueOrderWire wire) => new(wire.Id, wire.Action, wire.Filter, wire.At, wire.Cause)
    {
        ToPool = wire.ToPool,
    };

    public QueueOrderWire ConvertToSurrogate(in QueueOrder value) => new()
    {
        Id = value.Id, Action = value.Action, Filter = value.Filter, At = value.At, Cause = value.Cause,
        ToPool = value.ToPool,
    };
}

[GenerateSerializer, Immutable, Alias("silo.QueueOrderReply.wire")]
internal struct QueueOrderReplyWire
{
    [Id(0)] public QueueOrderResult Result;
    [Id(1)] public int DialoguesBegun;
}

[RegisterConverter]
internal sealed class QueueOrderReplyConverter : IConverter<QueueOrderReply, QueueOrderReplyWire>
{
    public QueueOrderReply ConvertFromSurrogate(in QueueOrderReplyWire wire) => new(wire.Result, wire.DialoguesBegun);

    public QueueOrderReplyWire ConvertToSurrogate(in QueueOrderReply value) => new()
    {
        Result = value.Result, DialoguesBegun = value.DialoguesBegun,
    };
}

[GenerateSerializer, Immutable, Alias("silo.SiftedUnit.wire")]
internal struct SiftedUnitWire
{
    [Id(0)] public QueuedUnit Unit;
    [Id(1)] public Envelope Envelope;
    [Id(2)] public string? WaitsFor;
    [Id(3)] public DelayType Delay;
}

[RegisterConverter]
internal sealed class SiftedUnitConverter : IConverter<SiftedUnit, SiftedUnitWire>
{
    public SiftedUnit ConvertFromSurrogate(in SiftedUnitWire wire) => new(wire.Unit, wire.Envelope)
    {
        WaitsFor = wire.WaitsFor, Delay = wire.Delay,
    };

    public SiftedUnitWire ConvertToSurrogate(in SiftedUnit value) => new()
    {
        Unit = value.Unit, Envelope = value.Envelope, WaitsFor = value.WaitsFor, Delay = value.Delay,
    };
}

[GenerateSerializer, Immutable, Alias("silo.SiftBatch.wire")]
internal struct SiftBatchWire
{
    [Id(0)] public long TenantKey;
    [Id(1)] public long Incarnation;
    [Id(2)] public SiftedUnit[] Units;
    [Id(3)] public QueuedUnit[]? Overflowing;
    [Id(4)] public string? OverflowPool;
}

[RegisterConverter]
internal sealed class SiftBatchConverter : IConverter<SiftBatch, SiftBatchWire>
{
    public SiftBatch ConvertFromSurrogate(in SiftBatchWire wire) => new(wire.TenantKey, wire.Incarnation, wire.Units)
    {
        Overflowing = wire.Overflowing, OverflowPool = wire.OverflowPool,
    };

    public SiftBatchWire ConvertToSurrogate(in SiftBatch value) => new()
    {
        TenantKey = value.TenantKey, Incarnation = value.Incarnation, Units = Arrays.Of(value.Units),
        Overflowing = value.Overflowing is null ? null : Arrays.Of(value.Overflowing), OverflowPool = value.OverflowPool,
    };
}
