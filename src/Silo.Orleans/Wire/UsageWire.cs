using Orleans;
using Silo.Core.Tenants;
using Silo.Server.Tenants;

namespace Silo.Orleans.Wire;

[GenerateSerializer, Immutable, Alias("silo.UsagePeriod.wire")]
internal struct UsagePeriodWire
{
    [Id(0)] public int Day;
    [Id(1)] public long Messages;
    [Id(2)] public long Recipients;
    [Id(3)] public long HandedOver;
    [Id(4)] public long Delivered;
    [Id(5)] public long Bytes;
}

[RegisterConverter]
internal sealed class UsagePeriodConverter : IConverter<UsagePeriod, UsagePeriodWire>
{
    public UsagePeriod ConvertFromSurrogate(in UsagePeriodWire wire) => new(
        DateOnly.FromDayNumber(wire.Day), new UsageCounts(wire.Messages, wire.Recipients, wire.HandedOver, wire.Delivered, wire.Bytes));

    public UsagePeriodWire ConvertToSurrogate(in UsagePeriod value) => new()
    {
        Day = value.From.DayNumber, Messages = value.Counts.Messages, Recipients = value.Counts.Recipients,
        HandedOver = value.Counts.HandedOver, Delivered = value.Counts.Delivered, Bytes = value.Counts.Bytes,
    };
}

[GenerateSerializer, Immutable, Alias("silo.TenantUsageReport.wire")]
internal struct TenantUsageReportWire
{
    [Id(0)] public string TenantName;
    [Id(1)] public string TenantId;
    [Id(2)] public UsagePeriod[] Days;
    [Id(3)] public UsagePeriod[] Months;
}

[RegisterConverter]
internal sealed class TenantUsageReportConverter : IConverter<TenantUsageReport, TenantUsageReportWire>
{
    public TenantUsageReport ConvertFromSurrogate(in TenantUsageReportWire wire) => new(wire.TenantName, wire.TenantId, wire.Days, wire.Months);

    public TenantUsageReportWire ConvertToSurrogate(in TenantUsageReport value) => new()
    {
        TenantName = value.TenantName, TenantId = value.TenantId, Days = Arrays.Of(value.Days), Months = Arrays.Of(value.Months),
    };
}
