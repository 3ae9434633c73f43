using Silo.Core.Addresses;
using Silo.Core.Pacing;
using Silo.Server.Egress;

namespace Silo.Server.Delivery.Pacing;

/// <summary>A source address on one route: address × provider, with limits and a throttle of its own.</summary>
internal sealed class PacedSource
{
    private readonly EgressScheduler _scheduler;
    private readonly SharedLevel _route;
    private readonly MailboxProvider _provider;

    public PacedSource(
        EgressScheduler scheduler, SharedLevel route, MailboxProvider provider, PacedAddress address, PoolLimits? limits, DateTimeOffset now)
    {
        (_scheduler, _route, _provider, Address) = (scheduler, route, provider, address);
        var planned = LimitsOf(limits);
        var budget = new Budget(planned, now);
        Pace = new PacedBudget(scheduler, BudgetKey.OfSource(address.Ip.Document.Ip, provider.Name), route, budget, planned, now);
        Pause(now);
        Place = scheduler.AddSource(route, budget, address.Whole, now);
    }

    public PacedAddress Address { get; }

    public PacedBudget Pace { get; }

    /// <summary>As grants name it.</summary>
    public int Place { get; }

    /// <summary>False while nothing is to begin by it: paused, at rest, or gone. May be asked by any thread.</summary>
    public bool IsOpen => !Pace.Budget.IsClosed && !Address.Whole.IsClosed;

    /// <summary>Why nothing leaves by it, as people read it; null while mail does.</summary>
    public string? ClosedFor => Address.ClosedFor ?? (Paused is { } pause ? $"paused: {pause.Cause}" : null);

    private PoolPause? Paused => Address.Ip.Document.PauseOf(_provider.Name);

    public void Apply(PoolLimits? limits, DateTimeOffset now)
    {
        Pace.Plan(LimitsOf(limits), now);
        Pause(now);
    }

    /// <summary>Nothing more begins by it; what has begun ends.</summary>
    public void Remove()
    {
        _scheduler.Close(Pace.Budget);
        _scheduler.RemoveSource(_route, Place);
    }

    private void Pause(DateTimeOffset now)
    {
        if (Paused is not null) _scheduler.Close(Pace.Budget);
        else if (Pace.Budget.IsClosed) _scheduler.Open(_route, Pace.Budget, now);
    }

    /// <summary>
    /// Each hand-over takes a connection. Mail to nobody's domains goes to many sites, so connections to each are for the transport to count.
    /// </summary>
    private BudgetLimits LimitsOf(PoolLimits? limits)
    {
        var towards = limits?.Towards(_provider.Name);
        var connections = _provider == MailboxProvider.Other ? null : limits?.ConnectionsTowards(_provider.Name);
        var rate = towards?.RatePerSecond;
        return new BudgetLimits(rate, towards?.Burst ?? BudgetLimits.UsualBurst(rate), InFlight: connections);
    }
}
