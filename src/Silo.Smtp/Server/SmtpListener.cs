using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Silo.Smtp.Server;

/// <summary>Takes connections on one endpoint, up to its limits, and leads a dialogue on each.</summary>
public sealed class SmtpListener : IAsyncDisposable
{
    private static readonly byte[] Busy = "421 4.7.0 Too many concurrent SMTP connections\r\n"u8.ToArray();

    private readonly SmtpServerOptions _options;
    private readonly Func<SmtpPeer, ISmtpReceiver> _receivers;
    private readonly SmtpServerLoad _load;
    private readonly TimeProvider _time;
    private readonly Action<Exception> _failed;
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _drain = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<Task, byte> _running = [];
    private Task _accepting = Task.CompletedTask;
    private int _disposed;

    /// <param name="receivers">Makes the rules for a connection.</param>
    /// <param name="failed">Told of an exception that is nobody's outside: a bug, of the receiver for one.</param>
    /// <param name="load">Shared with other listeners; null for a load of its own, with the limits of the options.</param>
    public SmtpListener(
        IPEndPoint endPoint, SmtpServerOptions options, Func<SmtpPeer, ISmtpReceiver> receivers, TimeProvider time,
        Action<Exception> failed, SmtpServerLoad? load = null)
    {
        if (options.IsTlsImplicit && options.Tls is null) throw new ArgumentException("Implicit TLS needs a certificate.", nameof(options));
        (_options, _receivers, _time, _failed) = (options, receivers, time, failed);
        _load = load ?? new SmtpServerLoad(options.MaxConnections, options.MaxConnectionsPerAddress, options.MaxBufferBytes);
        _listener = new TcpListener(endPoint);
    }

    /// <summary>Dialogues that are under way.</summary>
    public int Connections => _running.Count;

    /// <summary>Begins to listen; returns where.</summary>
    /// <exception cref="SocketException">The endpoint cannot be had.</exception>
    public IPEndPoint Start()
    {
        _listener.Start();
        _accepting = Task.Run(Accept);
        return (IPEndPoint)_listener.LocalEndpoint;
    }

    /// <summary>Takes nothing more, and ends what is under way: a transaction that has begun has its time for that.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 1) return;
        _listener.Stop();
        await _drain.CancelAsync();
        await _accepting;
        var running = Task.WhenAll(_running.Keys);
        await running.WaitAsync(_options.DrainTimeout, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _stop.CancelAsync();
        await running;
        _drain.Dispose();
        _stop.Dispose();
    }

    private async Task Accept()
    {
        while (!_drain.IsCancellationRequested)
        {
            try
            {
                var client = await _listener.AcceptTcpClientAsync(_drain.Token);
                Begin(client);
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (Exception e) when (e is SocketException or InvalidOperationException)
            {
                if (_drain.IsCancellationRequested) return;
                // Out of file handles, most likely: those that are open end by and by.
                await Task.Delay(TimeSpan.FromMilliseconds(100), _time, _drain.Token)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private void Begin(TcpClient client)
    {
        var peer = new SmtpPeer((client.Client.RemoteEndPoint as IPEndPoint)?.Address ?? IPAddress.None);
        if (!_load.TryTakeConnection(peer.Network))
        {
            _options.Happened?.Invoke(SmtpServerEvent.ConnectionRefused);
            // What a socket's buffer takes at once, or nothing: nobody is waited for.
            client.Client.Blocking = false;
            try
            {
                client.Client.Send(Busy);
            }
            catch (SocketException)
            {
            }

            client.Dispose();
            return;
        }

        var dialogue = Lead(client, peer);
        _running[dialogue] = 0;
        _ = dialogue.ContinueWith(
            d => _running.TryRemove(d, out _), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    private async Task Lead(TcpClient client, SmtpPeer peer)
    {
        await Task.Yield();
        ISmtpReceiver? receiver = null;
        try
        {
            using (client)
            {
                client.NoDelay = true;
                await using var stream = client.GetStream();
                receiver = _receivers(peer);
                await new SmtpServerConnection(stream, peer, _options, _load, receiver, _time).Run(_drain.Token, _stop.Token);
            }
        }
        catch (Exception e)
        {
            if (!Client.Wire.IsLoss(e)) _failed(e);
        }
        finally
        {
            receiver?.Ended();
            _load.GiveConnection(peer.Network);
        }
    }
}
