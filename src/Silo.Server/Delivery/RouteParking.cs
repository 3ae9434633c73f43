using Silo.Core.Delivery;

namespace Silo.Server.Delivery;

/// <summary>
/// Whether the route out may be used. A failure of connect, TLS, EHLO or AUTH is nobody's mail's fault: the route rests, for twice
/// as long each time, and then a single hand-over tries whether it works again. Owned by the dispatcher's loop.
/// </summary>
internal sealed class RouteParking(TimeSpan longest)
{
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);

    private int _failures;
    private bool _probing;

    /// <summary>The route rests until then; null when it works.</summary>
    public DateTimeOffset? ParkedUntil { get; private set; }

    /// <summary>What the route said when it failed last.</summary>
    public string? Reason { get; private set; }

    /// <summary>The way out said itself until when it takes nothing; that is no failure, and it needs no probe.</summary>
    public DateTimeOffset? RestsUntil { get; private set; }

    /// <summary>From when on something may start.</summary>
    public DateTimeOffset? OpensAt => RestsUntil is null || ParkedUntil > RestsUntil ? ParkedUntil : RestsUntil;

    /// <summary>How many hand-overs may start now.</summary>
    public int Allowance(DateTimeOffset now) => now < RestsUntil ? 0 : ParkedUntil is null ? int.MaxValue : now < ParkedUntil || _probing ? 0 : 1;

    /// <summary>A hand-over is about to start. True while the route is parked: then it is the probe, and there is one at a time.</summary>
    public bool Starting() => _probing = ParkedUntil is not null;

    /// <summary>It did not start after all: another one may be the probe.</summary>
    public void NothingStarted() => _probing = false;

    /// <summary>Learns from an outcome. True when the route was parked by it.</summary>
    public bool Learn(DeliveryResult result, DateTimeOffset now)
    {
        if (result is { Kind: DeliveryResultKind.RouteFailed, RestsUntil: { } until })
        {
            if (result.RestsAll && !(until <= RestsUntil)) RestsUntil = until;
            // Nothing was written, so it tells nothing of the connection, but the probe is over.
            if (result.Stage < DeliveryStage.Mail)
            {
                _probing = false;
                return false;
            }
        }

        var failed = result is { Kind: DeliveryResultKind.RouteFailed, Stage: < DeliveryStage.Mail, RestsUntil: null };
        if (!failed)
        {
            // Nothing began, so it tells nothing, but the probe is over.
            if (result.Kind == DeliveryResultKind.NotStarted) _probing = false;
            else (ParkedUntil, Reason, _failures, _probing) = (null, null, 0, false);
            return false;
        }

        // Hand-overs that were under way together fail together: that is one failure.
        if (ParkedUntil is not null && now < ParkedUntil) return false;
        _probing = false;
        var wait = Shortest * Math.Pow(2, Math.Min(_failures++, 20));
        ParkedUntil = now + (wait < longest ? wait : longest);
        Reason = result.Diagnostic;
        return true;
    }
}
