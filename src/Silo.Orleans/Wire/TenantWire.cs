using Orleans;
using Silo.Core.Suspension;
using Silo.Core.Tenants;
using Silo.Server.Tenants;
using Silo.Storage;

namespace Silo.Orleans.Wire;

[GenerateSerializer, Immutable, Alias("silo.TenantSuppression.wire")]
internal struct TenantSuppressionWire
{
    [Id(0)] public string Scope;
    [Id(1)] public string[] Reasons;
}

[RegisterConverter]
internal sealed class TenantSuppressionConverter : IConverter<TenantSuppression, TenantSuppressionWire>
{
    public TenantSuppression ConvertFromSurrogate(in TenantSuppressionWire wire) => new(wire.Scope, wire.Reasons);

    public TenantSuppressionWire ConvertToSurrogate(in TenantSuppression value) => new()
    {
        Scope = value.Scope, Reasons = Arrays.Of(value.Reasons),
    };
}

[GenerateSerializer, Immutable, Alias("silo.TenantLimits.wire")]
internal struct TenantLimitsWire
{
    [Id(0)] public double? SendRate;
    [Id(1)] public double? SendBurst;
    [Id(2)] public double? Weight;
    [Id(3)] public long? DailyQuota;
    [Id(4)] public long? MonthlyQuota;
}

[RegisterConverter]
internal sealed class TenantLimitsConverter : IConverter<TenantLimits, TenantLimitsWire>
{
    public TenantLimits ConvertFromSurrogate(in TenantLimitsWire wire) => new()
    {
        SendRate = wire.SendRate, SendBurst = wire.SendBurst, Weight = wire.Weight, DailyQuota = wire.DailyQuota,
        MonthlyQuota = wire.MonthlyQuota,
    };

    public TenantLimitsWire ConvertToSurrogate(in TenantLimits value) => new()
    {
        SendRate = value.SendRate, SendBurst = value.SendBurst, Weight = value.Weight, DailyQuota = value.DailyQuota,
        MonthlyQuota = value.MonthlyQuota,
    };
}

[GenerateSerializer, Immutable, Alias("silo.ResourceTag.wire")]
internal struct ResourceTagWire
{
    [Id(0)] public string Key;
    [Id(1)] public string Value;
}

[RegisterConverter]
internal sealed class ResourceTagConverter : IConverter<ResourceTag, ResourceTagWire>
{
    public ResourceTag ConvertFromSurrogate(in ResourceTagWire wire) => new(wire.Key, wire.Value);

    public ResourceTagWire ConvertToSurrogate(in ResourceTag value) => new() { Key = value.Key, Value = value.Value };
}

[GenerateSerializer, Immutable, Alias("silo.CreateTenant.wire")]
internal struct CreateTenantWire
{
    [Id(0)] public string TenantId;
    [Id(1)] public TenantSuppression? Suppression;
    [Id(2)] public ResourceTag[] Tags;
}

[RegisterConverter]
internal sealed class CreateTenantConverter : IConverter<CreateTenant, CreateTenantWire>
{
    public CreateTenant ConvertFromSurrogate(in CreateTenantWire wire) => new(wire.TenantId, wire.Suppression, wire.Tags);

    public CreateTenantWire ConvertToSurrogate(in CreateTenant value) => new()
    {
        TenantId = value.TenantId, Suppression = value.Suppression, Tags = Arrays.Of(value.Tags),
    };
}

[GenerateSerializer, Immutable, Alias("silo.CreateTenantReply.wire")]
internal struct CreateTenantReplyWire
{
    [Id(0)] public CreateTenantResult Result;
    [Id(1)] public TenantDescription? Tenant;
}

[RegisterConverter]
internal sealed class CreateTenantReplyConverter : IConverter<CreateTenantReply, CreateTenantReplyWire>
{
    public CreateTenantReply ConvertFromSurrogate(in CreateTenantReplyWire wire) => new(wire.Result, wire.Tenant);

    public CreateTenantReplyWire ConvertToSurrogate(in CreateTenantReply value) => new() { Result = value.Result, Tenant = value.Tenant };
}

[GenerateSerializer, Immutable, Alias("silo.SetStatus.wire")]
internal struct SetStatusWire
{
    [Id(0)] public StatusOrigin Origin;
    [Id(1)] public SendingStatus Status;
    [Id(2)] public string Cause;
    [Id(3)] public string? TenantId;
    [Id(4)] public TimeSpan? MaxAge;
}

[RegisterConverter]
internal sealed class SetStatusConverter : IConverter<SetStatus, SetStatusWire>
{
    public SetStatus ConvertFromSurrogate(in SetStatusWire wire) =>
        new(wire.Origin, wire.Status, wire.Cause, wire.TenantId) { MaxAge = wire.MaxAge };

    public SetStatusWire ConvertToSurrogate(in SetStatus value) => new()
    {
        Origin = value.Origin, Status = value.Status, Cause = value.Cause, TenantId = value.TenantId, MaxAge = value.MaxAge,
    };
}

[GenerateSerializer, Immutable, Alias("silo.SetPolicy.wire")]
internal struct SetPolicyWire
{
    [Id(0)] public ReputationPolicy Policy;
    [Id(1)] public string? TenantId;
    [Id(2)] public string? CustomName;
}

[RegisterConverter]
internal sealed class SetPolicyConverter : IConverter<SetPolicy, SetPolicyWire>
{
    public SetPolicy ConvertFromSurrogate(in SetPolicyWire wire) =>
        new(wire.Policy, wire.TenantId) { CustomName = wire.CustomName };

    public SetPolicyWire ConvertToSurrogate(in SetPolicy value) => new()
    {
        Policy = value.Policy, TenantId = value.TenantId, CustomName = value.CustomName,
    };
}

[GenerateSerializer, Immutable, Alias("silo.StandingReply.wire")]
internal struct StandingReplyWire
{
    [Id(0)] public bool Exists;
    [Id(1)] public SendingStatus Aggregate;
    [Id(2)] public int DialoguesBegun;
    [Id(3)] public bool NoSuchPolicy;
}

[RegisterConverter]
internal sealed class StandingReplyConverter : IConverter<StandingReply, StandingReplyWire>
{
    public StandingReply ConvertFromSurrogate(in StandingReplyWire wire) =>
        new(wire.Exists, wire.Aggregate, wire.DialoguesBegun) { NoSuchPolicy = wire.NoSuchPolicy };

    public StandingReplyWire ConvertToSurrogate(in StandingReply value) => new()
    {
        Exists = value.Exists, Aggregate = value.Aggregate, DialoguesBegun = value.DialoguesBegun, NoSuchPolicy = value.NoSuchPolicy,
    };
}
