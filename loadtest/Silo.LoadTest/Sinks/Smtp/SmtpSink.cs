using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Silo.LoadTest.Sinks.Accounting;

namespace Silo.LoadTest.Sinks.Smtp;

/// <summary>An SMTP server that takes what comes. Lean, so that it is not what limits a run.</summary>
internal sealed class SmtpSink : ISink
{
    private readonly Socket _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<SinkWire, Task> _sessions = new();
    private readonly Task _accepting;

    /// <exception cref="SocketException">It cannot listen there.</exception>
    public SmtpSink(SinkOptions options)
    {
        Options = options;
        Desk = new SinkDesk(options);
        _listener = new Socket(options.Endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            _listener.Bind(options.Endpoint);
            _listener.Listen(1024);
        }
        catch
        {
            _listener.Dispose();
            throw;
        }

        Endpoint = (IPEndPoint)_listener.LocalEndPoint!;
        _accepting = Accept();
    }

    public IPEndPoint Endpoint { get; }

    public SinkCounts Counts => Desk.Counters.Read();

    public SinkFaults Faults => Desk.Faults;

    internal SinkOptions Options { get; }

    internal SinkDesk Desk { get; }

    public SinkTally Tally(SentBooks? sent = null, PossibleDuplicates? marked = null) => Desk.Accounting.Tally(Counts, sent, marked);

    /// <summary>Closes every connection at once, as a server that goes away does; new ones are taken.</summary>
    public void DropConnections()
    {
        foreach (var wire in _sessions.Keys) wire.Close();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        DropConnections();
        await _accepting;
        await Task.WhenAll(_sessions.Values);
        _stop.Dispose();
    }

    private async Task Accept()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var socket = await _listener.AcceptAsync(_stop.Token);
                socket.NoDelay = true;
                Desk.Counters.Connected();
                var wire = new SinkWire(socket, _stop.Token);
                var session = new SmtpSinkSession(this, wire, isOneTooMany: Desk.Counters.Open > Options.MaxConnections);
                // The entry stands before the session can end and remove it.
                var begin = new TaskCompletionSource();
                _sessions[wire] = Run(begin.Task, session, wire);
                begin.SetResult();
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException)
            {
                // The client left before it was taken.
            }
        }
    }

    private async Task Run(Task begin, SmtpSinkSession session, SinkWire wire)
    {
        await begin.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            await session.Run(_stop.Token);
        }
        finally
        {
            await wire.DisposeAsync();
            Desk.Counters.Disconnected();
            _sessions.TryRemove(wire, out _);
        }
    }
}
