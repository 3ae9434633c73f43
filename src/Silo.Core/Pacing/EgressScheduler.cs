using Silo.Core.Delivery;

namespace Silo.Core.Pacing;

/// <summary>
/// Says which mail may start now. Knows how many units are due in each lane, the budgets (account, pools, routes and their source IPs,
/// tenants, tenant × provider) and the tenants' weights; a unit starts when all budgets on its way have room, and takes all or none.
/// At each level where mail waits the capacity is shared by deficit round robin over the tenants that have mail due there, whatever
/// number of lanes they have. docs/decisions/0011-pacing.md says what fair means over several levels.
/// </summary>
/// <remarks>
/// A lane first waits for its tenant's turn at the account, with that for its turn at the pool, then at the route: a turn is a right
/// and not a token, so that one that waits further down costs nobody anything. First come levels and tenants that lose what they do not
/// use at once, then what stands further down, then the level's own line. A level without room leaves its line alone until its
/// refill is due or something comes back to it; no
/// call looks at tenants for whom nothing changed. Owned by one actor; allocates nothing in steady state.
/// </remarks>
public sealed partial class EgressScheduler
{
    /// <summary>The range of weights; 1 is usual.</summary>
    public const double MinWeight = 0.125, MaxWeight = 10_000;

    private const int MaxDepth = 2;

    private readonly TimeWheel<PacingLevel> _wheel = new();
    private readonly List<PacingLevel> _due = [];
    private readonly double _quantum;

    private DateTimeOffset _woken = DateTimeOffset.MinValue;
    private DateTimeOffset _latest = DateTimeOffset.MinValue;

    /// <param name="account">The budget that all mail takes from, and the slots of this silo.</param>
    /// <param name="quantum">
    /// Units that a tenant of weight 1 may start before it is another one's turn, 8 to 1,000. Less is finer, more is cheaper.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">The quantum is out of range.</exception>
    public EgressScheduler(Budget account, int quantum = 8)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(quantum, (int)(1 / MinWeight));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(quantum, 1000);
        _quantum = quantum;
        Account = new SharedLevel("account", account, null);
    }

    public SharedLevel Account { get; }

    /// <summary>A pool within the account, or a route (pool × provider) within a pool.</summary>
    /// <exception cref="ArgumentException">The level around it is a route.</exception>
    public SharedLevel AddLevel(string name, Budget budget, SharedLevel? within = null)
    {
        var parent = within ?? Account;
        if (parent.Depth == MaxDepth) throw new ArgumentException("A route has no levels within it.", nameof(within));
        return new SharedLevel(name, budget, parent);
    }

    /// <summary>Forgets a level that no lane and no level leads through any more. What is in flight through it can still be settled.</summary>
    public void RemoveLevel(SharedLevel level)
    {
        _wheel.Remove(level);
        level.BlockedSince = null;
    }

    public PacedTenant AddTenant(string name, Budget budget, double weight = 1) => new(name, budget, weight, _quantum, Account);

    /// <summary>A budget of one tenant for one mailbox provider.</summary>
    public ProviderLevel AddProvider(PacedTenant tenant, string name, Budget budget) => new(name, budget, tenant);

    /// <summary>A lane without mail. Two lanes with the same parts are no more than one.</summary>
    /// <param name="provider">Null when the tenant has no budget of its own for the provider.</param>
    public Lane AddLane(PacedTenant tenant, MailStream stream, SharedLevel level, ProviderLevel? provider = null) =>
        new(tenant, stream, tenant.Enter(level), provider);

    /// <summary>Forgets a lane that has nothing due. What is in flight of it can still be settled.</summary>
    public void RemoveLane(Lane lane)
    {
        if (lane.Due > 0) RemoveDue(lane, lane.Due);
        lane.Tenant.Exit(lane.Leaf);
    }

    /// <summary>Forgets a tenant whose lanes were removed: nothing wakes for it any more.</summary>
    public void RemoveTenant(PacedTenant tenant)
    {
        _wheel.Remove(tenant);
        tenant.BlockedSince = null;
    }

    /// <summary>Forgets a tenant × provider whose lanes were removed.</summary>
    public void RemoveProvider(ProviderLevel provider)
    {
        _wheel.Remove(provider);
        provider.BlockedSince = null;
    }

    /// <summary>So many units more (1 or more) are due: they were accepted, their retry is due, or they did not start.</summary>
    public void AddDue(Lane lane, int count, DateTimeOffset now)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        now = Latest(now);
        lane.ChangeDue(count);
        if (lane.Due == count) WaitForTurn(lane, now);
    }

    /// <summary>So many units (0 to <see cref="Lane.Due"/>) are not due any more: cancelled, held, moved elsewhere.</summary>
    public void RemoveDue(Lane lane, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, lane.Due);
        if (count == 0) return;
        lane.ChangeDue(-count);
        if (lane.Due == 0) Detach(lane);
    }

    /// <summary>From now on nothing is granted to the tenant. Its mail keeps its place.</summary>
    public void Pause(PacedTenant tenant) => tenant.SetPaused(true);

    public void Resume(PacedTenant tenant, DateTimeOffset now)
    {
        tenant.SetPaused(false);
        Look(tenant, now);
    }

    /// <summary>Holds from the tenant's next turn on.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Outside of <see cref="MinWeight"/> to <see cref="MaxWeight"/>.</exception>
    public void SetWeight(PacedTenant tenant, double weight) => tenant.SetWeight(weight);

    /// <summary>Holds for all that is reserved from now on.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A limit is out of range.</exception>
    public void SetLimits(PacingLevel level, BudgetLimits limits, DateTimeOffset now) => SetLimits(level, level.Budget, limits, now);

    /// <summary>As the other one, for a source IP of a level.</summary>
    public void SetLimits(PacingLevel level, Budget source, BudgetLimits limits, DateTimeOffset now)
    {
        now = Latest(now);
        source.Change(limits, now);
        Look(level, now);
        LookAtUsers(source, now);
    }

    /// <summary>Nothing more is granted through this budget (the level's own or one of its sources') until it is opened.</summary>
    public void Close(Budget budget) => budget.IsClosed = true;

    public void Open(PacingLevel level, Budget budget, DateTimeOffset now)
    {
        budget.IsClosed = false;
        Look(level, now);
        LookAtUsers(budget, now);
    }

    /// <summary>
    /// After a step back of the clock nothing goes on until it has caught up, as in each bucket: so that none of them, and no wake-up,
    /// knows another time than the rest.
    /// </summary>
    private DateTimeOffset Latest(DateTimeOffset now) => _latest = now > _latest ? now : _latest;
}
