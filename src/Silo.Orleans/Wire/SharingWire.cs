using Orleans;
using Silo.Core.Pacing;
using Silo.Server.Egress.Sharing;

namespace Silo.Orleans.Wire;

[GenerateSerializer, Immutable, Alias("silo.UnusedBlock.wire")]
internal struct UnusedBlockWire
{
    [Id(0)] public long Number;
    [Id(1)] public int Count;
}

[RegisterConverter]
internal sealed class UnusedBlockConverter : IConverter<UnusedBlock, UnusedBlockWire>
{
    public UnusedBlock ConvertFromSurrogate(in UnusedBlockWire wire) => new(
        wire.Number, wire.Count);

    public UnusedBlockWire ConvertToSurrogate(in UnusedBlock value) => new()
    {
        Number = value.Number, Count = value.Count,
    };
}

[GenerateSerializer, Immutable, Alias("silo.RateShare.wire")]
internal struct RateShareWire
{
    [Id(0)] public long Number;
    [Id(1)] public double RatePerSecond;
    [Id(2)] public double Burst;
    [Id(3)] public TimeSpan Term;
}

[RegisterConverter]
internal sealed class RateShareConverter : IConverter<RateShare, RateShareWire>
{
    public RateShare ConvertFromSurrogate(in RateShareWire wire) => new(
        wire.Number, wire.RatePerSecond, wire.Burst, wire.Term);

    public RateShareWire ConvertToSurrogate(in RateShare value) => new()
    {
        Number = value.Number, RatePerSecond = value.RatePerSecond, Burst = value.Burst, Term = value.Term,
    };
}

[GenerateSerializer, Immutable, Alias("silo.QuotaBlock.wire")]
internal struct QuotaBlockWire
{
    [Id(0)] public long Number;
    [Id(1)] public int Count;
    [Id(2)] public TimeSpan Term;
    [Id(3)] public TimeSpan? StartWithin;
}

[RegisterConverter]
internal sealed class QuotaBlockConverter : IConverter<QuotaBlock, QuotaBlockWire>
{
    public QuotaBlock ConvertFromSurrogate(in QuotaBlockWire wire) => new(
        wire.Number, wire.Count, wire.Term)
    {
        StartWithin = wire.StartWithin,
    };

    public QuotaBlockWire ConvertToSurrogate(in QuotaBlock value) => new()
    {
        Number = value.Number, Count = value.Count, Term = value.Term, StartWithin = value.StartWithin,
    };
}

[GenerateSerializer, Immutable, Alias("silo.BudgetRequest.wire")]
internal struct BudgetRequestWire
{
    [Id(0)] public string Budget;
    [Id(1)] public double Demand;
    [Id(2)] public long HeldNumber;
    [Id(3)] public double HeldBurst;
    [Id(4)] public double RateWanted;
    [Id(5)] public int BlockWanted;
    [Id(6)] public UnusedBlock[] Unused;
    [Id(7)] public int Delivered;
    [Id(8)] public int Refused;
}

[RegisterConverter]
internal sealed class BudgetRequestConverter : IConverter<BudgetRequest, BudgetRequestWire>
{
    public BudgetRequest ConvertFromSurrogate(in BudgetRequestWire wire) => new(
        wire.Budget, wire.Demand, wire.HeldNumber, wire.HeldBurst, wire.RateWanted, wire.BlockWanted, wire.Unused)
    {
        Delivered = wire.Delivered, Refused = wire.Refused,
    };

    public BudgetRequestWire ConvertToSurrogate(in BudgetRequest value) => new()
    {
        Budget = value.Budget, Demand = value.Demand, HeldNumber = value.HeldNumber, HeldBurst = value.HeldBurst,
        RateWanted = value.RateWanted, BlockWanted = value.BlockWanted, Unused = Arrays.Of(value.Unused),
        Delivered = value.Delivered, Refused = value.Refused,
    };
}

[GenerateSerializer, Immutable, Alias("silo.PoolRequest.wire")]
internal struct PoolRequestWire
{
    [Id(0)] public long Silo;
    [Id(1)] public BudgetRequest[] Budgets;
}

[RegisterConverter]
internal sealed class PoolRequestConverter : IConverter<PoolRequest, PoolRequestWire>
{
    public PoolRequest ConvertFromSurrogate(in PoolRequestWire wire) => new(
        wire.Silo, wire.Budgets);

    public PoolRequestWire ConvertToSurrogate(in PoolRequest value) => new()
    {
        Silo = value.Silo, Budgets = Arrays.Of(value.Budgets),
    };
}

[GenerateSerializer, Immutable, Alias("silo.BudgetReply.wire")]
internal struct BudgetReplyWire
{
    [Id(0)] public string Budget;
    [Id(1)] public RateShare? Share;
    [Id(2)] public QuotaBlock? Block;
    [Id(3)] public long? Used;
    [Id(4)] public TimeSpan? FreeIn;
}

[RegisterConverter]
internal sealed class BudgetReplyConverter : IConverter<BudgetReply, BudgetReplyWire>
{
    public BudgetReply ConvertFromSurrogate(in BudgetReplyWire wire) => new(
        wire.Budget, wire.Share, wire.Block, wire.Used, wire.FreeIn);

    public BudgetReplyWire ConvertToSurrogate(in BudgetReply value) => new()
    {
        Budget = value.Budget, Share = value.Share, Block = value.Block, Used = value.Used, FreeIn = value.FreeIn,
    };
}

[GenerateSerializer, Immutable, Alias("silo.PoolReply.wire")]
internal struct PoolReplyWire
{
    [Id(0)] public BudgetReply[] Budgets;
}

[RegisterConverter]
internal sealed class PoolReplyConverter : IConverter<PoolReply, PoolReplyWire>
{
    public PoolReply ConvertFromSurrogate(in PoolReplyWire wire) => new(
        wire.Budgets);

    public PoolReplyWire ConvertToSurrogate(in PoolReply value) => new()
    {
        Budgets = Arrays.Of(value.Budgets),
    };
}
