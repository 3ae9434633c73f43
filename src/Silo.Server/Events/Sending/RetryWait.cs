namespace Silo.Server.Events.Sending;

/// <summary>How long to wait after failures: twice as long after each, up to a cap, the upper half of it by chance.</summary>
internal static class RetryWait
{
    /// <param name="failures">In a row, 1 or more.</param>
    /// <param name="jitter">0 to below 1.</param>
    /// <param name="asked">What the endpoint asked for; it counts when it is longer, up to the cap.</param>
    public static TimeSpan After(int failures, TimeSpan min, TimeSpan max, TimeSpan? asked, double jitter)
    {
        var full = Math.Min(max.Ticks, min.Ticks * Math.Pow(2, Math.Min(failures - 1, 40)));
        var wait = TimeSpan.FromTicks((long)(full * (0.5 + jitter / 2)));
        return asked > wait ? asked > max ? max : asked.Value : wait;
    }
}
