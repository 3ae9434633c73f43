using Silo.Core.Delivery;
using Silo.Core.Tenants;
using Silo.Server.Delivery.Smtp;
using Silo.Smtp.Client;

namespace Silo.Server.Delivery.Mx;

/// <summary>How the dialogue ended that a hand-over got.</summary>
/// <param name="NoRoom">There was none: every connection that is allowed is in use.</param>
internal readonly record struct MxOutcome(string Host, SmtpOutcome Outcome, bool NoRoom = false);

/// <summary>Carries one hand-over along the hosts of a route until one of them answers MAIL.</summary>
internal sealed class MxCarrier(
    MxOptions options, MxDialer dialer, MxSource source, MxRoute route, MtaStsPolicy? policy, ConnectionProtection atLeast,
    Action<string> stale)
{
    public MxAttempt Attempt { get; } = new(options.MaxAddresses);

    /// <summary>How it ended; null when no host could be reached, and <see cref="Attempt"/> tells why.</summary>
    public async ValueTask<MxOutcome?> Carry(HandOver handOver, CancellationToken cancellationToken)
    {
        CancellationTokenSource? passedTheGate = null;
        try
        {
            foreach (var host in route.Hosts)
            {
                if (policy is not null && !policy.Allows(host)) continue;
                if (Attempt.IsOver) break;
                var (ended, isStale) = await Try(handOver, host, fresh: false, passedTheGate?.Token ?? cancellationToken);
                if (isStale)
                {
                    stale(host);
                    // The gate was passed already: until MAIL is answered, a pause may call this hand-over back, also while it connects.
                    passedTheGate ??= CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, handOver.Aborted);
                    (ended, _) = await Try(handOver, host, fresh: true, passedTheGate.Token);
                }

                if (ended is not null) return ended;
            }

            return null;
        }
        finally
        {
            passedTheGate?.Dispose();
        }
    }

    private async ValueTask<(MxOutcome? Ended, bool IsStale)> Try(
        HandOver handOver, string host, bool fresh, CancellationToken cancellationToken)
    {
        var place = new PoolRoute(route.Site, host);
        var loan = await source.Pool.Lend(
            new PoolRequest(place, atLeast, fresh), token => dialer.Open(source, place, atLeast, Attempt, token), cancellationToken);
        if (loan.NoRoom)
            return (new MxOutcome(host, new SmtpOutcome(SmtpOutcomeKind.NotBegun, DeliveryStage.None), NoRoom: true), false);
        if (loan.Connection is not { } connection)
            return (loan.Failure is { Fault: SmtpFault.Cancelled } cancelled ? new MxOutcome(host, cancelled) : null, false);
        try
        {
            var reused = connection.Reused;
            var outcome = await connection.Session.Send(handOver.ToMail(UnitState.Delivered), cancellationToken);
            // Out of step before MAIL was written: the next host may do better.
            if (handOver.StartedAt is null && outcome is { Kind: SmtpOutcomeKind.Broken, Fault: not SmtpFault.Cancelled })
            {
                Attempt.Failed(host, outcome);
                return (null, false);
            }

            return (new MxOutcome(host, outcome), reused && outcome.IsStale());
        }
        finally
        {
            await source.Pool.Return(connection);
        }
    }
}
