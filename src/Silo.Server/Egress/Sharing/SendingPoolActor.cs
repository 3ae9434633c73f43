using Silo.Core.Limits;
using Silo.Core.Ownership;
using Silo.Core.Pacing;
using Silo.Server.Tenants.Embedded;
using Silo.Storage;

namespace Silo.Server.Egress.Sharing;

/// <summary>
/// Owns the limits that all silos keep together, of the account or of one pool. There may be a second activation for a while that does not
/// know of its successor. Quotas cannot be given out twice by them, since what is taken is stored by compare-and-swap before it is answered.
/// Rates neither: an activation leases only within <see cref="SureFor"/> of when it last saw that it is the latest, and its successor waits
/// that and a share's term before it leases anything.
/// </summary>
/// <param name="key">As <see cref="PoolKey"/> makes them.</param>
public sealed partial class SendingPoolActor(string key, SharingServices services) : IActor, ISendingPool
{
    /// <summary>Of shares.</summary>
    public static readonly TimeSpan Term = TimeSpan.FromSeconds(6);

    /// <summary>How long an activation leases on without looking whether there is a later one.</summary>
    public static readonly TimeSpan SureFor = TimeSpan.FromSeconds(2);

    // Of shares that nobody else can want: the process ends before.
    private static readonly TimeSpan TermAlone = TimeSpan.FromDays(30);

    private const int MaxAttempts = 5;

    // Providers of a pool, times its addresses: far more than any pool has.
    private const int MaxBudgets = 50_000;

    private readonly ILogger _logger = services.Logger;
    private readonly StoredDocuments<PoolBooks> _documents = new(services.Resources, ResourceKind.PoolBooks, SharingJson.Default.PoolBooks);
    private readonly Dictionary<string, SharedBudget> _budgets = new(StringComparer.Ordinal);
    private readonly StoredDocuments<DedicatedIp> _ips = new(services.Resources, ResourceKind.DedicatedIp, EgressJson.Default.DedicatedIp);
    private readonly List<(WarmUpTerms Terms, TimeSpan Position)> _moves = [];
    private readonly PacingClock _clock = new(ReadClocks(services.Time));
    private PoolBooks _books = new();
    private long _version;
    private LeaseInstant _sureAt;
    private DateTimeOffset _activatedAt;
    private TimeSpan _wait;

    public async ValueTask Activate(bool clean, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            _sureAt = ReadClocks(services.Time);
            if (!await TryTakeOver(cancellationToken)) continue;
            _activatedAt = Now;
            LogActivated(key, _wait.TotalSeconds);
            return;
        }

        throw new StorageException($"Others keep taking over {key}.");
    }

    public async ValueTask<bool> Deactivate(bool force)
    {
        if (services.IsAlone) return true;
        if (_activatedAt + _wait > Now || !_budgets.Values.All(b => b.IsAtRest(Now))) return force;
        // The next one need not wait.
        await _documents.Replace(key, Books() with { IsAtRest = true }, _version, CancellationToken.None);
        return true;
    }

    public async ValueTask<PoolReply> Ask(PoolRequest request, CancellationToken cancellationToken)
    {
        var plan = await services.Plan(cancellationToken);
        if (ReadClocks(services.Time).AtMostSince(_sureAt) >= SureFor && !await TryMakeSure(cancellationToken)) return new PoolReply([]);
        var (now, changed) = (Now, false);
        var replies = new List<BudgetReply>(request.Budgets.Count);
        foreach (var each in request.Budgets)
        {
            var limits = PoolKey.LimitsOf(key, each.Budget, plan, services.Account);
            var warmUp = PoolKey.WarmUpOf(key, each.Budget, plan);
            if (Find(each.Budget, limits, warmUp) is not { } budget) continue;
            replies.Add(budget.Answer(request.Silo, each, limits, warmUp, now, out var quotaChanged));
            if (warmUp is not null && each.Budget == PoolKey.OfAddress(warmUp.Ip)) MoveOn(warmUp, budget.WarmUp.PlanDay);
            changed |= quotaChanged;
        }

        if (changed) await Save(cancellationToken);
        await StoreMoves(cancellationToken);
        return new PoolReply(replies);
    }

    private DateTimeOffset Now => _clock.Read(ReadClocks(services.Time));

    private SharedBudget? Find(string name, BudgetLimits limits, WarmUpTerms? warmUp)
    {
        if (_budgets.TryGetValue(name, out var budget)) return budget;
        if ((warmUp is null && limits is { RatePerSecond: null, PerDay: null }) || _budgets.Count >= MaxBudgets) return null;
        budget = new SharedBudget(
            _books.Quotas?.GetValueOrDefault(name)?.ToState(), _books.WarmUps?.GetValueOrDefault(name), _books.Activations, _activatedAt, services.IsAlone ? TermAlone : Term, _wait);
        _budgets.Add(name, budget);
        return budget;
    }

    /// <summary>What operations show of an adaptive warm-up is where its address has come to.</summary>
    private void MoveOn(WarmUpTerms terms, int? planDay)
    {
        if (planDay is { } day && (terms.Position is not { } known || day != (int)known.TotalDays)) _moves.Add((terms, TimeSpan.FromDays(day)));
    }

    private async ValueTask StoreMoves(CancellationToken cancellationToken)
    {
        foreach (var (terms, position) in _moves)
        {
            try
            {
                await _ips.Change(terms.Ip, i => MovedOn(i, terms, position), cancellationToken);
            }
            catch (StorageException e)
            {
                // Only operations read it; the next answer tries again.
                LogMoveFailed(terms.Ip, e);
            }
        }

        _moves.Clear();
    }

    /// <summary>Null when it stands there already: plans are a second old, so that it is told more than once.</summary>
    private static DedicatedIp? MovedOn(DedicatedIp ip, WarmUpTerms terms, TimeSpan position) =>
        ip.WarmUp.StartedAt == terms.StartedAt && ip.WarmUp.Position != position ? ip with { WarmUp = ip.WarmUp with { Position = position } } : null;

    private async ValueTask<bool> TryTakeOver(CancellationToken cancellationToken)
    {
        if (await _documents.Get(key, cancellationToken) is not { } stored)
        {
            (_books, _version, _wait) = (new PoolBooks { Activations = 1 }, 1, TimeSpan.Zero);
            // It has no ARN; what stands in its place only has to be its own.
            return await _documents.Create(key, key, _books, services.Time.GetUtcNow(), [], int.MaxValue, cancellationToken) == ResourceCreation.Created;
        }

        _books = stored.Value with { Activations = stored.Value.Activations + 1, IsAtRest = false };
        _version = stored.Version + 1;
        _wait = services.IsAlone || stored.Value.IsAtRest ? TimeSpan.Zero : Term + SureFor;
        return await _documents.Replace(key, _books, stored.Version, cancellationToken);
    }

    /// <summary>
    /// False when the store does not say: nothing is leased then, and the next request looks again. To end for that would cost all silos the
    /// wait of the next activation; alone there is none.
    /// </summary>
    private async ValueTask<bool> TryMakeSure(CancellationToken cancellationToken)
    {
        var before = ReadClocks(services.Time);
        StoredDocuments<PoolBooks>.Versioned? stored;
        try
        {
            stored = await _documents.Get(key, cancellationToken);
        }
        catch (StorageException e) when (!services.IsAlone)
        {
            LogNotSure(key, e);
            return false;
        }

        if (stored?.Version != _version) throw Replaced();
        _sureAt = before;
        return true;
    }

    private async ValueTask Save(CancellationToken cancellationToken)
    {
        var before = ReadClocks(services.Time);
        var books = Books();
        if (!await _documents.Replace(key, books, _version, cancellationToken)) throw Replaced();
        (_books, _version, _sureAt) = (books, _version + 1, before);
    }

    private PoolBooks Books()
    {
        var quotas = new Dictionary<string, QuotaBook>(_books.Quotas ?? new Dictionary<string, QuotaBook>(), StringComparer.Ordinal);
        var warmUps = new Dictionary<string, WarmUpBook>(_books.WarmUps ?? new Dictionary<string, WarmUpBook>(), StringComparer.Ordinal);
        foreach (var (name, budget) in _budgets)
        {
            if (budget.Quota is { } quota) quotas[name] = QuotaBook.Of(quota);
            if (budget.WarmUp.Book is { } book) warmUps[name] = book;
        }

        return _books with { Quotas = quotas.Count == 0 ? null : quotas, WarmUps = warmUps.Count == 0 ? null : warmUps };
    }

    [LoggerMessage(2025, LogLevel.Information, "This silo keeps the limits of {Pool} for all; it leases rates in {WaitSeconds:0} s")]
    private partial void LogActivated(string pool, double waitSeconds);

    [LoggerMessage(2026, LogLevel.Warning, "It could not be stored how far the warm-up of {Ip} has come; it is tried again")]
    private partial void LogMoveFailed(string ip, Exception exception);

    [LoggerMessage(2027, LogLevel.Warning, "It is not known whether this silo still keeps the limits of {Pool}, so that it leases nothing for now")]
    private partial void LogNotSure(string pool, Exception exception);

    // With that this activation is dropped; the next call is for one that takes over.
    private StorageException Replaced() => new($"Another activation of {key} has taken over.");

    private static LeaseInstant ReadClocks(TimeProvider time) => new(time.GetElapsedTime(0), time.GetUtcNow());
}
