using Silo.Core.Addresses;
using Silo.Core.Delivery;
using Silo.Core.Limits;
using Silo.Core.Pacing;
using Silo.Server.Egress;

namespace Silo.Server.Delivery.Pacing;

/// <summary>
/// One route, pool × mailbox provider: its limits by the plan, and what the provider makes of them. A request to slow down begins a
/// throttle (additive increase, multiplicative decrease); it ends when the rate has come back to where nothing but the plan limits it.
/// </summary>
internal sealed class PacedRoute
{
    // Where no rate is configured the way back ends at so many times the rate that was too much.
    private const double Headroom = 4;

    private static readonly TimeSpan MeterSpan = TimeSpan.FromSeconds(10);

    private readonly EgressScheduler _scheduler;
    private BudgetLimits _planned;
    private AdaptiveRate? _throttle;
    private double _floor;
    private int _earlierRounds;
    private DateTimeOffset _meteredSince;
    private int _started;
    private double _lastRate;
    private bool _isOpen = true;
    private bool _isResting;

    public PacedRoute(
        EgressScheduler scheduler, SharedLevel pool, string poolName, MailboxProvider provider, EgressPlan plan, DateTimeOffset now)
    {
        (_scheduler, Pool, Provider, _meteredSince) = (scheduler, poolName, provider, now);
        _planned = LimitsOf(plan);
        _isOpen = !IsPaused(plan);
        Level = scheduler.AddLevel($"{poolName} × {provider.Name}", new Budget(_planned, now), pool);
    }

    public string Pool { get; }

    public MailboxProvider Provider { get; }

    public SharedLevel Level { get; }

    /// <summary>
    /// False while the pool is paused, or the pool towards the provider, or the provider rests: nothing begins to leave. Asked by
    /// hand-overs on any thread.
    /// </summary>
    public bool IsOpen => Volatile.Read(ref _isOpen) && !IsResting;

    /// <summary>Whether the provider puts off everything; null while it never put off anything.</summary>
    public DeferringProvider? Deferring { get; set; }

    public bool IsResting => Volatile.Read(ref _isResting);

    /// <summary>
    /// To be kept with each hand-over that begins: what began before the last slow-down says nothing of the present rate.
    /// </summary>
    public int Round => _earlierRounds + (_throttle?.Round ?? 0);

    /// <summary>The throttle's rate and why; null while only the plan limits.</summary>
    public AdaptiveRateState? Throttle(DateTimeOffset now) => _throttle?.StateAt(now);

    public void Apply(EgressPlan plan, DateTimeOffset now)
    {
        Volatile.Write(ref _isOpen, !IsPaused(plan));
        var planned = LimitsOf(plan);
        if (planned == _planned) return;
        _planned = planned;
        // A plan below what the throttle always tries leaves it nothing to do.
        if (planned.RatePerSecond < _floor) EndThrottle();
        else if (planned.RatePerSecond is { } rate) _throttle?.SetCeiling(rate, now);
        Limit(now);
    }

    /// <summary>Rests as <see cref="Deferring"/> says, and lets one hand-over at a time go while that is to be tried.</summary>
    public void FollowRest(DateTimeOffset now)
    {
        Volatile.Write(ref _isResting, Deferring?.IsResting(now) == true);
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

    /// <summary>
    /// Learns from the end of a hand-over that began in the given round. True when the provider asked to slow down, and it is news.
    /// </summary>
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
        var ceiling = _planned.RatePerSecond ?? Math.Max(present * Headroom, Headroom);
        _floor = Math.Min(1, ceiling / 10);
        return new AdaptiveRate(new AdaptiveRateLimits { Floor = _floor }, ceiling, Math.Min(present, ceiling), now);
    }

    private void Limit(DateTimeOffset now)
    {
        if (_throttle?.StateAt(now) is { Reason: null, Rate: var rate, Ceiling: var ceiling } && rate >= ceiling)
        {
            EndThrottle();
        }

        if (_throttle is null)
        {
            _scheduler.SetLimits(Level, Tried(_planned), now);
            return;
        }

        var limit = _throttle.RateAt(now);
        _scheduler.SetLimits(Level, Tried(_planned with { RatePerSecond = limit, Burst = Math.Min(Math.Max(limit, 1), BurstCap) }), now);
    }

    private BudgetLimits Tried(BudgetLimits limits) => Deferring is { IsParked: true } ? limits with { InFlight = 1 } : limits;

    private void EndThrottle()
    {
        _earlierRounds = Round;
        _throttle = null;
    }

    private double BurstCap => _planned.RatePerSecond is null ? double.MaxValue : _planned.Burst;

    private bool IsPaused(EgressPlan plan) => plan.Find(Pool) is { } pool && (pool.IsPaused(null) || pool.IsPaused(Provider.Name));

    private BudgetLimits LimitsOf(EgressPlan plan) => plan.Find(Pool)?.Limits?.Towards(Provider.Name) is { } limits
        ? new BudgetLimits(limits.RatePerSecond, limits.Burst ?? Math.Max(limits.RatePerSecond ?? 1, 1), InFlight: limits.Connections)
        : BudgetLimits.None;
}
