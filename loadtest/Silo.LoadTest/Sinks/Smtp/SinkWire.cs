using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Silo.LoadTest.Sinks.Smtp;

/// <summary>
/// The two directions of a connection: replies are gathered while the input holds whole lines, and leave in one write before more is waited
/// for.
/// </summary>
internal sealed class SinkWire(Socket socket, CancellationToken stop) : IAsyncDisposable
{
    /// <summary>The longest line, in bytes; a longer one ends the connection.</summary>
    public const int BufferBytes = 32 << 10;

    private readonly byte[] _input = new byte[BufferBytes];
    private readonly byte[] _output = new byte[4 << 10];
    private Stream _stream = new NetworkStream(socket, ownsSocket: true);
    private int _start;
    private int _end;
    private int _written;

    public async ValueTask Encrypt(X509Certificate2 certificate)
    {
        // What came behind STARTTLS in the clear is not obeyed (RFC 3207 4.2).
        (_start, _end) = (0, 0);
        var secure = new SslStream(_stream);
        await secure.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate }, stop);
        _stream = secure;
    }

    /// <summary>The next line without its end, valid until the next read; null at the end of input.</summary>
    public async ValueTask<ReadOnlyMemory<byte>?> ReadLine()
    {
        while (true)
        {
            var length = _input.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
            if (length >= 0)
            {
                var line = _input.AsMemory(_start, length);
                _start += length + 1;
                return length > 0 && line.Span[^1] == '\r' ? line[..^1] : line;
            }

            await Flush();
            if (!await Fill()) return null;
        }
    }

    /// <summary>Reads to the final dot and gives away what comes, dot-stuffed as it is. False at the end of input.</summary>
    public async ValueTask<bool> ReadContent(ISinkContent content)
    {
        await Flush();
        var isFirst = true;
        while (true)
        {
            var available = _input.AsMemory(_start, _end - _start);
            if (isFirst && available.Length >= 3)
            {
                isFirst = false;
                if (available.Span.StartsWith(".\r\n"u8))
                {
                    _start += 3;
                    return true;
                }
            }

            if (!isFirst)
            {
                var end = available.Span.IndexOf("\r\n.\r\n"u8);
                // The last four bytes may be the beginning of the end.
                var take = end >= 0 ? end + 2 : Math.Max(0, available.Length - 4);
                content.Take(available.Span[..take]);
                _start += take;
                if (end >= 0)
                {
                    _start += 3;
                    return true;
                }
            }

            if (!await Fill()) return false;
        }
    }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_output.AsSpan(_written));
        _written += bytes.Length;
    }

    /// <param name="line">ASCII, without line end, at most 512 characters.</param>
    public void WriteLine(string line)
    {
        _written += Encoding.ASCII.GetBytes(line, _output.AsSpan(_written));
        Write("\r\n"u8);
    }

    /// <summary>Whether another reply fits.</summary>
    public bool IsNearlyFull => _written > _output.Length - 600;

    public async ValueTask Flush()
    {
        if (_written == 0) return;
        var length = _written;
        _written = 0;
        await _stream.WriteAsync(_output.AsMemory(0, length), stop);
    }

    public void Close() => socket.Close();

    public ValueTask DisposeAsync() => _stream.DisposeAsync();

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
}

/// <summary>Takes the content of a message in pieces.</summary>
internal interface ISinkContent
{
    void Take(ReadOnlySpan<byte> piece);
}
