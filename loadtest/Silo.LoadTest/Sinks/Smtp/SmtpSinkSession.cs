using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using Silo.LoadTest.Sinks.Providers;

namespace Silo.LoadTest.Sinks.Smtp;

/// <summary>One connection: the commands of RFC 5321 that a sender needs, with pipelining and STARTTLS.</summary>
internal sealed class SmtpSinkSession(SmtpSink sink, SinkWire wire, bool isOneTooMany)
{
    /// <summary>Recipients of a message beyond this many are put off (452).</summary>
    public const int MaxRecipients = 100;

    private const int MaxAddress = 254;

    private readonly SinkOptions _options = sink.Options;
    private readonly SinkDesk _desk = sink.Desk;
    private readonly List<Incoming> _recipients = [];
    private readonly SinkContent _content = new(sink.Options.MaxMessageBytes);
    private bool _inTransaction;
    private bool _isSecure;
    private bool _greets;
    private long _begunAt;

    public async Task Run(CancellationToken stop)
    {
        try
        {
            wire.Write(isOneTooMany ? "421 4.7.0 Too many connections, try again later\r\n"u8 : "220 sink ESMTP\r\n"u8);
            if (!isOneTooMany)
                while (await wire.ReadLine() is { } line && await Obey(line, stop)) await MakeRoom();
            await wire.Flush();
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or ObjectDisposedException
            or AuthenticationException)
        {
            // The client left, or the sink ends.
        }
    }

    private ValueTask MakeRoom() => wire.IsNearlyFull ? wire.Flush() : ValueTask.CompletedTask;

    private async ValueTask<bool> Obey(ReadOnlyMemory<byte> line, CancellationToken stop)
    {
        switch (Verb(line.Span))
        {
            case "MAIL":
                return Mail();
            case "RCPT":
                return await Recipient(line, stop);
            case "DATA":
                return await Data(stop);
            case "EHLO":
                return Hello();
            case "HELO":
                _greets = true;
                return Say("250 sink\r\n"u8);
            case "RSET":
                Reset();
                return Say("250 2.0.0 Ok\r\n"u8);
            case "NOOP":
                return Say("250 2.0.0 Ok\r\n"u8);
            case "STAR" when _options.Certificate is { } certificate && !_isSecure:
                Say("220 2.0.0 Go ahead\r\n"u8);
                await wire.Flush();
                await wire.Encrypt(certificate);
                _desk.Counters.Encrypted();
                (_isSecure, _greets) = (true, false);
                Reset();
                return true;
            case "QUIT":
                Say("221 2.0.0 Bye\r\n"u8);
                return false;
            default:
                return Say("502 5.5.1 Not here\r\n"u8);
        }
    }

    private bool Hello()
    {
        _greets = true;
        Reset();
        Say("250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-ENHANCEDSTATUSCODES\r\n"u8);
        if (_options.Certificate is not null && !_isSecure) Say("250-STARTTLS\r\n"u8);
        wire.WriteLine($"250 SIZE {_options.MaxMessageBytes}");
        return true;
    }

    private bool Mail()
    {
        if (!_greets) return Say("503 5.5.1 EHLO first\r\n"u8);
        if (_inTransaction) return Say("503 5.5.1 One at a time\r\n"u8);
        _begunAt = _options.Time.GetTimestamp();
        _inTransaction = true;
        _desk.Counters.Begun();
        return Say("250 2.1.0 Ok\r\n"u8);
    }

    private async ValueTask<bool> Recipient(ReadOnlyMemory<byte> line, CancellationToken stop)
    {
        if (!_inTransaction) return Say("503 5.5.1 MAIL first\r\n"u8);
        if (_recipients.Count == MaxRecipients) return Say("452 4.5.3 Too many recipients\r\n"u8);
        if (Meet(line.Span) is not { } incoming) return Say("501 5.1.3 No address\r\n"u8);
        if (incoming.Provider?.Profile.TarpitMs is > 0 and var tarpit) await Wait(TimeSpan.FromMilliseconds(tarpit), stop);
        if (incoming.Verdict is not { Reply: { } reply, BehindContent: false })
        {
            _recipients.Add(incoming);
            return Say("250 2.1.5 Ok\r\n"u8);
        }

        _desk.Refused(incoming);
        return SayNo(reply);
    }

    private async ValueTask<bool> Data(CancellationToken stop)
    {
        if (_recipients.Count == 0) return Say("503 5.5.1 RCPT first\r\n"u8);
        Say("354 Go on\r\n"u8);
        var all = _desk.WantsContent();
        _content.Begin(all);
        if (!await wire.ReadContent(_content)) return false;
        var (end, reply) = Verdict();
        var wait = TimeSpan.Zero;
        foreach (var recipient in _recipients)
        {
            var latency = _desk.Latency(recipient) + TimeSpan.FromMilliseconds(recipient.Provider?.Profile.TarpitMs ?? 0);
            if (latency > wait) wait = latency;
        }

        if (wait > TimeSpan.Zero) await Wait(wait, stop);
        var whole = all && !_content.IsTooLarge ? _content.Unstuffed() : [];
        foreach (var recipient in _recipients) _desk.Came(recipient, end, _content, whole);
        Reset();
        return reply is null ? Say("250 2.0.0 Ok: taken\r\n"u8) : SayNo(reply);
    }

    /// <summary>One answer for all recipients: the first no.</summary>
    private (ArrivalEnd End, string? Reply) Verdict()
    {
        if (_content.IsTooLarge) return (ArrivalEnd.SoftBounced, "552 5.3.4 Message too large");
        foreach (var recipient in _recipients)
            if (recipient.Verdict is { Reply: { } reply, End: var end }) return (end, reply);
        return (ArrivalEnd.Delivered, null);
    }

    private Incoming? Meet(ReadOnlySpan<byte> line)
    {
        var open = line.IndexOf((byte)'<');
        var close = line.LastIndexOf((byte)'>');
        if (open < 0 || close <= open + 1 || close - open - 1 > MaxAddress) return null;
        Span<char> address = stackalloc char[MaxAddress];
        var length = Encoding.UTF8.GetChars(line[(open + 1)..close], address);
        return _desk.Meet(address[..length], _begunAt);
    }

    private void Reset()
    {
        _inTransaction = false;
        _recipients.Clear();
    }

    private async ValueTask Wait(TimeSpan time, CancellationToken stop)
    {
        await wire.Flush();
        await Task.Delay(time, _options.Time, stop);
    }

    private bool Say(ReadOnlySpan<byte> reply)
    {
        wire.Write(reply);
        return true;
    }

    private bool SayNo(string reply)
    {
        wire.WriteLine(reply);
        return !reply.StartsWith("421", StringComparison.Ordinal);
    }

    private static string Verb(ReadOnlySpan<byte> line)
    {
        if (line.Length < 4) return "";
        foreach (var verb in Verbs)
            if (Ascii.EqualsIgnoreCase(line[..4], verb)) return verb;
        return "";
    }

    private static readonly string[] Verbs = ["MAIL", "RCPT", "DATA", "RSET", "EHLO", "QUIT", "NOOP", "HELO", "STAR"];
}
