using System.Globalization;
using System.Net;
using Silo.Core.Delivery;
using Silo.Core.Tenants;
using Silo.Smtp.Client;

namespace Silo.Server.Delivery.Smtp;

/// <summary>Hands everything to one SMTP relay, over connections that are kept.</summary>
public sealed partial class SmtpRelayTransport : ITransport
{
    private readonly SmtpRelayOptions _options;
    private readonly TimeProvider _time;
    private readonly ConnectionPool _pool;
    private readonly DialogueResults _results;
    private readonly PoolRoute _route;
    private readonly string _host;
    private readonly ILogger<SmtpRelayTransport> _logger;

    public SmtpRelayTransport(SmtpRelayOptions options, ReplyRuleBook rules, TimeProvider time, ILogger<SmtpRelayTransport> logger)
    {
        (_options, _time, _logger) = (options, time, logger);
        _host = string.Create(CultureInfo.InvariantCulture, $"{options.Host}:{options.Port}");
        _route = new PoolRoute(_host, _host);
        _results = new DialogueResults(rules, DeliveryResultKind.HandedOver, "relay");
        _pool = new ConnectionPool(options.ToPoolLimits(), time);
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

        var result = _results.Of(outcome, _host);
        if (result.Kind == DeliveryResultKind.RouteFailed) LogRouteFailed(_options.Host, result.Stage, result.Diagnostic);
        return result;
    }

    public ValueTask DisposeAsync() => _pool.DisposeAsync();

    private async ValueTask<(SmtpOutcome Outcome, bool Stale)> Try(HandOver handOver, bool fresh, CancellationToken cancellationToken)
    {
        // Who waits for the relay waits without end, so there is room or a failure.
        var loan = await _pool.Lend(new PoolRequest(_route, Fresh: fresh), Open, cancellationToken);
        if (loan.Connection is not { } connection) return (loan.Failure!, false);
        try
        {
            var session = connection.Session;
            if (handOver.Envelope.TlsRequired && !session.IsSecure)
                return (new SmtpOutcome(SmtpOutcomeKind.Unsendable, DeliveryStage.StartTls) { Fault = SmtpFault.TlsMissing }, false);
            var reused = connection.Reused;
            var outcome = await session.Send(handOver.ToMail(UnitState.HandedOver), cancellationToken);
            return (outcome, reused && outcome.IsStale());
        }
        finally
        {
            await _pool.Return(connection);
        }
    }

    private async ValueTask<(SmtpConnection? Connection, SmtpOutcome? Failure)> Open(CancellationToken cancellationToken)
    {
        var (socket, failure) = await SmtpConnection.Connect(
            new DnsEndPoint(_options.Host, _options.Port), null, _options.ConnectTimeout, _time, cancellationToken);
        if (socket is null) return (null, failure);
        return await SmtpConnection.Open(
            socket, _route, _options.ToClientOptions(SmtpConnection.IsLoopback(socket)), _time, cancellationToken);
    }
}
