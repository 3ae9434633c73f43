using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Silo.Server.Tests.Events.Sending;

/// <summary>Somebody's endpoint: a real server on loopback that keeps what is posted, and answers as the test says.</summary>
internal sealed class Endpoint : IAsyncDisposable
{
    private readonly List<Received> _received = [];
    private WebApplication _app = null!;
    private int _connections;
    private int _mostConnections;

    public Uri Url { get; private set; } = null!;

    /// <summary>Default: 200.</summary>
    public Func<Received, HttpContext, Task>? Answer { get; set; }

    public int Status { get; set; } = 200;

    public IReadOnlyList<Received> Received
    {
        get
        {
            lock (_received) return [.. _received];
        }
    }

    public IEnumerable<string> Bodies => Received.Select(r => r.Text);

    public int MostConnections => _mostConnections;

    public static async Task<Endpoint> Start(IPAddress? address = null, int port = 0)
    {
        var endpoint = new Endpoint();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k =>
        {
            k.Limits.MaxRequestBodySize = null;
            k.Listen(address ?? IPAddress.Loopback, port, l => l.Use(next => c => endpoint.Connected(next, c)));
        });
        endpoint._app = builder.Build();
        endpoint._app.Run(endpoint.Handle);
        await endpoint._app.StartAsync();
        endpoint.Url = new Uri(endpoint._app.Urls.First() + "/hook");
        return endpoint;
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource(0);
        await _app.StopAsync(now.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _app.DisposeAsync();
    }

    private async Task Connected(ConnectionDelegate next, ConnectionContext connection)
    {
        var now = Interlocked.Increment(ref _connections);
        for (var most = _mostConnections; now > most; most = _mostConnections) Interlocked.CompareExchange(ref _mostConnections, now, most);
        try
        {
            await next(connection);
        }
        finally
        {
            Interlocked.Decrement(ref _connections);
        }
    }

    private async Task Handle(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var received = new Received(
            context.Request.Path, body.ToArray(), context.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase));
        lock (_received) _received.Add(received);
        context.Response.StatusCode = Status;
        if (Answer is { } answer) await answer(received, context);
    }
}

internal sealed record Received(string Path, byte[] Body, IReadOnlyDictionary<string, string> Headers)
{
    public string Text => System.Text.Encoding.UTF8.GetString(Body);
}
