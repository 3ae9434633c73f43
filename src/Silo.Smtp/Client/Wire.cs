using System.Net.Sockets;

namespace Silo.Smtp.Client;

/// <summary>The two directions of a connection under one watchdog, with a write buffer that gathers commands and message bytes.</summary>
internal sealed class Wire(Stream stream, TimeProvider time) : IAsyncDisposable
{
    /// <summary>Messages up to this size leave in one write.</summary>
    private const int WriteBufferBytes = 16 * 1024;

    private byte[] _pending = new byte[1024];
    private int _length;

    public Watchdog Watchdog { get; } = new(time);

    public Stream Stream { get; private set; } = stream;

    public ReplyReader Replies { get; private set; } = null!;

    public void Begin() => Replies = new ReplyReader(Stream, Watchdog);

    /// <summary>Goes on over another stream; what was read ahead or not yet written belongs to the old one and is gone.</summary>
    public void Continue(Stream over)
    {
        Stream = over;
        _length = 0;
        Begin();
    }

    public void Add(ReadOnlySpan<byte> bytes)
    {
        if (_pending.Length - _length < bytes.Length) Array.Resize(ref _pending, Math.Max(_pending.Length * 2, _length + bytes.Length));
        bytes.CopyTo(_pending.AsSpan(_length));
        _length += bytes.Length;
    }

    public void Add(string text)
    {
        var most = System.Text.Encoding.UTF8.GetMaxByteCount(text.Length);
        if (_pending.Length - _length < most) Array.Resize(ref _pending, Math.Max(_pending.Length * 2, _length + most));
        _length += System.Text.Encoding.UTF8.GetBytes(text, _pending.AsSpan(_length));
    }

    /// <summary>Adds message bytes; what does not fit the buffer is written, long runs without being copied.</summary>
    public async ValueTask<SmtpFault> AddContent(ReadOnlyMemory<byte> bytes, TimeSpan timeout)
    {
        if (_length + bytes.Length > WriteBufferBytes)
        {
            var fault = await Flush(timeout);
            if (fault == SmtpFault.None && bytes.Length > WriteBufferBytes) return await Write(bytes, timeout);
            if (fault != SmtpFault.None) return fault;
        }

        Add(bytes.Span);
        return SmtpFault.None;
    }

    public async ValueTask<SmtpFault> Flush(TimeSpan timeout)
    {
        if (_length == 0) return Watchdog.Fault;
        var fault = await Write(_pending.AsMemory(0, _length), timeout);
        _length = 0;
        return fault;
    }

    /// <summary>Forgets what was added and not written.</summary>
    public void Discard() => _length = 0;

    public static bool IsLoss(Exception e) => e is IOException or SocketException or OperationCanceledException or ObjectDisposedException;

    public async ValueTask DisposeAsync()
    {
        Watchdog.Dispose();
        try
        {
            await Stream.DisposeAsync();
        }
        catch (Exception e) when (IsLoss(e))
        {
            // It is gone, which is what was wanted.
        }
    }

    private async ValueTask<SmtpFault> Write(ReadOnlyMemory<byte> bytes, TimeSpan timeout)
    {
        try
        {
            var write = Stream.WriteAsync(bytes, Watchdog.Token);
            if (write.IsCompletedSuccessfully) return Watchdog.Fault;
            Watchdog.Arm(timeout);
            await write;
            Watchdog.Disarm();
            return Watchdog.Fault;
        }
        catch (Exception e) when (IsLoss(e))
        {
            return Watchdog.Fault == SmtpFault.None ? SmtpFault.Closed : Watchdog.Fault;
        }
    }
}
