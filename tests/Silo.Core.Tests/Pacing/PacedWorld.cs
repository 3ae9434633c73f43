using Silo.Core.Pacing;
using Silo.Core.WarmUp;

namespace Silo.Core.Tests.Pacing;

/// <summary>A random set of pools, routes, source IPs, tenants and lanes, with a book for each budget.</summary>
internal sealed class PacedWorld
{
    private readonly Random _random;

    public PacedWorld(Random random, DateTimeOffset now)
    {
        _random = random;
        var size = random.Next(60) == 0 ? random.Next(100, 300) : random.Next(1, 25);
        Quantum = random.Next(3) == 0 ? random.Next(8, 40) : 8;
        var account = NewBudget("account", RandomLimits(random.Next(2) == 0 ? 20 : 300, isWide: true), now);
        Scheduler = new EgressScheduler(account, Quantum);
        Shared.Add(Scheduler.Account);
        var routes = new List<SharedLevel>();
        for (var p = random.Next(1, 4); p > 0; p--)
        {
            var pool = AddLevel($"pool {p}", null, random.Next(2) == 0 ? 10 : 100, now);
            var ip = random.Next(3) == 0 ? NewBudget($"pool {p}, its IP", RandomLimits(10, isWide: true), now) : null;
            for (var r = random.Next(1, 5); r > 0; r--)
            {
                var route = AddLevel($"pool {p} × provider {r}", pool, random.Next(2) == 0 ? 5 : 50, now);
                routes.Add(route);
                if (random.Next(4) != 0) continue;
                for (var s = random.Next(1, 4); s > 0; s--) AddSource(route, ip, now);
            }
        }

        for (var t = 0; t < size; t++) AddTenant(t, routes, now);
    }

    public EgressScheduler Scheduler { get; }

    public int Quantum { get; }

    public List<SharedLevel> Shared { get; } = [];

    public List<PacedTenant> Tenants { get; } = [];

    public List<LaneBook> Lanes { get; } = [];

    public Dictionary<Budget, LevelBook> Books { get; } = [];

    public List<LentWarmUp> WarmUps { get; } = [];

    /// <summary>Sources that were added to a level and not removed, with the budget of the IP as a whole.</summary>
    public Dictionary<SharedLevel, List<(int Place, LevelBook Book, LevelBook? Whole)>> Sources { get; } = [];

    public BudgetLimits RandomLimits(double scale, bool isWide) =>
        new(
            _random.Next(3) == 0 ? null : Math.Round(scale * Math.Pow(10, _random.NextDouble() - 0.5), 3),
            _random.Next(8) == 0 ? 0.5 : _random.Next(1, isWide ? 50 : 10),
            _random.Next(isWide ? 4 : 12) == 0 ? _random.Next(isWide ? 5_000 : 300) : null,
            _random.Next(isWide ? 2 : 6) == 0 ? _random.Next(1, isWide ? 200 : 20) : null);

    /// <summary>A source more, or one less; nothing where there are none.</summary>
    public void ChangeSources(SharedLevel level, DateTimeOffset now)
    {
        if (!Sources.TryGetValue(level, out var sources)) return;
        if (sources.Count is 0 or 1 || (sources.Count < 4 && _random.Next(2) == 0))
        {
            AddSource(level, null, now);
            return;
        }

        var gone = _random.Next(sources.Count);
        Scheduler.RemoveSource(level, sources[gone].Place);
        sources.RemoveAt(gone);
    }

    private void AddSource(SharedLevel level, Budget? whole, DateTimeOffset now)
    {
        var budget = NewBudget($"{level.Name} by a source", RandomLimits(5, isWide: false), now);
        var place = Scheduler.AddSource(level, budget, whole, now);
        if (!Sources.TryGetValue(level, out var sources)) Sources.Add(level, sources = []);
        sources.Add((place, Books[budget], whole is null ? null : Books[whole]));
        MayWarmUp(level, budget, now);
        if (whole is not null) MayWarmUp(level, whole, now);
    }

    private SharedLevel AddLevel(string name, SharedLevel? within, double scale, DateTimeOffset now)
    {
        var level = Scheduler.AddLevel(name, NewBudget(name, RandomLimits(scale, isWide: within is null), now), within);
        Shared.Add(level);
        MayWarmUp(level, level.Budget, now);
        return level;
    }

    private void AddTenant(int number, List<SharedLevel> routes, DateTimeOffset now)
    {
        var weight = _random.Next(2) == 0 ? 1 : Math.Round(0.125 + (_random.NextDouble() * 5), 3);
        var tenant = Scheduler.AddTenant($"tenant {number}", NewBudget($"tenant {number}", RandomLimits(30, isWide: true), now), weight);
        Tenants.Add(tenant);
        MayWarmUp(tenant, tenant.Budget, now);
        ProviderLevel? provider = null;
        if (_random.Next(3) == 0)
        {
            provider = Scheduler.AddProvider(
                tenant, $"tenant {number} × p", NewBudget($"tenant {number} × p", RandomLimits(5, isWide: false), now));
        }

        for (var l = _random.Next(1, 6); l > 0; l--)
        {
            var level = _random.Next(10) == 0 ? Shared[_random.Next(Shared.Count)] : routes[_random.Next(routes.Count)];
            var lane = Scheduler.AddLane(tenant, (MailStream)_random.Next(3), level, _random.Next(2) == 0 ? provider : null);
            Lanes.Add(new LaneBook(lane));
        }
    }

    private Budget NewBudget(string name, BudgetLimits limits, DateTimeOffset now)
    {
        var full = _random.Next(2) == 0;
        var budget = new Budget(limits, now, full);
        Books.Add(budget, new LevelBook(name, limits, now, full));
        return budget;
    }

    /// <summary>Some budgets warm up. Their owner keeps the count, so they have no quota of their own.</summary>
    private void MayWarmUp(PacingLevel level, Budget budget, DateTimeOffset now)
    {
        if (_random.Next(25) != 0 || Books[budget].WarmUp is not null) return;
        var plan = WarmUpPlan.Create([.. Enumerable.Range(1, 2).Select(_ => (long)_random.Next(24, 3_000)).Order()]).Plan!;
        var startedAt = now - TimeSpan.FromHours(_random.NextDouble() * 30);
        var book = Books[budget].WarmUp = new WarmUpBook(plan, startedAt);
        Scheduler.SetLeased(level, budget, rate: false, quota: true, now);
        Books[budget].Change(budget.Limits with { PerDay = null }, now);
        WarmUps.Add(new LentWarmUp(Scheduler, level, budget, book, plan, startedAt));
    }

    /// <summary>What a budget may be changed to.</summary>
    public BudgetLimits LimitsFor(Budget budget, double scale)
    {
        var limits = RandomLimits(scale, isWide: true);
        return Books[budget].WarmUp is null ? limits : limits with { PerDay = null };
    }

    /// <summary>Until when a grant may start.</summary>
    public DateTimeOffset StartsBefore(IEnumerable<LevelBook> books) => WarmUps
        .Where(w => books.Contains(Books[w.Budget])).Select(w => w.StartsBefore).Append(DateTimeOffset.MaxValue).Min();

    /// <summary>All budgets that a lane's mail takes from, but its source's.</summary>
    public IEnumerable<LevelBook> BooksOf(Lane lane)
    {
        yield return Books[lane.Tenant.Budget];
        if (lane.Provider is { } provider) yield return Books[provider.Budget];
        for (var level = lane.Level; level is not null; level = level.Parent) yield return Books[level.Budget];
    }

    public IEnumerable<LevelBook> BooksOf(Grant grant)
    {
        if (grant.Source < 0) return BooksOf(grant.Lane);
        var (_, book, whole) = Sources[grant.Lane.Level].Find(s => s.Place == grant.Source);
        var books = BooksOf(grant.Lane).Append(book);
        return whole is null ? books : books.Append(whole);
    }

    /// <summary>When all budgets of a lane surely have room.</summary>
    public DateTimeOffset RoomAt(Lane lane, Dictionary<LevelBook, DateTimeOffset> roomAt)
    {
        var at = BooksOf(lane).Max(b => roomAt[b]);
        var source = SourceRoomAt(lane.Level, roomAt);
        return source > at ? source : at;
    }

    public DateTimeOffset SourceRoomAt(SharedLevel level, Dictionary<LevelBook, DateTimeOffset> roomAt)
    {
        if (!Sources.TryGetValue(level, out var sources)) return DateTimeOffset.MinValue;
        return sources.Min(s => s.Whole is not null && roomAt[s.Whole] > roomAt[s.Book] ? roomAt[s.Whole] : roomAt[s.Book]);
    }
}
