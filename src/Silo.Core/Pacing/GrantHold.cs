using Silo.Core.Ownership;

namespace Silo.Core.Pacing;

/// <summary>
/// Whether what was granted may still start: to be asked directly before, on any thread. A grant holds for
/// <see cref="EgressScheduler.GrantHolds"/>, and as long as the shares that it was made from.
/// </summary>
/// <param name="at">Both clocks of this machine when it was granted.</param>
/// <param name="leases">Of the leased budgets that it was made from.</param>
public sealed class GrantHold(LeaseInstant at, IReadOnlyList<LeaseHold> leases)
{
    public bool MayStart(LeaseInstant now)
    {
        if (now.AtMostSince(at) > EgressScheduler.GrantHolds) return false;
        foreach (var lease in leases)
        {
            if (!lease.IsHeld(now)) return false;
        }

        return true;
    }
}
