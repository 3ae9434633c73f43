using Silo.Core.Ownership;
using Silo.Core.Pacing;
using Silo.Server.Egress.Sharing;

namespace Silo.Server.Delivery.Pacing;

/// <summary>
/// This silo's side of the limits that all silos keep together: asks their owners in time, with one call for each, puts into force what
/// they answer, and ends what has run out. Owned by the dispatcher's loop.
/// </summary>
/// <param name="silo">Its incarnation.</param>
/// <param name="post">Runs something in the dispatcher's loop.</param>
internal sealed partial class EgressShares(
    EgressScheduler scheduler, ISendingPools pools, long silo, Func<LeaseInstant> readClocks, Func<DateTimeOffset> now, Action<Action> post,
    ILogger logger)
{
    private const int MaxUnderWay = 32;

    // One look at all pools each time something happens would cost more than what happens.
    private static readonly TimeSpan LookAfter = TimeSpan.FromMilliseconds(5);

    private readonly Dictionary<BudgetKey, LeasedBudget> _budgets = [];
    private readonly Dictionary<Budget, LeasedBudget> _byBudget = [];
    private readonly Dictionary<string, PoolAsks> _pools = new(StringComparer.Ordinal);
    private LeaseInstant _nextEnd = new(TimeSpan.MaxValue, DateTimeOffset.MaxValue);
    private TimeSpan? _nextAsk;
    private TimeSpan? _looked;

    /// <summary>When <see cref="EndLapsed"/> and <see cref="Ask"/> have something to do if nothing happens before; null for not.</summary>
    public TimeSpan? NextIn(LeaseInstant clocks)
    {
        TimeSpan? next = _nextEnd.Monotonic < TimeSpan.MaxValue ? _nextEnd.Monotonic : null;
        if (_nextAsk < (next ?? TimeSpan.MaxValue)) next = _nextAsk;
        return next - clocks.Monotonic;
    }

    /// <summary>A budget is there, with limits by the plan that may be new; without a rate, a quota and a warm-up nothing of it is leased.</summary>
    /// <param name="levels">Those whose mail can pass it, one at least.</param>
    public void Follow(
        string pool, string name, BudgetKey key, IReadOnlyList<SharedLevel> levels, Budget budget, BudgetLimits planned, bool isWarmingUp = false)
    {
        // What is leased by one owner says nothing to another: an address that moves begins anew in its next pool.
        if (_budgets.TryGetValue(key, out var known) && (known.Budget != budget || known.Pool != pool))
        {
            Forget(known);
            known = null;
        }

        if (planned is { RatePerSecond: null, PerDay: null } && !isWarmingUp)
        {
            if (known is not null) Forget(known);
            return;
        }

        var asks = PoolOf(pool);
        if (known is null)
        {
            known = new LeasedBudget(scheduler, key, pool, name, levels[0], budget, now);
            _budgets.Add(key, known);
            _byBudget.Add(budget, known);
            asks.Budgets.Add(known);
        }

        known.Levels = levels;
        if (known.Plan(planned, isWarmingUp)) asks.AskTwice(readClocks());
        _looked = null;
    }

    /// <summary>Keeps those alone that were followed last.</summary>
    public void Keep(IReadOnlySet<BudgetKey> keys)
    {
        foreach (var budget in _budgets.Values.Where(b => !keys.Contains(b.Key)).ToArray()) Forget(budget);
    }

    /// <summary>Of budgets on the way of a grant those that are leased: what was granted may start as long as all of them last.</summary>
    public IReadOnlyList<LeaseHold> HoldsOf(SharedLevel level, Budget? source, Budget? address)
    {
        if (_budgets.Count == 0) return [];
        var holds = new List<LeaseHold>();
        Add(source);
        Add(address);
        for (SharedLevel? each = level; each is not null; each = each.Parent) Add(each.Budget);
        return holds;

        void Add(Budget? budget)
        {
            if (budget is null or { LeasedRate: null, LeasedQuota: null }) return;
            var leased = _byBudget[budget];
            if (budget.LeasedRate is not null) holds.Add(leased.Held.Hold);
            if (leased is { IsWarmingUp: true, BlockHold: { } block }) holds.Add(block);
        }
    }

    /// <summary>What became of mail that left by a budget.</summary>
    public void Count(Budget budget, int delivered, int refused)
    {
        if (!_byBudget.TryGetValue(budget, out var leased) || !leased.IsWarmingUp) return;
        leased.Results = (leased.Results.Delivered + delivered, leased.Results.Refused + refused);
    }

    /// <summary>To be called before anything is granted.</summary>
    public void EndLapsed()
    {
        var clocks = readClocks();
        if (clocks.Monotonic < _nextEnd.Monotonic && clocks.Wall < _nextEnd.Wall) return;
        _nextEnd = new LeaseInstant(TimeSpan.MaxValue, DateTimeOffset.MaxValue);
        foreach (var budget in _budgets.Values)
        {
            if (budget.EndLapsed(clocks) && budget.HasDemand) Miss(budget);
            NoteEnd(budget);
        }
    }

    /// <summary>To be called when everything was granted that can be.</summary>
    public void Ask()
    {
        var clocks = readClocks();
        if (_looked is { } looked && clocks.Monotonic - looked < LookAfter)
        {
            if (_nextAsk is null || _nextAsk > looked + LookAfter) _nextAsk = looked + LookAfter;
            return;
        }

        (_looked, _nextAsk) = (clocks.Monotonic, null);
        foreach (var pool in _pools.Values)
        {
            if (pool.NextAt(pools.IsAlone) is not { } at) continue;
            if (at <= clocks.Monotonic && pool.UnderWay < MaxUnderWay)
            {
                Ask(pool, clocks, isEnd: false);
                at = pool.NextAt(pools.IsAlone) ?? TimeSpan.MaxValue;
            }

            if (at > clocks.Monotonic && (_nextAsk is null || at < _nextAsk)) _nextAsk = at;
        }
    }

    /// <summary>Nothing more leaves: tells what was not used. To be called until it answers true.</summary>
    public bool GiveBack()
    {
        foreach (var pool in _pools.Values.Where(p => p is { GaveBack: false, UnderWay: 0 }))
        {
            foreach (var budget in pool.Budgets) budget.EndBlock();
            pool.GaveBack = true;
            if (pool.Budgets.Exists(b => b.IsOpen)) Ask(pool, readClocks(), isEnd: true);
        }

        return _pools.Values.All(p => p is { GaveBack: true, UnderWay: 0 });
    }

    private void Ask(PoolAsks pool, LeaseInstant clocks, bool isEnd)
    {
        var passed = pool.Asked(clocks);
        // Sources of a route share its demand.
        var demand = pool.Budgets.SelectMany(b => b.Levels).Distinct().ToDictionary(l => l, l => l.TakePeakDemand());
        var request = new PoolRequest(
            silo, [.. pool.Budgets.Select(b => b.Ask(silo, b.Levels.Sum(l => demand[l]), passed, pools.IsAlone, isEnd, pool.UnderWay == 0, clocks))]);
        pool.UnderWay++;
        _ = Task.Run(() => Ask(pool, request, clocks));
    }

    private async Task Ask(PoolAsks pool, PoolRequest request, LeaseInstant asked)
    {
        try
        {
            // Of a call that is given up it is not known what was given out; an answer that comes late is of use all the same.
            var reply = await pools.Get(pool.Key).Ask(request, CancellationToken.None);
            post(() => Take(pool, request, reply, asked));
        }
        catch (Exception e)
        {
            post(() => Fail(pool, e));
        }
    }

    private void Take(PoolAsks pool, PoolRequest request, PoolReply reply, LeaseInstant asked)
    {
        pool.UnderWay--;
        var clocks = readClocks();
        if (pool.IsFailing) LogPoolAnswers(pool.Key);
        pool.IsFailing = false;
        var budgets = pool.Budgets.DistinctBy(b => b.Name).ToDictionary(b => b.Name, StringComparer.Ordinal);
        var asks = request.Budgets.DistinctBy(b => b.Budget).ToDictionary(b => b.Budget, StringComparer.Ordinal);
        foreach (var each in reply.Budgets)
        {
            if (!budgets.TryGetValue(each.Budget, out var budget) || !asks.TryGetValue(each.Budget, out var ask)) continue;
            if (budget.Take(ask, each, asked, clocks)) pool.Confirm();
            if (each.Share is { Number: 0 } wait) pool.WaitFor(wait.Term);
            if (budget is { IsMissed: true, Budget.LacksShare: false })
            {
                budget.IsMissed = false;
                LogShareBack(budget.Key.ToString());
            }

            NoteEnd(budget);
        }

        _looked = null;
    }

    private void Fail(PoolAsks pool, Exception e)
    {
        pool.UnderWay--;
        pool.Failed();
        if (!pool.IsFailing) LogPoolFails(pool.Key, e);
        pool.IsFailing = true;
        _looked = null;
    }

    private void Miss(LeasedBudget budget)
    {
        if (!budget.IsMissed) LogShareLost(budget.Key.ToString());
        budget.IsMissed = true;
    }

    private void NoteEnd(LeasedBudget budget)
    {
        if (budget.EndsAt is not { } end) return;
        _nextEnd = new LeaseInstant(
            end.Monotonic < _nextEnd.Monotonic ? end.Monotonic : _nextEnd.Monotonic, end.Wall < _nextEnd.Wall ? end.Wall : _nextEnd.Wall);
    }

    private PoolAsks PoolOf(string key)
    {
        if (!_pools.TryGetValue(key, out var pool)) _pools.Add(key, pool = new PoolAsks(key));
        return pool;
    }

    private void Forget(LeasedBudget budget)
    {
        budget.Release();
        _budgets.Remove(budget.Key);
        _byBudget.Remove(budget.Budget);
        foreach (var pool in _pools.Values) pool.Budgets.Remove(budget);
    }

    [LoggerMessage(2021, LogLevel.Warning, "This silo has no share of {Budget} any more, since its owner did not answer in time; its mail waits")]
    private partial void LogShareLost(string budget);

    [LoggerMessage(2022, LogLevel.Information, "This silo has a share of {Budget} again")]
    private partial void LogShareBack(string budget);

    [LoggerMessage(2023, LogLevel.Warning, "The owner of the limits of {Pool} could not be asked; it is tried again")]
    private partial void LogPoolFails(string pool, Exception exception);

    [LoggerMessage(2024, LogLevel.Information, "The owner of the limits of {Pool} answers again")]
    private partial void LogPoolAnswers(string pool);
}
