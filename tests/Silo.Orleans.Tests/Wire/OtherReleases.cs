using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Serialization;
using Orleans.Serialization.Configuration;
using Silo.Core.Suspension;
using Silo.Orleans.Wire;
using Silo.Server.Tenants;

namespace Silo.Orleans.Tests.Wire;

/// <summary>How releases before and after this one have a record: under the same name, with fewer members and with more.</summary>
internal static class OtherReleases
{
    public static Serializer Previous { get; } = With(("SetStatus", typeof(PreviousSetStatus)));

    public static Serializer Next { get; } = With(("SetStatus", typeof(NextSetStatus)), ("NextDetail", typeof(NextDetail)));

    public static Serializer This { get; } = With();

    private static Serializer With(params (string Name, Type Type)[] others) => new ServiceCollection()
        .AddSerializer(b => b.AddAssembly(typeof(WireTypes).Assembly).AddAssembly(typeof(OtherReleases).Assembly))
        .Configure<TypeManifestOptions>(WireTypes.Configure)
        .Configure<TypeManifestOptions>(o =>
        {
            foreach (var (name, type) in others) o.WellKnownTypeAliases[WireTypes.Prefix + name] = type;
        })
        .BuildServiceProvider().GetRequiredService<Serializer>();
}

internal sealed record PreviousSetStatus(StatusOrigin Origin, SendingStatus Status, string Cause);

[GenerateSerializer, Immutable, Alias("silo.tests.SetStatus.previous")]
internal struct PreviousSetStatusWire
{
    [Id(0)] public StatusOrigin Origin;
    [Id(1)] public SendingStatus Status;
    [Id(2)] public string Cause;
}

[RegisterConverter]
internal sealed class PreviousSetStatusConverter : IConverter<PreviousSetStatus, PreviousSetStatusWire>
{
    public PreviousSetStatus ConvertFromSurrogate(in PreviousSetStatusWire wire) => new(wire.Origin, wire.Status, wire.Cause);

    public PreviousSetStatusWire ConvertToSurrogate(in PreviousSetStatus value) => new()
    {
        Origin = value.Origin, Status = value.Status, Cause = value.Cause,
    };
}

/// <param name="Reason">A text, also one that stands elsewhere.</param>
/// <param name="Until">A value.</param>
/// <param name="Detail">Of a record that this release does not have.</param>
/// <param name="Attachment">Anything at all: its type is named on the wire.</param>
internal sealed record NextSetStatus(
    StatusOrigin Origin, SendingStatus Status, string Cause, string? TenantId, string? Reason, DateTimeOffset? Until, NextDetail? Detail,
    NextDetail[]? History, object? Attachment);

[GenerateSerializer, Immutable, Alias("silo.tests.SetStatus.next")]
internal struct NextSetStatusWire
{
    [Id(0)] public StatusOrigin Origin;
    [Id(1)] public SendingStatus Status;
    [Id(2)] public string Cause;
    [Id(3)] public string? TenantId;
    [Id(5)] public string? Reason;
    [Id(6)] public DateTimeOffset? Until;
    [Id(7)] public NextDetail? Detail;
    [Id(8)] public NextDetail[]? History;
    [Id(9)] public object? Attachment;
}

[RegisterConverter]
internal sealed class NextSetStatusConverter : IConverter<NextSetStatus, NextSetStatusWire>
{
    public NextSetStatus ConvertFromSurrogate(in NextSetStatusWire wire) => new(
        wire.Origin, wire.Status, wire.Cause, wire.TenantId, wire.Reason, wire.Until, wire.Detail, wire.History, wire.Attachment);

    public NextSetStatusWire ConvertToSurrogate(in NextSetStatus value) => new()
    {
        Origin = value.Origin, Status = value.Status, Cause = value.Cause, TenantId = value.TenantId, Reason = value.Reason,
        Until = value.Until, Detail = value.Detail, History = value.History, Attachment = value.Attachment,
    };
}

internal sealed record NextDetail(string Name, int Count);

[GenerateSerializer, Immutable, Alias("silo.tests.NextDetail.wire")]
internal struct NextDetailWire
{
    [Id(0)] public string Name;
    [Id(1)] public int Count;
}

[RegisterConverter]
internal sealed class NextDetailConverter : IConverter<NextDetail, NextDetailWire>
{
    public NextDetail ConvertFromSurrogate(in NextDetailWire wire) => new(wire.Name, wire.Count);

    public NextDetailWire ConvertToSurrogate(in NextDetail value) => new() { Name = value.Name, Count = value.Count };
}
