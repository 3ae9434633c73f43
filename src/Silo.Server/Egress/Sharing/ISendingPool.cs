using Silo.Core.Pacing;

namespace Silo.Server.Egress.Sharing;

/// <summary>Reaches the owners of limits that silos share, wherever they live.</summary>
public interface ISendingPools
{
    /// <summary>No other silo can have shares: they last, and those of an earlier process ended with it.</summary>
    bool IsAlone { get; }

    /// <param name="key"><see cref="PoolKey.Account"/>, or that of a pool.</param>
    ISendingPool Get(string key);
}

/// <summary>
/// The account or one sending pool, as the owner of the limits that all silos keep together: rates are leased in shares that sum to no more
/// than the limit, quotas over 24 hours are given out in blocks. One call at a time. No properties and no generics, so that a grain interface
/// can inherit it as it is.
/// </summary>
public interface ISendingPool
{
    /// <summary>
    /// What a silo may use from now on. Quotas are stored before it is answered. To be asked about once in a third of a share's term.
    /// </summary>
    ValueTask<PoolReply> Ask(PoolRequest request, CancellationToken cancellationToken);
}

/// <param name="Silo">The silo's incarnation.</param>
/// <param name="Budgets">Those of the pool that the silo uses, each once.</param>
public sealed record PoolRequest(long Silo, IReadOnlyList<BudgetRequest> Budgets);

/// <param name="Budget">Of the pool: "" for it as a whole, or as <see cref="PoolKey"/> makes them.</param>
/// <param name="Demand">As <see cref="ShareRequest"/> has it, and so the next three.</param>
/// <param name="BlockWanted">Recipients of the quota, or of the warm-up, that it can use, 0 for none.</param>
/// <param name="Unused">What it did not use of blocks.</param>
public sealed record BudgetRequest(
    string Budget, double Demand, long HeldNumber, double HeldBurst, double RateWanted, int BlockWanted, IReadOnlyList<UnusedBlock> Unused)
{
    /// <summary>Recipients known to be delivered by it since it was last answered.</summary>
    public int Delivered { get; init; }

    /// <summary>Recipients deferred to slow this sender down, or blocked, since then.</summary>
    public int Refused { get; init; }
}

/// <param name="Budgets">Those asked for that are limited as the pool knows it.</param>
public sealed record PoolReply(IReadOnlyList<BudgetReply> Budgets);

/// <param name="Budget">As in the request.</param>
/// <param name="Share">Of the rate; null when that is not limited.</param>
/// <param name="Block">Of the quota; null when none was wanted or none is left.</param>
/// <param name="Used">
/// Recipients of the quota over 24 hours, or of the warm-up's hour, that are used or out in blocks; null when there is neither.
/// </param>
/// <param name="FreeIn">Until some of the quota is free again, when nothing is left; null when some is.</param>
public sealed record BudgetReply(string Budget, RateShare? Share, QuotaBlock? Block, long? Used, TimeSpan? FreeIn);
