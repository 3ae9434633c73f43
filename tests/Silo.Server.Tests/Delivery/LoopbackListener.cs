using System.Net;
using System.Net.Sockets;

namespace Silo.Server.Tests.Delivery;

/// <summary>Takes connections on a loopback port until it is disposed, and ends those that are open then.</summary>
internal sealed class LoopbackListener : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly List<TcpClient> _clients = [];
    private readonly List<Task> _running = [];
    private readonly Task _accepting;

    /// <param name="talk">What happens on a connection, with its number from 1.</param>
    public LoopbackListener(Func<TcpClient, int, Task> talk)
    {
        _listener.Start();
        _accepting = Accept(talk);
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _accepting;
        foreach (var client in _clients) client.Dispose();
        await Task.WhenAll(_running);
    }

    private async Task Accept(Func<TcpClient, int, Task> talk)
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync();
                _clients.Add(client);
                _running.Add(talk(client, _clients.Count));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // Disposed.
        }
    }
}
