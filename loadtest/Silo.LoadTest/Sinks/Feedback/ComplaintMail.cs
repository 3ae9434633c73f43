using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Silo.Smtp.Client;

namespace Silo.LoadTest.Sinks.Feedback;

/// <summary>
/// Tells complaints as providers with a feedback loop do: a report in the Abuse Reporting Format (RFC 5965) to the address that was
/// enrolled, with the header of the message and the recipient blacked out.
/// </summary>
internal sealed class ComplaintMail : IFeedbackDoor
{
    private const string Boundary = "silo-load-report";

    private readonly IPEndPoint _listener;
    private readonly string _address;
    private readonly TimeProvider _time;
    private readonly FeedbackQueue _queue;
    private SmtpClientSession? _session;

    /// <param name="listener">Silo's <c>Silo:Feedback:Smtp:Endpoint</c>.</param>
    /// <param name="address">One of its <c>Silo:Feedback:ComplaintAddresses</c>.</param>
    public ComplaintMail(IPEndPoint listener, string address, TimeProvider time)
    {
        (_listener, _address, _time) = (listener, address, time);
        _queue = new FeedbackQueue(Tell, time);
    }

    public long Told => _queue.Told;

    public long Failed => _queue.Failed;

    public bool TryReport(Feedback feedback) => _queue.TryAdd(feedback);

    public async ValueTask DisposeAsync()
    {
        await _queue.DisposeAsync();
        if (_session is not null) await _session.DisposeAsync();
    }

    internal static byte[] Report(Feedback feedback, DateTimeOffset now)
    {
        var report = new ArrayBufferWriter<byte>(feedback.Header.Length + 1024);
        report.Write(Encoding.ASCII.GetBytes(
            $"""
            From: <abuse@provider.example>
            To: <complaints@sender.example>
            Date: {now:ddd, dd MMM yyyy HH:mm:ss} +0000
            Subject: Abuse report
            MIME-Version: 1.0
            Content-Type: multipart/report; report-type=feedback-report; boundary="{Boundary}"

            --{Boundary}
            Content-Type: text/plain

            A recipient has called this message spam.
            --{Boundary}
            Content-Type: message/feedback-report

            Feedback-Type: abuse
            User-Agent: Silo.LoadTest/1
            Version: 1
            Original-Rcpt-To: <redacted>
            Arrival-Date: {now:ddd, dd MMM yyyy HH:mm:ss} +0000

            --{Boundary}
            Content-Type: text/rfc822-headers


            """.ReplaceLineEndings("\r\n")));
        report.Write(feedback.Header.Span);
        report.Write(Encoding.ASCII.GetBytes($"\r\n--{Boundary}--\r\n"));
        return report.WrittenSpan.ToArray();
    }

    private async ValueTask<bool> Tell(Feedback feedback, CancellationToken cancellationToken)
    {
        var session = await Session(cancellationToken);
        if (session is null) return false;
        var mail = new SmtpMail("", _address, Report(feedback, _time.GetUtcNow()), OpenGate.Instance) { NeedsEightBit = false };
        var outcome = await session.Send(mail, cancellationToken);
        return outcome.IsAccepted;
    }

    /// <summary>The connection, or a new one. Null when there is none to be had.</summary>
    private async ValueTask<SmtpClientSession?> Session(CancellationToken cancellationToken)
    {
        if (_session is { IsUsable: true }) return _session;
        if (_session is not null) await _session.DisposeAsync();
        _session = null;
        var socket = new Socket(_listener.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(_listener, cancellationToken);
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        var options = new SmtpClientOptions
        {
            HelloName = "provider.example", ServerName = _listener.Address.ToString(), TlsMode = SmtpTlsMode.None, PeerIsLoopback = true,
        };
        _session = new SmtpClientSession(new NetworkStream(socket, ownsSocket: true), options, _time);
        return (await _session.Open(cancellationToken)).IsAccepted ? _session : null;
    }
}
