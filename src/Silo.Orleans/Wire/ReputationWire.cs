using Orleans;
using Silo.Core.Reputation;
using Silo.Core.Suspension;
using Silo.Server.Tenants;

namespace Silo.Orleans.Wire;

[GenerateSerializer, Immutable, Alias("silo.PolicyAction.wire")]
internal struct PolicyActionWire
{
    [Id(0)] public PolicyActionKind Kind;
    [Id(1)] public double? Factor;
}

[RegisterConverter]
internal sealed class PolicyActionConverter : IConverter<PolicyAction, PolicyActionWire>
{
    public PolicyAction ConvertFromSurrogate(in PolicyActionWire wire) => new(wire.Kind, wire.Factor);

    public PolicyActionWire ConvertToSurrogate(in PolicyAction value) => new() { Kind = value.Kind, Factor = value.Factor };
}

[GenerateSerializer, Immutable, Alias("silo.FindingPolicy.wire")]
internal struct FindingPolicyWire
{
    [Id(0)] public FindingType Type;
    [Id(1)] public double? Low;
    [Id(2)] public double? High;
    [Id(3)] public int? VolumeFloor;
    [Id(4)] public ReputationWindow[]? Windows;
    [Id(5)] public PolicyAction? OnLow;
    [Id(6)] public PolicyAction? OnHigh;
}

[RegisterConverter]
internal sealed class FindingPolicyConverter : IConverter<FindingPolicy, FindingPolicyWire>
{
    public FindingPolicy ConvertFromSurrogate(in FindingPolicyWire wire) => new()
    {
        Type = wire.Type, Low = wire.Low, High = wire.High, VolumeFloor = wire.VolumeFloor, Windows = wire.Windows, OnLow = wire.OnLow,
        OnHigh = wire.OnHigh,
    };

    public FindingPolicyWire ConvertToSurrogate(in FindingPolicy value) => new()
    {
        Type = value.Type, Low = value.Low, High = value.High, VolumeFloor = value.VolumeFloor,
        Windows = value.Windows is null ? null : Arrays.Of(value.Windows), OnLow = value.OnLow, OnHigh = value.OnHigh,
    };
}

[GenerateSerializer, Immutable, Alias("silo.CustomPolicy.wire")]
internal struct CustomPolicyWire
{
    [Id(0)] public string Name;
    [Id(1)] public long Revision;
    [Id(2)] public FindingPolicy[]? Findings;
    [Id(3)] public double? ErrorLevel;
    [Id(4)] public double? QuietHours;
}

[RegisterConverter]
internal sealed class CustomPolicyConverter : IConverter<CustomPolicy, CustomPolicyWire>
{
    public CustomPolicy ConvertFromSurrogate(in CustomPolicyWire wire) => new()
    {
        Name = wire.Name, Revision = wire.Revision, Findings = wire.Findings, ErrorLevel = wire.ErrorLevel, QuietHours = wire.QuietHours,
    };

    public CustomPolicyWire ConvertToSurrogate(in CustomPolicy value) => new()
    {
        Name = value.Name, Revision = value.Revision, Findings = value.Findings is null ? null : Arrays.Of(value.Findings),
        ErrorLevel = value.ErrorLevel, QuietHours = value.QuietHours,
    };
}

[GenerateSerializer, Immutable, Alias("silo.ExternalReport.wire")]
internal struct ExternalReportWire
{
    [Id(0)] public string Source;
    [Id(1)] public ExternalReportKind Kind;
    [Id(2)] public int Count;
    [Id(3)] public string? MessageId;
    [Id(4)] public string? Detail;
}

[RegisterConverter]
internal sealed class ExternalReportConverter : IConverter<ExternalReport, ExternalReportWire>
{
    public ExternalReport ConvertFromSurrogate(in ExternalReportWire wire) => new()
    {
        Source = wire.Source, Kind = wire.Kind, Count = wire.Count, MessageId = wire.MessageId, Detail = wire.Detail,
    };

    public ExternalReportWire ConvertToSurrogate(in ExternalReport value) => new()
    {
        Source = value.Source, Kind = value.Kind, Count = value.Count, MessageId = value.MessageId, Detail = value.Detail,
    };
}

[GenerateSerializer, Immutable, Alias("silo.ReportMark.wire")]
internal struct ReportMarkWire
{
    [Id(0)] public DateTimeOffset At;
    [Id(1)] public string Source;
    [Id(2)] public int Count;
    [Id(3)] public DateTimeOffset? ToldAt;
}

[RegisterConverter]
internal sealed class ReportMarkConverter : IConverter<ReportMark, ReportMarkWire>
{
    public ReportMark ConvertFromSurrogate(in ReportMarkWire wire) =>
        new(wire.At, wire.Source, wire.Count) { ToldAt = wire.ToldAt };

    public ReportMarkWire ConvertToSurrogate(in ReportMark value) => new()
    {
        At = value.At, Source = value.Source, Count = value.Count, ToldAt = value.ToldAt,
    };
}

[GenerateSerializer, Immutable, Alias("silo.FindingRecord.wire")]
internal struct FindingRecordWire
{
    [Id(0)] public DateTimeOffset At;
    [Id(1)] public FindingType Type;
    [Id(2)] public FindingStep Step;
    [Id(3)] public FindingImpact Impact;
    [Id(4)] public string Description;
}

[RegisterConverter]
internal sealed class FindingRecordConverter : IConverter<FindingRecord, FindingRecordWire>
{
    public FindingRecord ConvertFromSurrogate(in FindingRecordWire wire) => new(wire.At, wire.Type, wire.Step, wire.Impact, wire.Description);

    public FindingRecordWire ConvertToSurrogate(in FindingRecord value) => new()
    {
        At = value.At, Type = value.Type, Step = value.Step, Impact = value.Impact, Description = value.Description,
    };
}

[GenerateSerializer, Immutable, Alias("silo.ReputationRow.wire")]
internal struct ReputationRowWire
{
    [Id(0)] public ReputationWindow Window;
    [Id(1)] public string? Provider;
    [Id(2)] public ReputationVolume Volume;
}

[RegisterConverter]
internal sealed class ReputationRowConverter : IConverter<ReputationRow, ReputationRowWire>
{
    public ReputationRow ConvertFromSurrogate(in ReputationRowWire wire) => new(wire.Window, wire.Provider, wire.Volume);

    public ReputationRowWire ConvertToSurrogate(in ReputationRow value) => new()
    {
        Window = value.Window, Provider = value.Provider, Volume = value.Volume,
    };
}

[GenerateSerializer, Immutable, Alias("silo.TenantReputation.wire")]
internal struct TenantReputationWire
{
    [Id(0)] public string TenantName;
    [Id(1)] public DateTimeOffset At;
    [Id(2)] public TenantStanding Standing;
    [Id(3)] public ReputationRow[] Volumes;
    [Id(4)] public Finding[] Findings;
    [Id(5)] public FindingRecord[] History;
    [Id(6)] public ReportMark[] Reports;
    [Id(7)] public ReportMark[] Listings;
    [Id(8)] public long HourVolume;
    [Id(9)] public double HourScore;
    [Id(10)] public double HourMedian;
}

[RegisterConverter]
internal sealed class TenantReputationConverter : IConverter<TenantReputation, TenantReputationWire>
{
    public TenantReputation ConvertFromSurrogate(in TenantReputationWire wire) =>
        new(wire.TenantName, wire.At, wire.Standing, wire.Volumes, wire.Findings, wire.History, wire.Reports, wire.Listings)
    {
        HourVolume = wire.HourVolume, HourScore = wire.HourScore, HourMedian = wire.HourMedian,
    };

    public TenantReputationWire ConvertToSurrogate(in TenantReputation value) => new()
    {
        TenantName = value.TenantName, At = value.At, Standing = value.Standing, Volumes = Arrays.Of(value.Volumes),
        Findings = Arrays.Of(value.Findings), History = Arrays.Of(value.History), Reports = Arrays.Of(value.Reports),
        Listings = Arrays.Of(value.Listings), HourVolume = value.HourVolume, HourScore = value.HourScore, HourMedian = value.HourMedian,
    };
}
