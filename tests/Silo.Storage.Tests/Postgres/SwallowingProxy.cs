using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Silo.Storage.Tests.Postgres;

/// <summary>A line to the server on which answers can be lost: what was asked is done, and nobody hears of it.</summary>
internal sealed class SwallowingProxy : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentBag<TcpClient> _connections = [];
    private readonly int _server;
    private volatile bool _swallows;

    public SwallowingProxy(int server)
    {
        _server = server;
        _listener.Start();
        _ = Accept();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>From here on answers are lost.</summary>
    public void Swallow() => _swallows = true;

    /// <summary>Breaks all connections; new ones work.</summary>
    public void Break()
    {
        while (_connections.TryTake(out var connection)) connection.Dispose();
        _swallows = false;
    }

    public void Dispose()
    {
        _listener.Stop();
        Break();
    }

    private async Task Accept()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync();
                var server = new TcpClient();
                await server.ConnectAsync(IPAddress.Loopback, _server);
                _connections.Add(client);
                _connections.Add(server);
                _ = Pump(client, server, answers: false);
                _ = Pump(server, client, answers: true);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
        }
    }

    private async Task Pump(TcpClient from, TcpClient to, bool answers)
    {
        try
        {
            var buffer = new byte[65_536];
            while (await from.GetStream().ReadAsync(buffer) is > 0 and var read)
            {
                if (!answers || !_swallows) await to.GetStream().WriteAsync(buffer.AsMemory(0, read));
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
        {
        }

        // Both ways end together, as they do when a host goes away.
        from.Dispose();
        to.Dispose();
    }
}
