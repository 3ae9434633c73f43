using System.Net;

namespace Silo.Server.Submission;

/// <summary>
/// Guessing passwords is slow: the failed logins of an address are answered later and later, and beyond a number nothing is looked at for a
/// while. Who gets it right waits for nothing. Addresses that are not remembered any more start anew.
/// </summary>
internal sealed class LoginLimits(TimeProvider time)
{
    /// <summary>Failures of one address that are looked at in a row; the next ones are told to come back.</summary>
    public const int MaxFailures = 50;

    public const int MaxAddresses = 10_000;

    /// <summary>After this time one failure is forgotten.</summary>
    public static readonly TimeSpan ForgetTime = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan DelayStep = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan MaxDelay = TimeSpan.FromSeconds(5);

    // By address the time at which all of its failures are forgotten.
    private readonly Dictionary<IPAddress, long> _forgottenAt = [];
    private readonly long _perFailure = (long)(ForgetTime.TotalSeconds * time.TimestampFrequency);

    public bool MayTry(IPAddress network)
    {
        lock (_forgottenAt) return Failures(network, time.GetTimestamp()) < MaxFailures;
    }

    /// <summary>How long the answer to a failed login is held back.</summary>
    public TimeSpan Failed(IPAddress network)
    {
        lock (_forgottenAt)
        {
            var now = time.GetTimestamp();
            if (_forgottenAt.Count >= MaxAddresses && !_forgottenAt.ContainsKey(network)) MakeRoom(now);
            _forgottenAt[network] = Math.Max(now, _forgottenAt.GetValueOrDefault(network, now)) + _perFailure;
            var delay = DelayStep * Failures(network, now);
            return delay < MaxDelay ? delay : MaxDelay;
        }
    }

    private long Failures(IPAddress network, long now) =>
        _forgottenAt.TryGetValue(network, out var at) && at > now ? (at - now + _perFailure - 1) / _perFailure : 0;

    private void MakeRoom(long now)
    {
        foreach (var (network, at) in _forgottenAt)
            if (at <= now) _forgottenAt.Remove(network);
        if (_forgottenAt.Count >= MaxAddresses) _forgottenAt.Remove(_forgottenAt.MinBy(p => p.Value).Key);
    }
}
