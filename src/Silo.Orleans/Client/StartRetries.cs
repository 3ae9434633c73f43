using Orleans;

namespace Silo.Orleans.Client;

/// <summary>A client that starts together with its cluster tries again each second until a silo answers.</summary>
internal sealed class StartRetries(TimeSpan atMost, TimeProvider time) : IClientConnectionRetryFilter
{
    private readonly long _began = time.GetTimestamp();

    public async Task<bool> ShouldRetryConnectionAttempt(Exception exception, CancellationToken cancellationToken)
    {
        if (time.GetElapsedTime(_began) >= atMost) return false;
        await Task.Delay(TimeSpan.FromSeconds(1), time, cancellationToken);
        return true;
    }
}
