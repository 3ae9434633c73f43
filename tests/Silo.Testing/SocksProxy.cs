using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Silo.Testing;

/// <summary>A SOCKS5 proxy (RFC 1928, 1929) on loopback for IPv4 addresses, which refuses as told.</summary>
public sealed class SocksProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentBag<Task> _work = [];
    private readonly ConcurrentQueue<IPEndPoint> _asked = new();
    private readonly Task _accepting;

    public SocksProxy()
    {
        _listener.Start();
        _accepting = Accept();
    }

    /// <summary>"user:password" that it asks for; null: anybody may connect.</summary>
    public string? Credential { get; init; }

    /// <summary>The reply to CONNECT unless 0; see RFC 1928 6.</summary>
    public byte Refusal { get; set; }

    public IPEndPoint EndPoint => (IPEndPoint)_listener.LocalEndpoint;

    /// <summary>Where clients wanted to go.</summary>
    public IReadOnlyCollection<IPEndPoint> Asked => _asked;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_work);
        _stop.Dispose();
    }

    private async Task Accept()
    {
        try
        {
            while (true) _work.Add(Serve(await _listener.AcceptTcpClientAsync(_stop.Token)));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
    }

    private async Task Serve(TcpClient client)
    {
        using var _ = client;
        try
        {
            var stream = client.GetStream();
            var methods = new byte[(await Read(stream, 2))[1]];
            await stream.ReadExactlyAsync(methods, _stop.Token);
            var wanted = (byte)(Credential is null ? 0 : 2);
            var agreed = methods.Contains(wanted);
            await stream.WriteAsync((byte[])[5, agreed ? wanted : (byte)0xFF], _stop.Token);
            if (!agreed || (Credential is not null && !await Login(stream))) return;

            var request = await Read(stream, 10);
            var to = new IPEndPoint(new IPAddress(request.AsSpan(4, 4)), BinaryPrimitives.ReadUInt16BigEndian(request.AsSpan(8)));
            _asked.Enqueue(to);
            if (Refusal != 0)
            {
                await stream.WriteAsync((byte[])[5, Refusal, 0, 1, 0, 0, 0, 0, 0, 0], _stop.Token);
                return;
            }

            using var far = new TcpClient();
            await far.ConnectAsync(to, _stop.Token);
            // A name as the bound address, since clients must be able to read past one; and all in one piece with what the server says.
            await stream.WriteAsync((byte[])[5, 0, 0, 3, 5, .. "proxy"u8, 0, 25], _stop.Token);
            await Task.WhenAny(stream.CopyToAsync(far.GetStream(), _stop.Token), far.GetStream().CopyToAsync(stream, _stop.Token));
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // One side left.
        }
    }

    private async Task<bool> Login(NetworkStream stream)
    {
        var user = await Read(stream, (await Read(stream, 2))[1]);
        var password = await Read(stream, (await Read(stream, 1))[0]);
        var isRight = Credential == $"{Encoding.UTF8.GetString(user)}:{Encoding.UTF8.GetString(password)}";
        await stream.WriteAsync((byte[])[1, isRight ? (byte)0 : (byte)1], _stop.Token);
        return isRight;
    }

    private async Task<byte[]> Read(NetworkStream stream, int count)
    {
        var bytes = new byte[count];
        await stream.ReadExactlyAsync(bytes, _stop.Token);
        return bytes;
    }
}
