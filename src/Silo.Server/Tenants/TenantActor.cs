using Silo.Core.Limits;
using Silo.Core.Reputation;
using Silo.Core.Suppression;
using Silo.Core.Suspension;
using Silo.Core.Tenants;
using Silo.Core.Trust;
using Silo.Server.Delivery;
using Silo.Storage;

namespace Silo.Server.Tenants;

/// <summary>
/// The shell around one tenant's rules: load, call the rule, persist, answer. One call at a time is the host's promise. Facts about
/// mail are applied when they are put in line for the disk, since what follows from them (a pause) must not wait; changes that
/// somebody asked for are awaited in the turn, so that nobody sees them before they are stored. A failed write drops the activation.
/// </summary>
public sealed partial class TenantActor(string name, TenantServices services) : ITenant, ITenantDelivery, Embedded.IActor
{
    private StoredTenant? _row;
    private TenantLedger? _ledger;
    private TokenBucket? _bucket;
    private SortedSet<string>? _associations;
    private int _associationChanges;
    private int _inHand;
    private long _watched;
    private long _snapshotSequence;
    private TenantStanding? _snapshotStanding;
    private readonly WarmUpPermits _warmUp = new();
    private FeedbackMemory? _feedback;

    /// <summary>0 when there is no such tenant. To be asked in its turn.</summary>
    internal long TenantKey => _row?.TenantKey ?? 0;

    private ISpool Spool => services.Store.Spool;

    private SendingGate Gate => services.Gates.Of(_row!.TenantKey);

    private SendingTerms Terms => new(_ledger!.AcceptedFrom, _ledger.Orders)
    {
        OrdersSince = _ledger.OrdersSince, HoldsMail = _ledger.HoldsMail, WarmUpSetBy = _ledger.WarmUp.SetBy,
        WaitsCountFrom = _ledger.WaitsCountFrom, WarmUpDomains = _ledger.WarmUp.Domains, OverflowPool = OverflowPool,
        Suppression = _ledger.Suppression,
    };

    private double SendRate => (_ledger!.LimitsInForce.SendRate ?? services.Options.SendRate) * _effects.RateFactor;

    private double SendBurst => Math.Max(1, (_ledger!.LimitsInForce.SendBurst ?? services.Options.SendBurst) * _effects.RateFactor);

    private DateTimeOffset Now => services.Time.GetUtcNow();

    private string Arn => services.Arns.Tenant(name, _row!.TenantId);

    public async ValueTask Activate(bool clean, CancellationToken cancellationToken)
    {
        var claim = await Claim(cancellationToken);
        if (!clean && claim.Tenant is { } row)
        {
            // Writes of the activation before may still be in line: behind this one it is known what became of them.
            await Spool.WhenCommitted(Spool.Enqueue(new SpoolWrite { TenantKey = row.TenantKey }), cancellationToken);
            claim = await Claim(cancellationToken);
        }

        Adopt(claim.Tenant, clean && claim.Unsettled.Count == 0);
        if (claim.Unsettled.Count > 0) await Recover(claim.Unsettled, cancellationToken);
        // Not before what was in hand is marked: the queue is read as it is then. Told to whichever claim was the first.
        if (services.Dispatcher().Arrivals.Take(name) is { } backlog) services.Dispatcher().TakeUp(backlog);
        if (_row is not null && Terms.NeedSift) services.Dispatcher().Sift(_row!.TenantKey, name);
    }

    public async ValueTask<bool> Deactivate(bool force)
    {
        if (_row is null) return true;
        if (_inHand > 0 && !force) return false;
        // Also when the last write took a snapshot along: a life that begins before that is stored would know nothing of a pause in it.
        var ticket = EnqueueSnapshot() is var saved and not 0 ? saved : Volatile.Read(ref _watched);
        if (ticket != 0) await Spool.WhenCommitted(ticket, CancellationToken.None);
        services.Gates.Remove(_row.TenantKey);
        // At the end of a process nothing is released: its incarnation is over as a whole. What has mail stays with who lets it leave.
        if (!force && _ledger!.Books.Open == 0 && await services.Store.Ownership.Release(_row.TenantKey, CancellationToken.None))
            services.Dispatcher().Forget(_row.TenantKey);
        return true;
    }

    public async ValueTask<CreateTenantReply> Create(CreateTenant command, CancellationToken cancellationToken)
    {
        if (_row is not null) return new CreateTenantReply(CreateTenantResult.NameTaken, null);
        var now = Now;
        var trust = name != TenantName.Account && Ladder is { } ladder ? TrustRules.Begin(ladder, now) : null;
        // Also in what is stored at once: a crash before the event does not leave it without its tier.
        var ledger = TenantLedger.New(now, command.Suppression, trust);
        var created = await services.Store.Tenants.Create(
            new NewTenant(
                name, command.TenantId, services.Arns.Tenant(name, command.TenantId), now, Snapshot(ledger), command.Tags,
                services.MaxTenants),
            cancellationToken);
        if (created.Result != TenantCreationResult.Created)
        {
            return new CreateTenantReply(
                created.Result == TenantCreationResult.LimitReached ? CreateTenantResult.LimitReached : CreateTenantResult.NameTaken, null);
        }

        Adopt((await Claim(cancellationToken)).Tenant, clean: true);
        await Commit([new TenantEvent
        {
            Kind = TenantEventKind.Created, At = now, TenantId = command.TenantId, Suppression = command.Suppression,
            Standing = ledger.Standing, Trust = trust,
        }], cancellationToken);
        if (trust is not null)
        {
            _bucket!.Change(SendRate, SendBurst, Now);
            await PutTierPolicyInForce(cancellationToken);
        }

        return new CreateTenantReply(CreateTenantResult.Created, Describe());
    }

    public ValueTask<TenantDescription?> Describe(CancellationToken cancellationToken) =>
        ValueTask.FromResult(_row is null ? null : Describe());

    public async ValueTask<bool> SetLimits(TenantLimits limits, CancellationToken cancellationToken)
    {
        if (_row is null) return false;
        await Commit([new TenantEvent { Kind = TenantEventKind.LimitsChanged, At = Now, Limits = limits }], cancellationToken);
        _bucket!.Change(SendRate, SendBurst, Now);
        // It may rest until an instant that the old rate gave.
        services.Dispatcher().Wake(_row.TenantKey, name);
        return true;
    }

    public async ValueTask<bool> SetWarmUp(TenantWarmUp? warmUp, CancellationToken cancellationToken)
    {
        if (_row is null || (warmUp is null && _ledger!.WarmUp.WarmUp is null)) return false;
        // Permits that were given before count under no cap of it, so none of them may start from here on.
        Gate.Change(Terms with { WarmUpSetBy = _ledger!.Sequence + 1 });
        _warmUp.Follow(_ledger.WarmUp.GoesOnAs(warmUp));
        await Commit([new TenantEvent { Kind = TenantEventKind.WarmUpChanged, At = Now, WarmUp = warmUp }], cancellationToken);
        Gate.Change(Terms);
        services.Dispatcher().Wake(_row.TenantKey, name);
        return true;
    }

    public ValueTask<bool> Wake(CancellationToken cancellationToken) => ValueTask.FromResult(_row is not null);

    public ValueTask Checkpoint(CancellationToken cancellationToken)
    {
        EnqueueSnapshot();
        return ValueTask.CompletedTask;
    }

    private async ValueTask<TenantClaim> Claim(CancellationToken cancellationToken)
    {
        var claim = await services.Store.Tenants.Claim(name, cancellationToken);
        if (claim.Backlog is { } backlog) services.Dispatcher().Arrivals.Add(backlog);
        return claim.Result != ClaimResult.OwnedElsewhere ? claim
            : throw new StorageException($"Tenant {name} belongs to another silo, which has not given it yet.");
    }

    private void Adopt(StoredTenant? row, bool clean)
    {
        _row = row;
        ForgetAssociations();
        _warmUp.Begin();
        if (row is null) return;
        _ledger = TenantLedger.Read(row.Snapshot.AppliedSequence, row.Snapshot.State.Span, row.Snapshot.Counters.Span);
        _rollUps = new RollUps();
        foreach (var known in row.Tail.Select(e => TenantEvent.FromPayload(e.Sequence, e.At, e.Kind, e.Payload.Span)))
        {
            _ledger.Apply(known);
            _rollUps.Add(known);
        }

        HoldRollUps();

        _snapshotSequence = row.Snapshot.AppliedSequence;
        _snapshotStanding = row.Tail.Count == 0 ? _ledger.Standing : null;
        _bucket = null;
        FollowFindings();
        _bucket = new TokenBucket(SendRate, SendBurst, BucketEmptyAt(clean), full: false);
        // Orders are carried out while the tenant is paused as well.
        Gate.Change(Terms);
        if (_ledger.Standing.MaySend) Gate.Open(Terms);
        else Gate.Close();
    }

    /// <summary>
    /// The latest moment at which the bucket may have been empty. An actor that was collected had been idle for the collection age;
    /// of one whose call failed, or of an earlier process, nothing is known.
    /// </summary>
    private DateTimeOffset BucketEmptyAt(bool clean)
    {
        if (!clean) return Now;
        var idleSince = Now - services.CollectionAge;
        return idleSince > services.StartedAt ? idleSince : services.StartedAt;
    }

    private TenantDescription Describe() => new()
    {
        Name = name,
        TenantId = _row!.TenantId,
        Arn = Arn,
        CreatedAt = _row.CreatedAt,
        Standing = _ledger!.Standing,
        Suppression = _ledger.Suppression,
        Limits = _ledger.Limits,
        AcceptedToday = _ledger.PlanUse.OnDay(Now),
        AcceptedThisMonth = _ledger.PlanUse.InMonth(Now),
        WarmUp = _ledger.WarmUp.WarmUp,
        WarmUpUse = _warmUp.Report(_ledger.WarmUp, Now),
        Findings = Findings(Now),
        Orders = _ledger.Orders,
        Books = _ledger.Books,
        InHand = _inHand,
        LastDay = _ledger.Counters.Volume(ReputationWindow.Day, Now),
    };

    /// <summary>Numbers events, applies them, and puts them in line for the disk together with what they settle.</summary>
    private long Enqueue(
        IReadOnlyList<TenantEvent> events, IReadOnlyList<UnitSettlement>? settlements = null, IReadOnlyList<FeedbackMark>? marks = null) =>
        EnqueueApplied([.. events.Select(_ledger!.Append)], settlements: settlements, marks: marks);

    private long EnqueueApplied(
        IReadOnlyList<TenantEvent> events, MessageAppend? append = null, IReadOnlyList<UnitSettlement>? settlements = null,
        IReadOnlyList<NewSuppression>? suppressions = null, IReadOnlyList<FeedbackMark>? marks = null,
        Dictionary<string, string?>? sets = null, MessageFacts? messageFacts = null, SendMark? send = null)
    {
        FollowWarmUp();
        FollowFindings();
        foreach (var e in events) _rollUps.Add(e);
        // Lists filter on the columns of the snapshot, so a change of standing takes one along.
        var snapshot = !ReferenceEquals(_snapshotStanding, _ledger!.Standing)
            || _ledger.Sequence - _snapshotSequence >= services.Options.EventsPerSnapshot
            || Now - _rollUps.Since >= RollUpsWithin ? TakeSnapshot() : null;
        var ticket = Spool.Enqueue(new SpoolWrite
        {
            TenantKey = _row!.TenantKey,
            Append = append,
            Settlements = settlements ?? [],
            Events = [.. events.Select((e, i) => ToStored(e, i > 0 ? events[i - 1] : null, sets))],
            Snapshot = snapshot,
            RollUps = snapshot is null ? HoldRollUps() : TakeRollUps(),
            Suppressions = suppressions ?? [],
            Marks = marks ?? [],
            Facts = messageFacts,
            Send = send,
        });
        // A write without events leaves the ledger as it was: when it fails, nothing here is ahead of the disk.
        if (events.Count > 0 && Interlocked.Exchange(ref _watched, ticket) == 0) _ = Watch(ticket);
        return ticket;
    }

    /// <summary>
    /// Follows the writes to the disk. After one that failed this activation is ahead of the log, and every later event would be refused:
    /// it is dropped. Of several in line the last one tells: none commits behind a missing event.
    /// </summary>
    private async Task Watch(long ticket)
    {
        while (true)
        {
            try
            {
                await Spool.WhenCommitted(ticket, CancellationToken.None);
            }
            catch (Exception)
            {
                // Whoever waits for the ticket tells the failure; here it only matters that there was one.
                Discard();
            }

            var last = Interlocked.CompareExchange(ref _watched, 0, ticket);
            if (last == ticket) return;
            ticket = last;
        }
    }

    /// <summary>This activation is ahead of the disk: it is not to be called again. Called on any thread.</summary>
    private void Discard() => services.Discard(name);

    private async ValueTask Commit(IReadOnlyList<TenantEvent> events, CancellationToken cancellationToken) =>
        await Spool.WhenCommitted(Enqueue(events), cancellationToken);

    private long EnqueueSnapshot() => _row is null || _snapshotSequence == _ledger!.Sequence
        ? 0
        : Spool.Enqueue(new SpoolWrite { TenantKey = _row.TenantKey, Snapshot = TakeSnapshot(), RollUps = TakeRollUps() });

    private TenantSnapshot TakeSnapshot()
    {
        _snapshotSequence = _ledger!.Sequence;
        _snapshotStanding = _ledger.Standing;
        return Snapshot(_ledger);
    }

    private static TenantSnapshot Snapshot(TenantLedger ledger) => new(
        ledger.Sequence, ledger.WriteState(), ledger.WriteCounters(), ledger.Standing.Aggregate.ToString().ToUpperInvariant(),
        ledger.Standing.ReputationImpact?.ToString().ToUpperInvariant());
}
