namespace Silo.Server.Egress;

/// <summary>
/// Nothing new leaves by a pool or a source address, or from it to one provider; what had begun ends. Mail keeps its place and its attempts.
/// </summary>
/// <param name="Provider">As <see cref="Core.Addresses.MailboxProvider.All"/> names it; null for all.</param>
/// <param name="Cause">1 to 512 characters, for who asks why a message does not leave.</param>
public sealed record PoolPause(string? Provider, string Cause, DateTimeOffset At)
{
    public const int MaxCauseLength = 512;

    /// <summary>All pauses after one was set, or ended with null; null when none is left.</summary>
    public static IReadOnlyList<PoolPause>? Replaced(IReadOnlyList<PoolPause>? pauses, string? provider, PoolPause? pause)
    {
        PoolPause[] replaced = [.. (pauses ?? []).Where(p => p.Provider != provider), .. pause is null ? [] : new[] { pause }];
        return replaced.Length == 0 ? null : replaced;
    }
}
