using System.Collections.Concurrent;
using System.Net;

namespace Silo.Testing.EndToEnd;

/// <summary>Sends to recipients that are each used once, over several connections, until it is told to stop or the server is gone.</summary>
public sealed class Load(string prefix, params string[] tenants)
{
    private int _number;
    private volatile bool _stop;

    /// <summary>Recipients whose message was answered with 200.</summary>
    public ConcurrentBag<string> Accepted { get; } = [];

    public async Task Run(SesClient client, int senders)
    {
        _stop = false;
        await Task.WhenAll(Enumerable.Range(0, senders).Select(async _ =>
        {
            while (!_stop)
            {
                var number = Interlocked.Increment(ref _number);
                var recipient = $"{prefix}{number}@example.org";
                try
                {
                    var (status, _) = await client.Send(tenants[number % tenants.Length], recipient);
                    if (status == HttpStatusCode.OK) Accepted.Add(recipient);
                }
                catch (HttpRequestException)
                {
                    return;
                }
                catch (IOException)
                {
                    return;
                }
            }
        }));
    }

    public void Stop() => _stop = true;
}
