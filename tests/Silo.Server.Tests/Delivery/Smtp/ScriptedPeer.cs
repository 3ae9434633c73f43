using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Silo.Server.Tests.Delivery.Smtp;

/// <summary>A server whose every answer a test chooses by connection and line; null is silence, "" closes the connection.</summary>
internal sealed class ScriptedPeer : IAsyncDisposable
{
    public const string Connected = "(connected)";

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Func<int, string, string?> _answer;
    private readonly List<Task> _running = [];
    private readonly List<TcpClient> _clients = [];
    private readonly Task _accepting;

    /// <param name="answer">Connection from 1, and the line; <see cref="Connected"/> for the greeting.</param>
    public ScriptedPeer(Func<int, string, string?> answer)
    {
        _answer = answer;
        _listener.Start();
        _accepting = Accept();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _accepting;
        foreach (var client in _clients) client.Dispose();
        await Task.WhenAll(_running);
    }

    private async Task Accept()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync();
                _clients.Add(client);
                _running.Add(Talk(client, _clients.Count));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // Disposed.
        }
    }

    private async Task Talk(TcpClient client, int connection)
    {
        try
        {
            var stream = client.GetStream();
            using var reader = new StreamReader(stream, Encoding.ASCII);
            for (string? line = Connected; line is not null; line = await reader.ReadLineAsync())
            {
                var answer = _answer(connection, line);
                if (answer is { Length: 0 }) break;
                if (answer is not null) await stream.WriteAsync(Encoding.ASCII.GetBytes(answer + "\r\n"));
            }

            client.Dispose();
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The client left, or the test is over.
        }
    }
}
