using Silo.Core.Limits;
using Silo.Core.Pacing;

namespace Silo.Server.Egress.Sharing;

/// <summary>One limited budget of the account or a pool: who has which share of its rate, and which blocks of its quota are out.</summary>
/// <param name="stored">What was used of its quota before this activation; null for nothing.</param>
/// <param name="storedWarmUp">As <see cref="SharedWarmUp"/> has it.</param>
/// <param name="activatedAt">When this activation began, by its own clock.</param>
/// <param name="term">Of shares.</param>
/// <param name="wait">As for <see cref="RateShares"/>.</param>
internal sealed class SharedBudget(
    RollingQuotaState? stored, WarmUpBook? storedWarmUp, long activation, DateTimeOffset activatedAt, TimeSpan term, TimeSpan wait)
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    // They stay when a limit is taken away: shares of it may be out when it comes back.
    private RateShares? _rate;
    private QuotaBlocks? _quota;

    public bool IsAtRest(DateTimeOffset now) => _rate?.IsAtRest(now) != false;

    /// <summary>What there is to store of its quota; null for nothing.</summary>
    public RollingQuotaState? Quota => _quota?.Quota.Save() ?? stored;

    /// <summary>Of a source address; any other has none.</summary>
    public SharedWarmUp WarmUp { get; } = new(storedWarmUp, activation);

    /// <param name="quotaChanged">There is something to be stored before this is answered.</param>
    public BudgetReply Answer(long silo, BudgetRequest request, BudgetLimits limits, WarmUpTerms? warmUp, DateTimeOffset now, out bool quotaChanged)
    {
        if (warmUp is not null)
            return WarmUp.Answer(silo, request, warmUp, now, out quotaChanged) with { Share = Share(silo, request, limits, now) };
        quotaChanged = _quota?.GiveBack(request.Unused, now) == true;
        var block = limits.PerDay is { } perDay ? Take(silo, request.BlockWanted, perDay, now) : null;
        quotaChanged |= block is not null;
        var used = limits.PerDay is null ? (long?)null : _quota!.Quota.Used(now);
        return new BudgetReply(request.Budget, Share(silo, request, limits, now), block, used, used >= limits.PerDay ? FreeIn(now) : null);
    }

    private RateShare? Share(long silo, BudgetRequest request, BudgetLimits limits, DateTimeOffset now)
    {
        if (limits.RatePerSecond is not { } rate) return null;
        _rate ??= new RateShares(rate, limits.Burst, term, activatedAt, activation, wait);
        if (_rate.RatePerSecond != rate || _rate.Burst != limits.Burst) _rate.Change(rate, limits.Burst);
        return _rate.Request(new ShareRequest(silo, request.Demand, request.HeldNumber, request.HeldBurst, request.RateWanted), now);
    }

    private QuotaBlock? Take(long silo, int wanted, long perDay, DateTimeOffset now)
    {
        _quota ??= new QuotaBlocks(stored is null ? new RollingQuota(perDay, Day) : RollingQuota.Restore(perDay, Day, stored), activation);
        _quota.Quota.Limit = perDay;
        return wanted > 0 ? _quota.Take(silo, wanted, now) : null;
    }

    private TimeSpan FreeIn(DateTimeOffset now) =>
        _quota!.Quota.AvailableAt(1, now) is var at && at < DateTimeOffset.MaxValue ? at - now : TimeSpan.FromDays(365);
}
