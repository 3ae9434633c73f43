using Silo.Core.Delivery;
using Silo.Core.Limits;
using Silo.Core.Pacing;

namespace Silo.Server.Delivery.Pacing;

/// <summary>
/// A budget towards one provider, of a route or of a source address on it: its limits by the plan, and what the provider makes of them. A
/// request to slow down begins a throttle (additive increase, multiplicative decrease); it ends when the rate has come back to where
/// nothing but the plan limits it.
/// </summary>
/// <param name="level">The route.</param>
/// <param name="budget">The route's own, or that of one of its sources.</param>
internal sealed class PacedBudget(
    EgressScheduler scheduler, BudgetKey key, SharedLevel level, Budget budget, BudgetLimits planned, DateTimeOffset now)
{
    // Where no rate is configured the way back ends at so many times the rate that was too much.
    private const double Headroom = 4;

    private static readonly TimeSpan MeterSpan = TimeSpan.FromSeconds(10);

    private AdaptiveRate? _throttle;
    private double _floor;
    private int _earlierRounds;
    private DateTimeOffset _meteredSince = now;
    private int _started;
    private double _lastRate;
    private bool _isTried;

    public BudgetKey Key => key;

    public Budget Budget => budget;

    /// <summary>Its limits by the plan.</summary>
    public BudgetLimits Planned { get; private set; } = planned;

    /// <summary>To be kept with each hand-over that begins: what began before the last slow-down says nothing of the present rate.</summary>
    public int Round => _earlierRounds + (_throttle?.Round ?? 0);

    /// <summary>The throttle's rate and why; null while only the plan limits.</summary>
    public AdaptiveRateState? Throttle(DateTimeOffset now) => _throttle?.StateAt(now);

    /// <summary>Other limits are planned from now on.</summary>
    public void Plan(BudgetLimits planned, DateTimeOffset now)
    {
        if (planned == Planned) return;
        Planned = planned;
        // A plan below what the throttle always tries leaves it nothing to do.
        if (planned.RatePerSecond < _floor) EndThrottle();
        else if (planned.RatePerSecond is { } rate) _throttle?.SetCeiling(rate, now);
        Limit(now);
    }

    /// <summary>Nothing is known any more of what the provider takes.</summary>
    public void Forget(DateTimeOffset now)
    {
        if (_throttle is null) return;
        EndThrottle();
        Limit(now);
    }

    /// <summary>While it is tried whether the provider takes mail again, one hand-over at a time may go.</summary>
    public void Try(bool isTried, DateTimeOffset now)
    {
        _isTried = isTried;
        Limit(now);
    }

    public void Started(DateTimeOffset now)
    {
        if (now - _meteredSince >= MeterSpan)
        {
            _lastRate = _started / (now - _meteredSince).TotalSeconds;
            (_meteredSince, _started) = (now, 0);
        }

        _started++;
    }

    /// <summary>Learns from the end of a hand-over that began in the given round. True when the provider asked to slow down, and it is news.</summary>
    public bool Learn(DeliveryResult result, int round, DateTimeOffset now)
    {
        // With an instant until when it rests, the way out keeps a pace of its own.
        if (result is { DeferralScope: DeferralScope.SlowDown, RestsUntil: null })
        {
            _throttle ??= Begin(now);
            if (!_throttle.SlowDown(round - _earlierRounds, result.Diagnostic ?? result.Reply?.ToString() ?? "Slow down.", now)) return false;
            Limit(now);
            return true;
        }

        if (_throttle is null || result.Kind is not (DeliveryResultKind.Delivered or DeliveryResultKind.HandedOver)) return false;
        _throttle.Accepted(round - _earlierRounds, now);
        Limit(now);
        return false;
    }

    /// <summary>Time alone brings a throttled rate back.</summary>
    public void Refresh(DateTimeOffset now)
    {
        if (_throttle is not null) Limit(now);
    }

    private AdaptiveRate Begin(DateTimeOffset now)
    {
        var present = Math.Max(_lastRate, _started / Math.Max((now - _meteredSince).TotalSeconds, 1));
        var ceiling = Planned.RatePerSecond ?? Math.Max(present * Headroom, Headroom);
        _floor = Math.Min(1, ceiling / 10);
        return new AdaptiveRate(new AdaptiveRateLimits { Floor = _floor }, ceiling, Math.Min(present, ceiling), now);
    }

    private void Limit(DateTimeOffset now)
    {
        if (_throttle?.StateAt(now) is { Reason: null, Rate: var rate, Ceiling: var ceiling } && rate >= ceiling) EndThrottle();
        if (_throttle is null)
        {
            SetLimits(Planned, now);
            return;
        }

        var limit = _throttle.RateAt(now);
        var burst = Math.Min(BudgetLimits.UsualBurst(limit), Planned.RatePerSecond is null ? double.MaxValue : Planned.Burst);
        SetLimits(Planned with { RatePerSecond = limit, Burst = burst }, now);
    }

    private void SetLimits(BudgetLimits limits, DateTimeOffset now) =>
        scheduler.SetLimits(level, budget, _isTried ? limits with { InFlight = 1 } : limits, now);

    private void EndThrottle()
    {
        _earlierRounds = Round;
        _throttle = null;
    }
}
