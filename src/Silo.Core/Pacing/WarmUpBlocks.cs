using Silo.Core.WarmUp;

namespace Silo.Core.Pacing;

/// <summary>A warm-up in blocks of the present hour's slice: what is taken in an hour starts in it or is given back.</summary>
/// <param name="meter">As it was stored, or a new one.</param>
/// <param name="number">As for <see cref="BlockLender"/>: of a warm-up in place of another one, the last number of that.</param>
public sealed class WarmUpBlocks(WarmUpMeter meter, long number) : BlockLender(number)
{
    public WarmUpMeter Meter => meter;

    private protected override long Left(DateTimeOffset now) => meter.Room(int.MaxValue, now);

    private protected override int TakeUpTo(int count, DateTimeOffset now)
    {
        var taken = meter.Room(count, now);
        meter.Take(taken, now);
        return taken;
    }

    private protected override void GiveBack(int count, DateTimeOffset takenAt) => meter.GiveBack(count, takenAt);

    private protected override TimeSpan? StartWithin(DateTimeOffset now) => meter.Use(now).Cap is null ? null : meter.HourEndsAt(now) - now;
}
