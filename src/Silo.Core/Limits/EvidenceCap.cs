using Silo.Core.Reputation;

namespace Silo.Core.Limits;

/// <summary>
/// The blast radius: how many deliveries of a tenant may be out with an unknown outcome at a time. A bad list then costs hundreds of
/// bounces, not rate × latency of outcomes.
/// </summary>
/// <remarks>
/// The cap equals the evidence: as many unresolved as the last week has outcomes, from <see cref="Initial"/> to
/// <see cref="Maximum"/>. So each full round of outcomes doubles it, and a tenant of any size is through in a few rounds; one that
/// has not sent for a week starts anew, since so may its list. It counts only while the upper bound of the bounce rate is
/// below the LOW threshold (a clean record is shown, not assumed), no finding is open, and only sends since a reinstatement.
/// </remarks>
public static class EvidenceCap
{
    /// <summary>Deliveries that may be unresolved without a clean record.</summary>
    public const int Initial = 200;

    /// <summary>Deliveries that may be unresolved at most.</summary>
    public const int Maximum = 1_000_000;

    /// <returns><see cref="Initial"/> to <see cref="Maximum"/>.</returns>
    /// <param name="isFindingOpen">Any finding is open, of whatever impact: then it is <see cref="Initial"/>.</param>
    public static int UnresolvedCap(
        ReputationCounters counters, ReputationThresholds thresholds, DateTimeOffset now, bool isFindingOpen = false)
    {
        if (isFindingOpen) return Initial;
        var (bounces, resolved) = counters.JudgedBounces(ReputationWindow.Week, now.UtcTicks);
        if (resolved <= Initial) return Initial;
        return BetaBounds.UpperIsBelow(bounces, resolved, thresholds.LowBounceRate, thresholds.ErrorLevelPerWindow)
            ? (int)Math.Min(resolved, Maximum)
            : Initial;
    }
}
