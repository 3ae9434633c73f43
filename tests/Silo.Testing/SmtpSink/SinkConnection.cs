using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;

namespace Silo.Testing.SmtpSink;

/// <summary>
/// One connection: buffers in and out. Replies are gathered while the input holds whole commands, and leave in one write.
/// </summary>
internal sealed class SinkConnection(SinkServer server, Socket socket, long number, CancellationToken stop)
{
    private const int BufferBytes = 32 * 1024;

    private readonly byte[] _input = new byte[BufferBytes];
    private readonly byte[] _output = new byte[8 * 1024];
    private readonly MemoryStream _content = new();
    private Stream _stream = new NetworkStream(socket, ownsSocket: true);
    private int _start;
    private int _end;
    private int _written;

    public bool Secure { get; private set; }

    public SinkServer Server => server;

    public long Number => number;

    /// <summary>Where the client is.</summary>
    public IPAddress? Client { get; } = (socket.RemoteEndPoint as IPEndPoint)?.Address;

    public CancellationToken Stop => stop;

    public async Task Run()
    {
        try
        {
            if (server.Options.ImplicitTls) await Encrypt();
            await new SinkDialogue(this).Run();
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException
            or ObjectDisposedException or AuthenticationException)
        {
            // The client left, or the test is over.
        }
        finally
        {
            await _stream.DisposeAsync();
            _content.Dispose();
        }
    }

    public void Close() => socket.Close();

    public async ValueTask Encrypt()
    {
        (_start, _end) = (0, 0);
        var secure = new SslStream(_stream);
        await secure.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = server.Options.Certificate }, stop);
        _stream = secure;
        Secure = true;
    }

    /// <summary>The next line without its end; null at the end of input. Valid until the next read.</summary>
    public async ValueTask<ReadOnlyMemory<byte>?> ReadLine()
    {
        if (_written > _output.Length / 2) await Flush();
        while (true)
        {
            var length = _input.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
            if (length >= 0)
            {
                var line = _input.AsMemory(_start, length);
                _start += length + 1;
                return line.Span.EndsWith("\r"u8) ? line[..^1] : line;
            }

            await Flush();
            if (!await Fill()) return null;
        }
    }

    /// <summary>
    /// Reads to the final dot. Answers the number of bytes, and the content unless it is only counted; null at the end of input.
    /// </summary>
    public async ValueTask<(long Bytes, byte[] Content)?> ReadMessage(bool keep)
    {
        await Flush();
        _content.SetLength(0);
        long bytes = 0;
        while (_end - _start < 3) if (!await Fill()) return null;
        if (_input.AsSpan(_start, 3).SequenceEqual(".\r\n"u8))
        {
            _start += 3;
            return (0, []);
        }

        while (true)
        {
            var available = _input.AsSpan(_start, _end - _start);
            var end = available.IndexOf("\r\n.\r\n"u8);
            // The last four bytes may be the beginning of the end.
            var take = end >= 0 ? end + 2 : Math.Max(0, available.Length - 4);
            if (keep) _content.Write(available[..take]);
            bytes += take;
            _start += take;
            if (end >= 0)
            {
                _start += 3;
                return (bytes, keep ? Unstuffed(_content.ToArray()) : []);
            }

            if (!await Fill()) return null;
        }
    }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_output.AsSpan(_written));
        _written += bytes.Length;
    }

    public void WriteLine(string line) => Write(Encoding.UTF8.GetBytes(line + (server.Options.BareLineFeeds ? "\n" : "\r\n")));

    public async ValueTask WriteNow(ReadOnlyMemory<byte> bytes)
    {
        await Flush();
        await _stream.WriteAsync(bytes, stop);
    }

    public async ValueTask Flush()
    {
        if (_written == 0) return;
        var length = _written;
        _written = 0;
        await _stream.WriteAsync(_output.AsMemory(0, length), stop);
    }

    /// <summary>Reads and answers nothing until the client goes away.</summary>
    public async ValueTask KeepSilent()
    {
        await Flush();
        do _start = _end = 0;
        while (await Fill());
    }

    private async ValueTask<bool> Fill()
    {
        if (_start > 0)
        {
            _input.AsSpan(_start, _end - _start).CopyTo(_input);
            (_start, _end) = (0, _end - _start);
        }

        if (_end == _input.Length) return false;
        var read = await _stream.ReadAsync(_input.AsMemory(_end), stop);
        _end += read;
        return read > 0;
    }

    private static byte[] Unstuffed(byte[] content)
    {
        var kept = new MemoryStream(content.Length);
        for (var i = 0; i < content.Length; i++)
        {
            var lineStart = i == 0 || i >= 2 && content[i - 1] == '\n' && content[i - 2] == '\r';
            if (!lineStart || content[i] != '.') kept.WriteByte(content[i]);
        }

        return kept.ToArray();
    }
}
