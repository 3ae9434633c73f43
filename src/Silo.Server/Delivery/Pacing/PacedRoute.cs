using Silo.Core.Addresses;
using Silo.Core.Delivery;
using Silo.Core.Pacing;
using Silo.Server.Egress;

namespace Silo.Server.Delivery.Pacing;

/// <summary>
/// One route, pool × mailbox provider. Where mail leaves from addresses of the pool, each of them has the limits towards the provider;
/// otherwise the route has them. Owned by the dispatcher's loop, but for what says that any thread may ask.
/// </summary>
internal sealed class PacedRoute
{
    private readonly EgressScheduler _scheduler;
    private readonly List<PacedSource> _sources = [];
    private (int Place, string Name)[] _choice = [];

    /// <param name="addresses">As for <see cref="Apply"/>.</param>
    public PacedRoute(
        EgressScheduler scheduler, SharedLevel pool, SendingPool plan, MailboxProvider provider, IReadOnlyList<PacedAddress>? addresses,
        DateTimeOffset now)
    {
        (_scheduler, Pool, Provider) = (scheduler, plan.Name, provider);
        var key = BudgetKey.OfRoute(Pool, provider.Name);
        var planned = addresses is null ? LimitsOf(plan.Limits) : BudgetLimits.None;
        var budget = new Budget(planned, now);
        Level = scheduler.AddLevel(key.ToString(), budget, pool);
        Pace = new PacedBudget(scheduler, key, Level, budget, planned, now);
        Apply(plan, addresses, now);
    }

    public string Pool { get; }

    public MailboxProvider Provider { get; }

    public SharedLevel Level { get; }

    /// <summary>The budget of the route itself, which limits nothing where mail leaves from addresses.</summary>
    public PacedBudget Pace { get; }

    /// <summary>The addresses by which its mail can leave; none where it leaves by no address of its pool.</summary>
    public IReadOnlyList<PacedSource> Sources => _sources;

    /// <summary>
    /// False while the pool is paused, or the pool towards the provider, or the provider rests: nothing begins to leave. May be asked by any
    /// thread.
    /// </summary>
    public bool IsOpen => !Level.Budget.IsClosed && !Level.Parent!.Budget.IsClosed;

    /// <summary>Whether the provider puts off everything; null while it never put off anything.</summary>
    public DeferringProvider? Deferring { get; set; }

    public bool IsResting { get; private set; }

    /// <summary>Nothing of it is in line or in hand.</summary>
    public bool IsIdle => Level is { DueUnits: 0, Budget.InFlight: 0 };

    /// <summary>Another one whenever <see cref="PlaceFor"/> may answer otherwise.</summary>
    public int ChoiceVersion { get; private set; }

    /// <summary>It matters by which source a unit leaves.</summary>
    public bool HasChoice => _choice.Length > 0;

    /// <param name="pool">Null when it is gone: then nothing new leaves.</param>
    /// <param name="addresses">Those by which mail leaves here, maybe none; null when it leaves by no address of its pool.</param>
    public void Apply(SendingPool? pool, IReadOnlyList<PacedAddress>? addresses, DateTimeOffset now)
    {
        if (pool is null && Level.LeavesBySource) addresses = [];
        if (addresses is not null != Level.LeavesBySource)
        {
            Pace.Forget(now);
            _scheduler.SetLeavesBySource(Level, addresses is not null, now);
        }

        Pace.Plan(addresses is null ? LimitsOf(pool?.Limits) : BudgetLimits.None, now);
        for (var i = _sources.Count - 1; i >= 0; i--)
        {
            if (addresses?.Contains(_sources[i].Address) == true) continue;
            _sources[i].Remove();
            _sources.RemoveAt(i);
        }

        foreach (var source in _sources) source.Apply(pool?.Limits, now);
        foreach (var address in addresses ?? [])
        {
            if (!_sources.Exists(s => s.Address == address))
                _sources.Add(new PacedSource(_scheduler, Level, Provider, address, pool?.Limits, now));
        }

        Choose();
    }

    /// <summary>Rests as <see cref="Deferring"/> says, and lets one hand-over at a time go while that is to be tried.</summary>
    public void FollowRest(DateTimeOffset now)
    {
        IsResting = Deferring?.IsResting(now) == true;
        Pace.Try(Deferring?.IsParked == true, now);
    }

    /// <summary>To be called when an address was opened or closed.</summary>
    public void Choose()
    {
        // Known providers know us; where one by one is asked who we are (greylisting), mail keeps its address, retries as first attempts.
        var open = _sources.Where(s => s.IsOpen).Select(s => (s.Place, s.Address.Ip.Document.Ip)).ToArray();
        if (Provider != MailboxProvider.Other || open.Length < 2) open = [];
        if (open.SequenceEqual(_choice)) return;
        _choice = open;
        ChoiceVersion++;
    }

    /// <summary>
    /// The source that a tenant's mail to a recipient's domain leaves by as long as it has room, by its place; -1 when it does not matter.
    /// </summary>
    public int PlaceFor(string tenantName, string recipient)
    {
        if (!HasChoice) return -1;
        var mail = Rendezvous.Of(tenantName, recipient.AsSpan(recipient.LastIndexOf('@') + 1));
        var (best, place) = (0UL, -1);
        foreach (var (each, name) in _choice)
        {
            var weight = Rendezvous.Weight(mail, name);
            if (place < 0 || weight > best) (best, place) = (weight, each);
        }

        return place;
    }

    /// <summary>The source of a grant; null where mail leaves by no address of its pool.</summary>
    public PacedSource? SourceOf(in Grant grant)
    {
        var place = grant.Source;
        return place < 0 ? null : _sources.Find(s => s.Place == place);
    }

    public void Refresh(DateTimeOffset now)
    {
        Pace.Refresh(now);
        foreach (var source in _sources) source.Pace.Refresh(now);
    }

    /// <summary>What its mail waits for when it waits here, as people read it.</summary>
    public string WaitsFor()
    {
        if (!Level.LeavesBySource || Level.Budget.IsClosed) return Level.Name;
        if (_sources.Count == 0) return $"pool {Pool} (no address of it can be used here)";
        var open = _sources.Where(s => s.IsOpen).ToArray();
        return (open, _sources) switch
        {
            ([var only], _) => only.Pace.Key.ToString(),
            ([], [var only]) => $"{only.Pace.Key} ({only.ClosedFor})",
            ([], _) => $"{Level.Name} (each of its addresses is paused or cannot be used)",
            _ => Level.Name,
        };
    }

    private BudgetLimits LimitsOf(PoolLimits? pool) => pool?.Towards(Provider.Name) is { } limits
        ? new BudgetLimits(limits.RatePerSecond, limits.Burst ?? BudgetLimits.UsualBurst(limits.RatePerSecond), InFlight: limits.Connections)
        : BudgetLimits.None;
}
