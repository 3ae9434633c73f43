using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Silo.Smtp.Server;

/// <summary>Takes connections on one endpoint, up to its limits, and leads a dialogue on each.</summary>
public sealed class SmtpListener : IAsyncDisposable
{
    private static readonly byte[] Busy = "421 4.7.0 Too many connections, come back later\r\n"u8.ToArray();

    private readonly SmtpServerOptions _options;
    private readonly ISmtpReceiver _receiver;
    private readonly TimeProvider _time;
    private readonly Action<Exception> _failed;
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<Task, byte> _running = [];
    private readonly Dictionary<IPAddress, int> _byAddress = [];
    private Task _accepting = Task.CompletedTask;
    private int _disposed;

    /// <param name="failed">Told of an exception that is nobody's outside: a bug, of the receiver for one.</param>
    public SmtpListener(IPEndPoint endPoint, SmtpServerOptions options, ISmtpReceiver receiver, TimeProvider time, Action<Exception> failed)
    {
        (_options, _receiver, _time, _failed) = (options, receiver, time, failed);
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

    /// <summary>Takes nothing more, and ends what is under way: a message that is being stored has its time for that.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 1) return;
        _listener.Stop();
        await _stop.CancelAsync();
        await _accepting;
        await Task.WhenAll(_running.Keys);
        _stop.Dispose();
    }

    private async Task Accept()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                Begin(client);
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (Exception e) when (e is SocketException or InvalidOperationException)
            {
                if (_stop.IsCancellationRequested) return;
                // Out of file handles, most likely: those that are open end by and by.
                await Task.Delay(TimeSpan.FromMilliseconds(100), _time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private void Begin(TcpClient client)
    {
        var address = NetworkOf(client.Client.RemoteEndPoint);
        if (!TryTake(address))
        {
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

        var dialogue = Lead(client, address);
        _running[dialogue] = 0;
        _ = dialogue.ContinueWith(
            d => _running.TryRemove(d, out _), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    private async Task Lead(TcpClient client, IPAddress address)
    {
        await Task.Yield();
        try
        {
            using (client)
            {
                client.NoDelay = true;
                await using var stream = client.GetStream();
                await new SmtpServerConnection(stream, _options, _receiver, _time).Run(_stop.Token);
            }
        }
        catch (Exception e)
        {
            if (!Client.Wire.IsLoss(e)) _failed(e);
        }
        finally
        {
            GiveBack(address);
        }
    }

    private bool TryTake(IPAddress address)
    {
        lock (_byAddress)
        {
            var has = _byAddress.GetValueOrDefault(address);
            if (has >= _options.MaxConnectionsPerAddress || _byAddress.Values.Sum() >= _options.MaxConnections) return false;
            _byAddress[address] = has + 1;
            return true;
        }
    }

    private void GiveBack(IPAddress address)
    {
        lock (_byAddress)
            if (--_byAddress[address] == 0) _byAddress.Remove(address);
    }

    /// <summary>Of IPv6 everybody has a whole /64 network.</summary>
    private static IPAddress NetworkOf(EndPoint? endPoint)
    {
        var address = (endPoint as IPEndPoint)?.Address ?? IPAddress.None;
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        if (address.AddressFamily != AddressFamily.InterNetworkV6) return address;
        var bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return new IPAddress(bytes);
    }
}
