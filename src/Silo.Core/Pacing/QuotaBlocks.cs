using Silo.Core.Limits;

namespace Silo.Core.Pacing;

/// <summary>A quota over 24 hours in blocks.</summary>
/// <remarks>
/// A block counts from when it is given. It can be reserved of for <see cref="BlockLender.Term"/>, and a reservation starts within
/// <see cref="EgressScheduler.GrantHolds"/>: together less than the five minutes that <see cref="RollingQuota"/> has to spare.
/// </remarks>
/// <param name="quota">As it was stored, or a new one.</param>
/// <param name="activation">As for <see cref="RateShares"/>.</param>
public sealed class QuotaBlocks(RollingQuota quota, long activation) : BlockLender(RateShares.NumbersOf(activation))
{
    public RollingQuota Quota => quota;

    private protected override long Left(DateTimeOffset now) => quota.Limit - quota.Used(now);

    private protected override int TakeUpTo(int count, DateTimeOffset now) => quota.TakeUpTo(count, now);

    private protected override void GiveBack(int count, DateTimeOffset takenAt) => quota.GiveBack(count, takenAt);
}
