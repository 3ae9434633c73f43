using System.Globalization;
using Silo.Core.Delivery;
using Silo.Smtp.Client;

namespace Silo.Server.Delivery.Smtp;

/// <summary>Hands everything to one SMTP relay, over connections that are kept.</summary>
public sealed partial class SmtpRelayTransport : ITransport
{
    private readonly SmtpRelayOptions _options;
    private readonly RelayConnectionPool _pool;
    private readonly RelayResults _results;
    private readonly ILogger<SmtpRelayTransport> _logger;

    public SmtpRelayTransport(SmtpRelayOptions options, ReplyRules rules, TimeProvider time, ILogger<SmtpRelayTransport> logger)
    {
        _options = options;
        _logger = logger;
        _results = new RelayResults(string.Create(CultureInfo.InvariantCulture, $"{options.Host}:{options.Port}"), rules);
        _pool = new RelayConnectionPool(options, time);
    }

    /// <summary>Connections that are open and unused.</summary>
    public int IdleConnections => _pool.IdleCount;

    public async ValueTask<DeliveryResult> Deliver(HandOver handOver, CancellationToken cancellationToken)
    {
        var (outcome, stale) = await Try(handOver, fresh: false, cancellationToken);
        if (stale)
        {
            // The gate was passed already: until MAIL is answered, a pause may call this hand-over back, also while it connects.
            LogStale(_options.Host);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, handOver.Aborted);
            (outcome, _) = await Try(handOver, fresh: true, either.Token);
        }

        var result = _results.Of(outcome);
        if (result.Kind == DeliveryResultKind.RouteFailed) LogRouteFailed(_options.Host, result.Stage, result.Diagnostic);
        return result;
    }

    public ValueTask DisposeAsync() => _pool.DisposeAsync();

    private async ValueTask<(SmtpOutcome Outcome, bool Stale)> Try(HandOver handOver, bool fresh, CancellationToken cancellationToken)
    {
        var (connection, failure) = await _pool.Lend(fresh, cancellationToken);
        if (connection is null) return (failure!, false);
        try
        {
            var session = connection.Session;
            if (handOver.Envelope.TlsRequired && !session.IsSecure)
                return (new SmtpOutcome(SmtpOutcomeKind.Unsendable, DeliveryStage.StartTls) { Fault = SmtpFault.TlsMissing }, false);
            var reused = connection.Reused;
            var outcome = await session.Send(Mail(handOver), cancellationToken);
            return (outcome, reused && IsStale(outcome));
        }
        finally
        {
            await _pool.Return(connection);
        }
    }

    /// <summary>The relay had left before it answered MAIL: nothing was transferred, and a new connection may well work.</summary>
    private static bool IsStale(SmtpOutcome outcome) => outcome.Stage == DeliveryStage.Mail
        && (outcome is { Kind: SmtpOutcomeKind.Broken, Fault: SmtpFault.Closed } or { Kind: SmtpOutcomeKind.Refused, Reply.Code: 421 });

    private static SmtpMail Mail(HandOver handOver) => new(handOver.Envelope.Sender, handOver.Recipient, handOver.Content, handOver)
    {
        NeedsEightBit = handOver.Envelope.NeedsEightBit,
        NeedsSmtpUtf8 = handOver.Envelope.NeedsSmtpUtf8,
    };
}
