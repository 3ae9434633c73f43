using Orleans;
using Silo.Core.Tenants;
using Silo.Core.WarmUp;
using Silo.Server.Tenants;

namespace Silo.Orleans.Wire;

[GenerateSerializer, Immutable, Alias("silo.TenantWarmUp.wire")]
internal struct TenantWarmUpWire
{
    [Id(0)] public DateTimeOffset StartedAt;
    [Id(1)] public WarmUpMode Mode;
    [Id(2)] public long[]? DailyCaps;
    [Id(3)] public ProviderCaps[]? ProviderCaps;
    [Id(4)] public bool ByDomain;
    [Id(5)] public string? OverflowPool;
}

[RegisterConverter]
internal sealed class TenantWarmUpConverter : IConverter<TenantWarmUp, TenantWarmUpWire>
{
    public TenantWarmUp ConvertFromSurrogate(in TenantWarmUpWire wire) => new()
    {
        StartedAt = wire.StartedAt, Mode = wire.Mode, DailyCaps = wire.DailyCaps, ProviderCaps = wire.ProviderCaps,
        ByDomain = wire.ByDomain, OverflowPool = wire.OverflowPool,
    };

    public TenantWarmUpWire ConvertToSurrogate(in TenantWarmUp value) => new()
    {
        StartedAt = value.StartedAt, Mode = value.Mode, DailyCaps = value.DailyCaps is null ? null : Arrays.Of(value.DailyCaps),
        ProviderCaps = value.ProviderCaps is null ? null : Arrays.Of(value.ProviderCaps),
        ByDomain = value.ByDomain, OverflowPool = value.OverflowPool,
    };
}

[GenerateSerializer, Immutable, Alias("silo.ProviderCaps.wire")]
internal struct ProviderCapsWire
{
    [Id(0)] public string Provider;
    [Id(1)] public long[] DailyCaps;
}

[RegisterConverter]
internal sealed class ProviderCapsConverter : IConverter<ProviderCaps, ProviderCapsWire>
{
    public ProviderCaps ConvertFromSurrogate(in ProviderCapsWire wire) => new(wire.Provider, wire.DailyCaps);

    public ProviderCapsWire ConvertToSurrogate(in ProviderCaps value) => new()
    {
        Provider = value.Provider, DailyCaps = Arrays.Of(value.DailyCaps),
    };
}

[GenerateSerializer, Immutable, Alias("silo.WarmUpReport.wire")]
internal struct WarmUpReportWire
{
    [Id(0)] public string? Provider;
    [Id(1)] public int? Day;
    [Id(2)] public int Days;
    [Id(3)] public int Percentage;
    [Id(4)] public long? DailyCap;
    [Id(5)] public long SentToday;
    [Id(6)] public long? HourlyCap;
    [Id(7)] public long SentThisHour;
    [Id(8)] public DateTimeOffset? MoreAt;
    [Id(9)] public string? Domain;
}

[RegisterConverter]
internal sealed class WarmUpReportConverter : IConverter<WarmUpReport, WarmUpReportWire>
{
    public WarmUpReport ConvertFromSurrogate(in WarmUpReportWire wire) => new(
        wire.Provider, wire.Day, wire.Days, wire.Percentage, wire.DailyCap, wire.SentToday, wire.HourlyCap, wire.SentThisHour, wire.MoreAt)
    {
        Domain = wire.Domain,
    };

    public WarmUpReportWire ConvertToSurrogate(in WarmUpReport value) => new()
    {
        Provider = value.Provider, Day = value.Day, Days = value.Days, Percentage = value.Percentage, DailyCap = value.DailyCap,
        SentToday = value.SentToday, HourlyCap = value.HourlyCap, SentThisHour = value.SentThisHour, MoreAt = value.MoreAt,
        Domain = value.Domain,
    };
}
