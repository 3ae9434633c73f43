using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Silo.Testing.SmtpSink;

/// <summary>
/// An SMTP server on a port of its own on loopback that obeys the recipient's address (<see cref="SinkOrder"/>) and misbehaves as its
/// options say. Serves the tests and the load tests.
/// </summary>
public sealed class SinkServer : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<SinkMessage> _messages = new();
    private readonly ConcurrentQueue<string> _commands = new();
    private readonly ConcurrentQueue<SinkStep> _steps = new();
    private readonly ConcurrentDictionary<SinkConnection, Task> _connections = new();
    private readonly Task _accepting;
    private long _connectionCount;
    private long _mailCount;
    private long _messageCount;
    private long _byteCount;

    /// <param name="address">Several sinks can share a port on addresses of their own, all of 127/8. Default 127.0.0.1.</param>
    public SinkServer(SinkOptions? options = null, int port = 0, string? address = null)
    {
        Options = options ?? new SinkOptions();
        _listener.Bind(new IPEndPoint(address is null ? IPAddress.Loopback : IPAddress.Parse(address), port));
        _listener.Listen(512);
        Port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
        _accepting = Accept();
    }

    public SinkOptions Options { get; }

    public int Port { get; }

    /// <summary>Messages in the order of their completion, at most <see cref="SinkOptions.MaxRecorded"/>.</summary>
    public IReadOnlyCollection<SinkMessage> Messages => _messages;

    /// <summary>Command lines as they came, unless the sink only counts.</summary>
    public IReadOnlyCollection<string> Commands => _commands;

    /// <summary>Every MAIL and every final dot, in the order of their arrival, when the options want them kept.</summary>
    public IReadOnlyCollection<SinkStep> Steps => _steps;

    public long ConnectionCount => Interlocked.Read(ref _connectionCount);

    /// <summary>Where the last connection came from.</summary>
    public IPAddress? LastClient { get; private set; }

    /// <summary>MAIL commands that were read, whatever they were answered.</summary>
    public long MailCount => Interlocked.Read(ref _mailCount);

    /// <summary>Messages whose final dot was read, whatever it was answered.</summary>
    public long MessageCount => Interlocked.Read(ref _messageCount);

    public long MessageBytes => Interlocked.Read(ref _byteCount);

    /// <summary>Closes all connections at once, as a restart does.</summary>
    public void DropConnections()
    {
        foreach (var connection in _connections.Keys) connection.Close();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        DropConnections();
        await _accepting;
        await Task.WhenAll(_connections.Values);
        _stop.Dispose();
    }

    internal void CountMail(string? line)
    {
        Interlocked.Increment(ref _mailCount);
        Record(line);
        Options.OnMail?.Invoke();
    }

    internal void Record(string? line)
    {
        if (line is not null && _commands.Count < Options.MaxRecorded) _commands.Enqueue(line);
    }

    internal void Record(SinkStepKind kind, string hello, SinkConnection connection)
    {
        if (Options.KeepsSteps) _steps.Enqueue(new SinkStep(kind, hello, connection.Number, Options.Time.GetUtcNow()) { Client = connection.Client });
    }

    internal void CountMessage(long bytes)
    {
        Interlocked.Increment(ref _messageCount);
        Interlocked.Add(ref _byteCount, bytes);
    }

    internal void Record(SinkMessage message)
    {
        if (_messages.Count < Options.MaxRecorded) _messages.Enqueue(message);
        Options.OnMessage?.Invoke(message);
    }

    private async Task Accept()
    {
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptAsync(_stop.Token);
                socket.NoDelay = true;
                if (socket.RemoteEndPoint is IPEndPoint { Address: var from }) LastClient = from;
                var number = Interlocked.Increment(ref _connectionCount);
                var connection = new SinkConnection(this, socket, number, _stop.Token);
                var run = connection.Run();
                _connections[connection] = run;
                _ = run.ContinueWith(_ => _connections.TryRemove(connection, out Task? _), TaskScheduler.Default);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The server was disposed.
        }
    }
}
