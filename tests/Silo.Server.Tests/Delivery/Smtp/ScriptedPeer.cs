using System.Net.Sockets;
using System.Text;

namespace Silo.Server.Tests.Delivery.Smtp;

/// <summary>A server whose every answer a test chooses by connection and line; null is silence, "" closes the connection.</summary>
internal sealed class ScriptedPeer : IAsyncDisposable
{
    public const string Connected = "(connected)";

    private readonly LoopbackListener _listener;
    private readonly Func<int, string, string?> _answer;

    /// <param name="answer">Connection from 1, and the line; <see cref="Connected"/> for the greeting.</param>
    public ScriptedPeer(Func<int, string, string?> answer)
    {
        _answer = answer;
        _listener = new LoopbackListener(Talk);
    }

    public int Port => _listener.Port;

    public ValueTask DisposeAsync() => _listener.DisposeAsync();

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
