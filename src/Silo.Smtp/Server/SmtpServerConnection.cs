using System.Buffers;
using System.Net.Security;
using System.Security.Authentication;
using System.Text;
using Silo.Smtp.Client;

namespace Silo.Smtp.Server;

/// <summary>Leads one dialogue over a stream: what came in one piece is answered in one piece.</summary>
internal sealed class SmtpServerConnection(
    Stream stream, SmtpPeer peer, SmtpServerOptions options, SmtpServerLoad load, ISmtpReceiver receiver, TimeProvider time)
{
    private const int BufferBytes = 16 * 1024;
    private const int FirstReplyBytes = 256;
    private static readonly TimeSpan GoodbyePatience = TimeSpan.FromSeconds(1);

    private readonly ArrayBufferWriter<byte> _replies = new(FirstReplyBytes);
    private readonly Watchdog _watchdog = new(time);
    private Stream _stream = stream;
    private bool _mayStop;

    private enum Taking
    {
        /// <summary>No command and no message came to its end.</summary>
        NeedMore,
        Stepped,
        End,
    }

    /// <summary>
    /// Ends when the peer does, when a limit is reached, or when told to: by <paramref name="drain"/> as soon as no transaction is under
    /// way, by <paramref name="stop"/> at once. Never throws for what a peer does.
    /// </summary>
    public async Task Run(CancellationToken drain, CancellationToken stop)
    {
        using var dog = _watchdog;
        using var stopping = _watchdog.EndWith(stop);
        using var draining = drain.UnsafeRegister(static state => ((SmtpServerConnection)state!).EndIfIdle(), this);
        try
        {
            if (options.IsTlsImplicit && !await Encrypt()) return;
            using var session = new SmtpServerSession(options, load, options.IsTlsImplicit);
            await Talk(session, drain, stop);
        }
        catch (Exception e) when (Wire.IsLoss(e))
        {
            if (_watchdog.Fault == SmtpFault.TimedOut) options.Happened?.Invoke(SmtpServerEvent.TimedOut);
            // Silent too long, or told to stop: it may still read why.
            if (_watchdog.Fault != SmtpFault.None) await SayGoodbye(_watchdog.Fault);
        }
        finally
        {
            if (_stream is SslStream tls) await Close(tls);
        }
    }

    private async Task Talk(SmtpServerSession session, CancellationToken drain, CancellationToken stop)
    {
        var buffer = new byte[BufferBytes];
        var began = time.GetTimestamp();
        var (stepAt, bytesSince) = (began, 0L);
        session.Reply.AppendTo(_replies);
        while (true)
        {
            await Flush();
            if (!await MayGoOn(session, drain)) return;
            // A line has its time as a whole; a message has more, as it comes.
            var progress = session.IsInMessage ? TimeSpan.FromSeconds((double)bytesSince / options.MinBytesPerSecond) : TimeSpan.Zero;
            Arm(options.SessionTimeout - time.GetElapsedTime(began), options.IdleTimeout + progress - time.GetElapsedTime(stepAt));
            var read = await _stream.ReadAsync(buffer, _watchdog.Token);
            _watchdog.Disarm();
            Volatile.Write(ref _mayStop, false);
            if (read == 0) return;
            bytesSince += read;
            var taking = await Take(session, buffer.AsMemory(0, read), stop);
            if (taking == Taking.End)
            {
                await Flush();
                return;
            }

            if (taking == Taking.Stepped) (stepAt, bytesSince) = (time.GetTimestamp(), 0);
        }
    }

    private async ValueTask<Taking> Take(SmtpServerSession session, ReadOnlyMemory<byte> input, CancellationToken stop)
    {
        for (var taking = Taking.NeedMore; ; taking = Taking.Stepped)
        {
            var step = session.Read(input.Span, out var used);
            input = input[used..];
            if (step is SmtpServerStep.Authenticate or SmtpServerStep.Sender or SmtpServerStep.Recipient or SmtpServerStep.Message)
                step = session.Answer(await Ask(session, step, stop));
            if (step == SmtpServerStep.NeedMore) return taking;
            session.Reply.AppendTo(_replies);
            if (step == SmtpServerStep.Close) return Taking.End;
            if (step == SmtpServerStep.StartTls)
            {
                await Flush();
                if (!await Encrypt()) return Taking.End;
                session.BeginTls();
                return Taking.Stepped;
            }

            // Replies that nobody reads while commands go on.
            if (_replies.WrittenCount > BufferBytes) await Flush();
        }
    }

    private async ValueTask<SmtpServerReply> Ask(SmtpServerSession session, SmtpServerStep about, CancellationToken stop) => about switch
    {
        SmtpServerStep.Authenticate => await receiver.Authenticate(session.Credentials!, stop),
        SmtpServerStep.Sender => await receiver.Sender(session.Path, stop),
        SmtpServerStep.Recipient => await receiver.Recipient(session.Path, stop),
        _ => await receiver.Message(session.Message!, stop),
    };

    /// <summary>False when the handshake failed; nothing can be said to such a peer.</summary>
    private async ValueTask<bool> Encrypt()
    {
        var tls = new SslStream(_stream, leaveInnerStreamOpen: false);
        try
        {
            _watchdog.Arm(options.HandshakeTimeout);
            await tls.AuthenticateAsServerAsync(options.Tls!(), _watchdog.Token);
            _watchdog.Disarm();
        }
        catch (Exception e) when (Wire.IsLoss(e) || e is AuthenticationException or System.ComponentModel.Win32Exception)
        {
            await tls.DisposeAsync();
            options.Happened?.Invoke(SmtpServerEvent.HandshakeFailed);
            return false;
        }

        (_stream, peer.IsTls) = (tls, true);
        return true;
    }

    /// <summary>False when it has said goodbye because the server stops.</summary>
    private async ValueTask<bool> MayGoOn(SmtpServerSession session, CancellationToken drain)
    {
        if (!session.IsBetweenTransactions) return true;
        // Whoever asks to stop from here on finds that it may; whoever has asked before is found below.
        Volatile.Write(ref _mayStop, true);
        Interlocked.MemoryBarrier();
        if (!drain.IsCancellationRequested) return true;
        await SayGoodbye(SmtpFault.Cancelled);
        return false;
    }

    private void EndIfIdle()
    {
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _mayStop)) _watchdog.End(SmtpFault.Cancelled);
    }

    private void Arm(TimeSpan one, TimeSpan other)
    {
        var least = one < other ? one : other;
        if (least > options.IdleTimeout) least = options.IdleTimeout;
        _watchdog.Arm(least > TimeSpan.Zero ? least : TimeSpan.Zero);
    }

    private async ValueTask Flush()
    {
        if (_replies.WrittenCount == 0) return;
        var write = _stream.WriteAsync(_replies.WrittenMemory, _watchdog.Token);
        // A socket takes a reply at once, but from a peer that reads nothing.
        if (!write.IsCompletedSuccessfully) _watchdog.Arm(options.IdleTimeout);
        await write;
        _watchdog.Disarm();
        _replies.ResetWrittenCount();
    }

    private async ValueTask SayGoodbye(SmtpFault fault)
    {
        var text = fault == SmtpFault.TimedOut
            ? "421 4.4.2 Timeout waiting for data from client\r\n"
            : "421 4.3.2 Service closing, come back later\r\n";
        try
        {
            using var patience = new CancellationTokenSource(GoodbyePatience, time);
            await _stream.WriteAsync(Encoding.ASCII.GetBytes(text), patience.Token);
        }
        catch (Exception e) when (IsOver(e))
        {
        }
    }

    /// <summary>With a word of TLS that this is the end, for clients that tell it from a cut connection.</summary>
    private async ValueTask Close(SslStream tls)
    {
        try
        {
            if (_watchdog.Fault == SmtpFault.None) await tls.ShutdownAsync().WaitAsync(GoodbyePatience, time, CancellationToken.None);
        }
        catch (Exception e) when (IsOver(e))
        {
        }

        await tls.DisposeAsync();
    }

    /// <summary>A stream of TLS whose last operation was cut off says so in words of its own.</summary>
    private static bool IsOver(Exception e) =>
        Wire.IsLoss(e) || e is InvalidOperationException or NotSupportedException or TimeoutException;
}
