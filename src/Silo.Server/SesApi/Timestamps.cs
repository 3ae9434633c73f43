namespace Silo.Server.SesApi;

/// <summary>Timestamps in requests: seconds since 1970, with or without a fraction.</summary>
internal static class Timestamps
{
    private const decimal Most = 253_402_300_799m;

    /// <summary>Null when it is absent or none, which is a failed check.</summary>
    public static DateTimeOffset? Read(decimal? seconds, string member, MemberChecks checks)
    {
        if (seconds is not { } given) return null;
        if (given is >= 0 and < Most) return Of(given);
        checks.Fail($"{member} must be a time in seconds since 1970");
        return null;
    }

    /// <param name="seconds">One that was read.</param>
    public static DateTimeOffset Of(decimal seconds) => DateTimeOffset.UnixEpoch.AddTicks((long)(seconds * TimeSpan.TicksPerSecond));
}
