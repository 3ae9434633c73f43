using System.Net;
using System.Security.Cryptography;
using Silo.Server.Submission;
using Silo.Smtp.Server;
using Silo.Storage;

namespace Silo.Server.Feedback;

/// <summary>Loads the keys before anything leaves, and listens for reports by mail while the engine runs.</summary>
internal sealed partial class FeedbackService(
    FeedbackOptions options, ReferenceKeys keys, IResourceStore store, RandomNumberGenerator random, FeedbackReceiver receiver,
    SmtpCertificates certificates, TimeProvider time, ILogger<FeedbackService> logger) : IHostedLifecycleService
{
    private SmtpListener? _listener;

    /// <summary>Where it listens; null where it does not.</summary>
    public IPEndPoint? EndPoint { get; private set; }

    public Task StartingAsync(CancellationToken cancellationToken) =>
        options.IsOn ? keys.Load(store, random, time.GetUtcNow(), cancellationToken) : Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        if (options.Smtp.Endpoint is not { } endpoint) return Task.CompletedTask;
        var smtp = options.Smtp;
        certificates.Current();
        _listener = new SmtpListener(IPEndPoint.Parse(endpoint), new SmtpServerOptions
        {
            HostName = smtp.HostName ?? options.ReturnPathDomain ?? "silo", MaxMessageBytes = Core.Feedback.FeedbackLimits.MaxMailBytes,
            MaxRecipients = 10, MaxConnections = smtp.MaxConnections, MaxConnectionsPerAddress = smtp.MaxConnectionsPerAddress,
            IdleTimeout = smtp.IdleTimeout, SessionTimeout = smtp.SessionTimeout, Tls = certificates.Current,
        }, _ => receiver, time, LogBroken);
        EndPoint = _listener.Start();
        LogListening(EndPoint);
        return Task.CompletedTask;
    }

    // Before the engine goes down, which is to store what was taken.
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        if (_listener is not null) await _listener.DisposeAsync();
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(3004, LogLevel.Information, "Reports by mail are taken at {EndPoint}")]
    private partial void LogListening(IPEndPoint endPoint);

    [LoggerMessage(3005, LogLevel.Error, "A connection of the listener for reports broke; it is a fault of this program")]
    private partial void LogBroken(Exception exception);
}
