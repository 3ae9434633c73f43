using System.Net;
using System.Net.Security;
using System.Net.Sockets;

namespace Silo.LoadTest.Doors;

/// <summary>
/// A TCP connection with a buffer for what comes, with or without TLS. Certificates are not checked: it is one's own host.
/// </summary>
internal sealed class WireConnection : IAsyncDisposable
{
    private const int BufferBytes = 4096;

    private readonly Socket _socket;
    private readonly byte[] _buffer = new byte[BufferBytes];
    private Stream _stream;
    private int _start;
    private int _end;

    private WireConnection(Socket socket) => (_socket, _stream) = (socket, new NetworkStream(socket, ownsSocket: true));

    /// <summary>Null when nobody answers there.</summary>
    public static async ValueTask<WireConnection?> TryOpen(string host, int port, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeout);
        try
        {
            if (IPAddress.TryParse(host, out var address)) await socket.ConnectAsync(new IPEndPoint(address, port), limit.Token);
            else await socket.ConnectAsync(host, port, limit.Token);
            return new WireConnection(socket);
        }
        catch (Exception e) when (e is SocketException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            socket.Dispose();
            return null;
        }
    }

    public async ValueTask StartTls(string host, CancellationToken cancellationToken)
    {
        var tls = new SslStream(_stream, leaveInnerStreamOpen: false);
        var options = new SslClientAuthenticationOptions { TargetHost = host, RemoteCertificateValidationCallback = (_, _, _, _) => true };
        _stream = tls;
        await tls.AuthenticateAsClientAsync(options, cancellationToken);
    }

    public ValueTask Write(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) => _stream.WriteAsync(bytes, cancellationToken);

    /// <summary>
    /// The next line without its end; valid until the next read. Lines longer than the buffer are an error: nothing that is read here has
    /// any.
    /// </summary>
    /// <exception cref="IOException">The connection ended, or the line is too long.</exception>
    public async ValueTask<ReadOnlyMemory<byte>> ReadLine(CancellationToken cancellationToken)
    {
        var from = _start;
        while (true)
        {
            var found = _buffer.AsSpan(from, _end - from).IndexOf((byte)'\n');
            if (found >= 0)
            {
                var line = _buffer.AsMemory(_start, from + found - _start);
                _start = from + found + 1;
                return line.Length > 0 && line.Span[^1] == '\r' ? line[..^1] : line;
            }

            from = _end;
            if (_start > 0)
            {
                _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
                (from, _end, _start) = (from - _start, _end - _start, 0);
            }

            if (_end == _buffer.Length) throw new IOException("A line of the server is too long.");
            await Fill(cancellationToken);
        }
    }

    /// <summary>So many bytes, which are thrown away but for the first few.</summary>
    /// <param name="kept">Where the beginning of them goes.</param>
    /// <returns>How many were kept.</returns>
    public async ValueTask<int> Read(long bytes, Memory<byte> kept, CancellationToken cancellationToken)
    {
        var taken = 0;
        while (bytes > 0)
        {
            if (_start == _end)
            {
                (_start, _end) = (0, 0);
                await Fill(cancellationToken);
            }

            var here = (int)Math.Min(bytes, _end - _start);
            var keep = Math.Min(here, kept.Length - taken);
            _buffer.AsMemory(_start, keep).CopyTo(kept[taken..]);
            (_start, bytes, taken) = (_start + here, bytes - here, taken + keep);
        }

        return taken;
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await _stream.DisposeAsync();
        }
        catch (IOException)
        {
            // TLS says goodbye to a peer that is gone.
        }

        _socket.Dispose();
    }

    private async ValueTask Fill(CancellationToken cancellationToken)
    {
        var read = await _stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
        if (read == 0) throw new IOException("The server closed the connection.");
        _end += read;
    }
}
