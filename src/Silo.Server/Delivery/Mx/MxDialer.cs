using System.Net;
using Silo.Core.Delivery;
using Silo.Server.Delivery.Smtp;
using Silo.Smtp.Client;

namespace Silo.Server.Delivery.Mx;

/// <summary>
/// Opens a dialogue with a host: one address after the other, and once more in plain text where TLS fails and nobody asks for it.
/// </summary>
internal sealed class MxDialer(MxOptions options, MxRouter router, TimeProvider time)
{
    private static readonly SmtpOutcome NotConnected = new(SmtpOutcomeKind.Broken, DeliveryStage.Connect) { Fault = SmtpFault.Closed };

    public async ValueTask<(SmtpConnection? Connection, SmtpOutcome? Failure)> Open(
        MxSource source, PoolRoute route, ConnectionProtection atLeast, MxAttempt attempt, CancellationToken cancellationToken)
    {
        var (addresses, none) = await router.Addresses(route.Host, cancellationToken);
        var usable = addresses.Where(source.Reaches).ToList();
        if (none is null && usable.Count == 0)
            none = new NoRoute(NoRouteKind.NotKnown, $"{source.Name} cannot reach the addresses of {route.Host}", default);
        if (none is not null)
        {
            attempt.Failed(none);
            return (null, NotConnected with { Detail = none.Detail });
        }

        var failure = NotConnected;
        foreach (var address in usable)
        {
            if (attempt.IsOver) break;
            attempt.TriesAddress();
            var (connection, failed) = await Dial(source, route, new IPEndPoint(address, options.Port), atLeast, cancellationToken);
            if (connection is not null) return (connection, null);
            failure = failed!;
            if (failure.Fault == SmtpFault.Cancelled) break;
            attempt.Failed(route.Host, failure);
        }

        return (null, failure);
    }

    private async ValueTask<(SmtpConnection? Connection, SmtpOutcome? Failure)> Dial(
        MxSource source, PoolRoute route, IPEndPoint to, ConnectionProtection atLeast, CancellationToken cancellationToken)
    {
        var wanted = ClientOptions(source, route.Host, atLeast);
        var (connection, failure) = await Once(wanted);
        // Opportunistic TLS (RFC 7435): better in plain text than not at all. The connection on which it failed is of no use any more.
        return failure is { Stage: DeliveryStage.StartTls, Fault: not SmtpFault.Cancelled } && wanted.TlsMode == SmtpTlsMode.Opportunistic
            ? await Once(wanted with { TlsMode = SmtpTlsMode.None })
            : (connection, failure);

        async ValueTask<(SmtpConnection?, SmtpOutcome?)> Once(SmtpClientOptions client)
        {
            var (socket, notConnected) = await source.Connect(to, cancellationToken);
            return socket is null
                ? (null, notConnected)
                : await SmtpConnection.Open(socket, route, client, time, cancellationToken);
        }
    }

    private SmtpClientOptions ClientOptions(MxSource source, string host, ConnectionProtection atLeast) => new()
    {
        HelloName = source.HelloName,
        ServerName = host,
        TlsMode = atLeast == ConnectionProtection.None ? options.TlsMode : SmtpTlsMode.Required,
        VerifyCertificate = atLeast == ConnectionProtection.Verified,
        TrustedRoots = options.TrustedRoots,
        Timeouts = options.Timeouts,
    };
}
