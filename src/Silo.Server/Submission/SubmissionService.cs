using System.Net;
using System.Net.Sockets;
using Silo.Smtp.Server;

namespace Silo.Server.Submission;

/// <summary>Listens for submission while the engine runs; at a stop it goes first, and lets transactions end.</summary>
internal sealed partial class SubmissionService(
    SubmissionOptions options, string httpUrl, string hostName, SubmissionRules rules, SmtpCertificates certificates, SmtpServerLoad load,
    SubmissionMetrics metrics, TimeProvider time, ILogger<SubmissionService> logger) : IHostedLifecycleService
{
    private readonly List<SmtpListener> _listeners = [];
    private readonly List<(IPEndPoint EndPoint, bool IsTlsImplicit)> _endPoints = [];

    /// <summary>It listens wherever it is to listen.</summary>
    public bool IsReady { get; private set; }

    /// <summary>Where it listens.</summary>
    public IReadOnlyList<(IPEndPoint EndPoint, bool IsTlsImplicit)> EndPoints => _endPoints;

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        var offersTls = options.OffersTls(httpUrl);
        foreach (var (endPoint, isTlsImplicit) in options.EndPoints(httpUrl)) Listen(endPoint, isTlsImplicit, offersTls);
        IsReady = true;
        return Task.CompletedTask;
    }

    // Before the engine goes down, which is to store what was taken.
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        IsReady = false;
        await Task.WhenAll(_listeners.Select(l => l.DisposeAsync().AsTask()));
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void Listen(IPEndPoint endPoint, bool isTlsImplicit, bool offersTls)
    {
        var isTlsRequired = options.IsTlsRequired(endPoint);
        var server = options.ToServer(hostName, isTlsImplicit, isTlsRequired, metrics.Happened);
        if (offersTls)
        {
            // A certificate that cannot be used stops the start, not the first client.
            certificates.Current();
            server = server with { Tls = certificates.Current };
        }

        var listener = new SmtpListener(
            endPoint, server, peer => new SubmissionReceiver(peer, isTlsRequired, rules), time, LogBroken, load);
        try
        {
            var at = listener.Start();
            _listeners.Add(listener);
            _endPoints.Add((at, isTlsImplicit));
            LogListening(at, isTlsImplicit ? "TLS from the start" : offersTls ? "STARTTLS" : "no TLS");
        }
        catch (SocketException e)
        {
            throw new IOException($"Cannot listen on {endPoint} for SMTP ({SubmissionOptions.Section}): {e.Message}", e);
        }

        if (!isTlsRequired && !isTlsImplicit && !IPAddress.IsLoopback(endPoint.Address)) LogReadable(endPoint);
    }

    [LoggerMessage(4211, LogLevel.Information, "Mail is submitted by SMTP at {EndPoint} ({Tls})")]
    private partial void LogListening(IPEndPoint endPoint, string tls);

    [LoggerMessage(4212, LogLevel.Error, "A connection of submission broke; it is a fault of this program")]
    private partial void LogBroken(Exception exception);

    [LoggerMessage(4217, LogLevel.Warning, "Passwords may come to {EndPoint} unencrypted, since Silo:Smtp:RequireTls is false")]
    private partial void LogReadable(IPEndPoint endPoint);
}
