using Silo.Core.WarmUp;

namespace Silo.Core.Tests.Pacing;

/// <summary>Counts for itself what started in each hour of a warm-up by time.</summary>
internal sealed class WarmUpBook(WarmUpPlan plan, DateTimeOffset startedAt, DateTimeOffset since)
{
    private readonly Dictionary<long, long> _started = [];
    private readonly Dictionary<long, long> _taken = [];

    public void Take(int count, DateTimeOffset now) => _taken[HourOf(now)] = _taken.GetValueOrDefault(HourOf(now)) + count;

    /// <returns>What is wrong, or null.</returns>
    public string? Start(int count, DateTimeOffset takenAt, DateTimeOffset now)
    {
        // What was taken before there was a warm-up may still start.
        if (takenAt <= since) return null;
        var hour = HourOf(now);
        _started[hour] = _started.GetValueOrDefault(hour) + count;
        return _started[hour] > SliceOf(hour) ? $"{_started[hour]} started in hour {hour} of a warm-up, of {SliceOf(hour)}" : null;
    }

    /// <summary>Whatever was given back, one more can leave.</summary>
    public bool SurelyHasRoom(DateTimeOffset now) => _taken.GetValueOrDefault(HourOf(now)) < SliceOf(HourOf(now));

    private long HourOf(DateTimeOffset now) => (long)Math.Floor((now - startedAt).TotalHours);

    private long SliceOf(long hour)
    {
        if (hour / 24 >= plan.Days) return long.MaxValue;
        var cap = plan.DailyCaps[(int)(hour / 24)];
        return (cap * ((hour % 24) + 1) / 24) - (cap * (hour % 24) / 24);
    }
}
