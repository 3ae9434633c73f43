using System.Text;
using Silo.Smtp.Client;

namespace Silo.Smtp.Server;

/// <summary>Leads one dialogue over a stream: what came in one piece is answered in one piece.</summary>
internal sealed class SmtpServerConnection(Stream stream, SmtpServerOptions options, ISmtpReceiver receiver, TimeProvider time)
{
    private const int BufferBytes = 16 * 1024;

    private readonly StringBuilder _replies = new();
    private readonly Watchdog _watchdog = new(time);

    /// <summary>Ends when the peer does, when a limit is reached, or when told to stop; never throws for what a peer does.</summary>
    public async Task Run(CancellationToken stop)
    {
        using var dog = _watchdog;
        using var stopping = _watchdog.EndWith(stop);
        try
        {
            await Talk(stop);
        }
        catch (Exception e) when (Wire.IsLoss(e))
        {
            // Silent too long, gone, or told to stop: it may still read why.
            if (_watchdog.Fault != SmtpFault.None) await SayGoodbye(_watchdog.Fault);
        }
    }

    private async Task Talk(CancellationToken stop)
    {
        var session = new SmtpServerSession(options);
        var buffer = new byte[BufferBytes];
        var began = time.GetTimestamp();
        session.Reply.AppendTo(_replies);
        while (true)
        {
            await Flush();
            var left = options.SessionTimeout - time.GetElapsedTime(began);
            _watchdog.Arm(left < options.IdleTimeout ? (left > TimeSpan.Zero ? left : TimeSpan.Zero) : options.IdleTimeout);
            var read = await stream.ReadAsync(buffer, _watchdog.Token);
            _watchdog.Disarm();
            if (read == 0) return;
            if (await Take(session, buffer.AsMemory(0, read), stop)) continue;
            await Flush();
            return;
        }
    }

    /// <summary>False when the connection is to be closed.</summary>
    private async ValueTask<bool> Take(SmtpServerSession session, ReadOnlyMemory<byte> input, CancellationToken stop)
    {
        while (true)
        {
            var step = session.Read(input.Span, out var used);
            input = input[used..];
            if (step is SmtpServerStep.Sender or SmtpServerStep.Recipient or SmtpServerStep.Message)
                step = session.Answer(await Ask(session, step, stop));
            if (step == SmtpServerStep.NeedMore) return true;
            session.Reply.AppendTo(_replies);
            if (step == SmtpServerStep.Close) return false;
            // Replies that nobody reads while commands go on.
            if (_replies.Length > BufferBytes) await Flush();
        }
    }

    private async ValueTask<SmtpServerReply> Ask(SmtpServerSession session, SmtpServerStep about, CancellationToken stop) => about switch
    {
        SmtpServerStep.Sender => await receiver.Sender(session.Path, stop),
        SmtpServerStep.Recipient => await receiver.Recipient(session.Path, stop),
        _ => await receiver.Message(session.Message!, stop),
    };

    private async ValueTask Flush()
    {
        if (_replies.Length == 0) return;
        var bytes = Encoding.UTF8.GetBytes(_replies.ToString());
        _replies.Clear();
        _watchdog.Arm(options.IdleTimeout);
        await stream.WriteAsync(bytes, _watchdog.Token);
        _watchdog.Disarm();
    }

    private async ValueTask SayGoodbye(SmtpFault fault)
    {
        var text = fault == SmtpFault.TimedOut ? "421 4.4.2 Silent or here too long\r\n" : "421 4.3.2 Closing, come back later\r\n";
        try
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1), time);
            await stream.WriteAsync(Encoding.ASCII.GetBytes(text), patience.Token);
        }
        catch (Exception e) when (Wire.IsLoss(e))
        {
        }
    }
}
