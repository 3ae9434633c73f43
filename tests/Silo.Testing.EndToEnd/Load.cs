using System.Collections.Concurrent;
using System.Net;

namespace Silo.Testing.EndToEnd;

/// <summary>
/// Sends to recipients that are each used once, over several connections, until it is told to stop or the server is gone.
/// </summary>
public sealed class Load(string prefix, params string[] tenants)
{
    private int _number;
    private volatile bool _stop;

    /// <summary>Recipients whose message was answered with 200.</summary>
    public ConcurrentBag<string> Accepted { get; } = [];

    /// <summary>Answers other than 200.</summary>
    public ConcurrentBag<SesReply> Refused { get; } = [];

    public IReadOnlyList<string> Tenants => tenants;

    public async Task Run(SesClient client, int senders)
    {
        _stop = false;
        await Task.WhenAll(Enumerable.Range(0, senders).Select(async _ =>
        {
            while (!_stop)
            {
                var number = Interlocked.Increment(ref _number);
                try
                {
                    // One that cannot take mail now is asked again, not hammered.
                    if (!await TrySend(client, tenants[number % tenants.Length], $"{prefix}{number}@example.org")) await Task.Delay(50);
                }
                catch (Exception e) when (e is HttpRequestException or IOException)
                {
                    return;
                }
            }
        }));
    }

    /// <summary>False when it was not accepted, or when it is not known.</summary>
    public async Task<bool> TrySend(SesClient client, string tenant, string recipient)
    {
        try
        {
            var reply = await client.Send(tenant, recipient);
            if (reply.Status == HttpStatusCode.OK) Accepted.Add(recipient);
            else Refused.Add(reply);
            return reply.Status == HttpStatusCode.OK;
        }
        catch (TaskCanceledException)
        {
            return false;
        }
    }

    public void Stop() => _stop = true;
}
