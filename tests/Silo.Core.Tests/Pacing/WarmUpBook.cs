using Silo.Core.WarmUp;

namespace Silo.Core.Tests.Pacing;

/// <summary>Counts for itself what was lent and what started in each hour of a warm-up by time.</summary>
internal sealed class WarmUpBook(WarmUpPlan plan, DateTimeOffset startedAt)
{
    private readonly Dictionary<long, long> _started = [];
    private readonly Dictionary<long, long> _lent = [];

    public void Lend(int count, DateTimeOffset now) => _lent[HourOf(now)] = _lent.GetValueOrDefault(HourOf(now)) + count;

    public void GiveBack(int count, DateTimeOffset lentAt) => _lent[HourOf(lentAt)] -= count;

    /// <returns>What is wrong, or null.</returns>
    public string? Start(int count, DateTimeOffset now)
    {
        var hour = HourOf(now);
        _started[hour] = _started.GetValueOrDefault(hour) + count;
        return _started[hour] > SliceOf(hour) ? $"{_started[hour]} started in hour {hour} of a warm-up, of {SliceOf(hour)}" : null;
    }

    /// <summary>Whatever is out, one more can leave.</summary>
    public bool SurelyHasRoom(DateTimeOffset now) => _lent.GetValueOrDefault(HourOf(now)) < SliceOf(HourOf(now));

    private long HourOf(DateTimeOffset now) => (long)Math.Floor((now - startedAt).TotalHours);

    private long SliceOf(long hour)
    {
        if (hour / 24 >= plan.Days) return long.MaxValue;
        var cap = plan.DailyCaps[(int)(hour / 24)];
        return (cap * ((hour % 24) + 1) / 24) - (cap * (hour % 24) / 24);
    }
}
