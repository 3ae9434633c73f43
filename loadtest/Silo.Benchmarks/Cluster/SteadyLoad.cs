using System.Collections.Concurrent;
using System.Net;
using Silo.Testing.EndToEnd;

namespace Silo.Benchmarks.Cluster;

/// <summary>Tenants that send at an even pace, and the time of each one's first arrival after a mark.</summary>
internal sealed class SteadyLoad(string[] tenants, TimeSpan interval)
{
    // So many calls of a tenant may be unanswered; beyond it the tenant waits.
    private const int UnansweredPerTenant = 60;

    private readonly ConcurrentDictionary<string, double> _rested = new(StringComparer.Ordinal);
    private volatile bool _stop;
    private long _marked = long.MaxValue;
    private int _round;
    private int _number;
    private int _refused;

    public int Refused => _refused;

    public IReadOnlyDictionary<string, double> Rested => _rested;

    public bool AllArrived => _rested.Count == tenants.Length;

    /// <summary>From here on each tenant's first arrival counts.</summary>
    public void Mark()
    {
        _rested.Clear();
        Volatile.Write(ref _marked, TimeProvider.System.GetTimestamp());
        Interlocked.Increment(ref _round);
    }

    public void Arrived(string recipient)
    {
        // "<round>.<number>@<tenant>.example": of the round in which the call was made.
        var at = recipient.IndexOf('@', StringComparison.Ordinal);
        if (!recipient.AsSpan(0, at).StartsWith($"{_round}.")) return;
        _rested.TryAdd(recipient[(at + 1)..^8], TimeProvider.System.GetElapsedTime(Volatile.Read(ref _marked)).TotalSeconds);
    }

    public Task Run(SesClient[] clients)
    {
        _stop = false;
        return Task.WhenAll(tenants.Select((tenant, i) => Send(tenant, clients, interval * (i / (double)tenants.Length))));
    }

    public void Stop() => _stop = true;

    private async Task Send(string tenant, SesClient[] clients, TimeSpan first)
    {
        await Task.Delay(first);
        using var unanswered = new SemaphoreSlim(UnansweredPerTenant);
        using var timer = new PeriodicTimer(interval);
        for (var i = 0; !_stop; i++)
        {
            await unanswered.WaitAsync();
            _ = SendOne(clients[i % clients.Length]);
            await timer.WaitForNextTickAsync();
        }

        for (var i = 0; i < UnansweredPerTenant; i++) await unanswered.WaitAsync();

        async Task SendOne(SesClient client)
        {
            try
            {
                var (status, _) = await client.Send(tenant, $"{_round}.{Interlocked.Increment(ref _number)}@{tenant}.example");
                if (status != HttpStatusCode.OK) Interlocked.Increment(ref _refused);
            }
            catch (Exception e) when (e is HttpRequestException or IOException or TaskCanceledException)
            {
                Interlocked.Increment(ref _refused);
            }
            finally
            {
                unanswered.Release();
            }
        }
    }
}
