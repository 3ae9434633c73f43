namespace Silo.Core.Delivery;

/// <summary>
/// When a deferred delivery is tried again and when it is given up. Delays double from 2 minutes to 90 minutes, each up to a quarter
/// longer by chance, so that what was deferred together does not come back together; never shorter, for the sake of greylisting.
/// </summary>
public static class RetrySchedule
{
    /// <summary>840 minutes, as SES retries.</summary>
    public static readonly TimeSpan DefaultLifetime = TimeSpan.FromHours(14);

    public static readonly TimeSpan FirstDelay = TimeSpan.FromMinutes(2);

    public static readonly TimeSpan LongestDelay = TimeSpan.FromMinutes(90);

    // The last attempt is made this long before the end, so that it is one and not an expiry.
    private static readonly TimeSpan LastAttemptLead = TimeSpan.FromMinutes(1);

    /// <summary>
    /// The delay after a deferred attempt; null when no further one fits: the delivery expires at the end of its lifetime.
    /// </summary>
    /// <param name="attempt">The number of the attempt that was deferred, from 1.</param>
    /// <param name="age">The time since the lifetime began; below 0, as after a step of the clock, counts as 0.</param>
    /// <param name="jitter">0 to below 1, drawn by the caller.</param>
    /// <param name="lifetime"><see cref="DefaultLifetime"/> if null.</param>
    public static TimeSpan? NextDelay(int attempt, TimeSpan age, double jitter, TimeSpan? lifetime = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(attempt, 1);
        if (jitter is not (>= 0 and < 1)) throw new ArgumentOutOfRangeException(nameof(jitter), jitter, null);
        var nominal = TimeSpan.FromTicks(Math.Min(FirstDelay.Ticks << Math.Min(attempt - 1, 16), LongestDelay.Ticks));
        var delay = nominal + (nominal * (jitter / 4));

        // A delay that overshoots ends in one last attempt just before the end rather than in giving up hours early.
        var toLastAttempt = (lifetime ?? DefaultLifetime) - LastAttemptLead - TimeSpan.FromTicks(Math.Max(age.Ticks, 0));
        if (delay <= toLastAttempt) return delay;
        return toLastAttempt >= FirstDelay ? toLastAttempt : null;
    }

    /// <summary>
    /// When a delivery is given up: <paramref name="maxDeliverySeconds"/> after its acceptance if the configuration set limits it
    /// (300 to 50,400), else a lifetime after the first attempt that was allowed. Null while neither clock runs: waiting for a budget
    /// or through a pause costs no lifetime.
    /// </summary>
    public static DateTimeOffset? ExpiresAt(
        DateTimeOffset acceptedAt, DateTimeOffset? firstAttemptAt, int? maxDeliverySeconds, TimeSpan? lifetime = null) =>
        maxDeliverySeconds is { } seconds
            ? acceptedAt + TimeSpan.FromSeconds(seconds)
            : firstAttemptAt + (lifetime ?? DefaultLifetime);

    /// <summary>Whether a delivery is past <see cref="ExpiresAt"/>.</summary>
    public static bool HasExpired(
        DateTimeOffset acceptedAt, DateTimeOffset? firstAttemptAt, int? maxDeliverySeconds, DateTimeOffset now,
        TimeSpan? lifetime = null) =>
        ExpiresAt(acceptedAt, firstAttemptAt, maxDeliverySeconds, lifetime) <= now;
}
