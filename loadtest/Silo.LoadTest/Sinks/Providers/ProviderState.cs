using Silo.Server.Delivery.Simulation;

namespace Silo.LoadTest.Sinks.Providers;

/// <summary>What a provider makes of one attempt.</summary>
/// <param name="Reply">Null: it is taken.</param>
/// <param name="BehindContent">It says so after the final dot.</param>
internal readonly record struct ProviderVerdict(ArrivalEnd End, string? Reply, bool BehindContent, bool Complains);

/// <summary>A profile with its bucket and its seed. Safe for several threads.</summary>
internal sealed class ProviderState(ProviderProfile profile, long seed)
{
    private readonly Lock _lock = new();
    private double _tokens = profile.Burst;
    private long? _filledAt;

    public ProviderProfile Profile => profile;

    /// <param name="attempt">0 for the first.</param>
    /// <param name="now">Timestamp of <paramref name="time"/>.</param>
    public ProviderVerdict Judge(string recipient, int attempt, long now, TimeProvider time)
    {
        var fate = Fate(recipient);
        var drawn = fate.Draw("bounce");
        if (drawn < profile.HardBounceShare) return new ProviderVerdict(ArrivalEnd.HardBounced, profile.HardBounceReply, false, false);
        if (drawn < profile.HardBounceShare + profile.SoftBounceShare)
            return new ProviderVerdict(ArrivalEnd.SoftBounced, profile.SoftBounceReply, true, false);
        if (fate.Draw("deferral", attempt) < profile.DeferralShare)
            return new ProviderVerdict(ArrivalEnd.Deferred, profile.DeferralReply, false, false);
        if (!TryTake(now, time)) return new ProviderVerdict(ArrivalEnd.RateLimited, profile.RateLimitReply, false, false);
        return new ProviderVerdict(ArrivalEnd.Delivered, null, false, fate.Draw("complaint") < profile.ComplaintShare);
    }

    /// <summary>From the final dot to its reply.</summary>
    public TimeSpan Latency(string recipient, int attempt) => TimeSpan.FromMilliseconds(
        profile.MinLatencyMs + Math.Max(0, profile.MaxLatencyMs - profile.MinLatencyMs) * Fate(recipient).Draw("latency", attempt));

    private SimulatedFate Fate(string recipient) => new(seed, "", recipient);

    private bool TryTake(long now, TimeProvider time)
    {
        if (profile.RatePerSecond == 0) return true;
        lock (_lock)
        {
            var elapsed = _filledAt is { } before ? time.GetElapsedTime(before, now).TotalSeconds : 0;
            if (elapsed >= 0) _filledAt = now;
            _tokens = Math.Min(profile.Burst, _tokens + Math.Max(0, elapsed) * profile.RatePerSecond);
            if (_tokens < 1) return false;
            _tokens--;
            return true;
        }
    }
}
