using System.Buffers;
using Silo.Core.Addresses;
using Silo.Core.Delivery;
using Silo.Core.Pacing;
using Silo.Core.QueueControl;
using Silo.Core.Reputation;
using Silo.Core.Suspension;
using Silo.Core.Trust;

namespace Silo.Core.Tenants;

/// <summary>
/// The fold of a tenant's events: standing, books and counters after the event <see cref="Sequence"/>. The same events give the same
/// bytes, however often and in however many pieces they are applied. Mutable, owned by one actor.
/// </summary>
public sealed partial class TenantLedger
{
    private static readonly TimeSpan ClosedFindingsKept = TimeSpan.FromDays(30);
    private const int ClosedFindingsLimit = 50;

    private List<Finding> _closedFindings = [];

    private TenantLedger(TenantStanding standing, ReputationCounters counters)
    {
        Standing = standing;
        Counters = counters;
    }

    public long Sequence { get; private set; }

    public TenantStanding Standing { get; private set; }

    public TenantSuppression? Suppression { get; private set; }

    public TenantLimits Limits { get; private set; } = TenantLimits.None;

    /// <summary>Mail that was accepted before is expired, not sent. It only moves forward: what was given up stays so.</summary>
    public DateTimeOffset? AcceptedFrom { get; private set; }

    /// <summary>Orders about queued mail that are in force, the oldest first. A new list with each change.</summary>
    public IReadOnlyList<QueueOrder> Orders { get; private set; } = [];

    /// <summary>
    /// The event after which <see cref="Orders"/> are what they are. A ledger that was read from a snapshot knows only the latest that it can
    /// be: the snapshot's.
    /// </summary>
    public long OrdersSince { get; private set; }

    /// <summary>
    /// Orders held mail, and it is not known yet that all of it is back in the queue: the walk that lets it go may have been broken off.
    /// </summary>
    public bool HoldsMail { get; private set; }

    /// <summary>
    /// Since when mail waits for budgets alone: the latest end of a pause, or of an order that held mail. Null when there was none.
    /// </summary>
    public DateTimeOffset? WaitsCountFrom { get; private set; }

    public TenantBooks Books { get; private set; } = new();

    /// <summary>What of the tenant's plan quotas is used.</summary>
    public PlanUse PlanUse { get; private init; } = new();

    /// <summary>What it is billed for.</summary>
    public TenantUsage Usage { get; private init; } = new();

    public WarmUpLedger WarmUp { get; private init; } = new();

    public ReputationCounters Counters { get; }

    public IReadOnlyList<Finding> ClosedFindings => _closedFindings;

    public static TenantLedger New(DateTimeOffset createdAt, TenantSuppression? suppression, TenantTrust? trust = null) =>
        new(TenantStanding.Created(createdAt), new ReputationCounters()) { Suppression = suppression, Trust = trust ?? TenantTrust.None };

    public static TenantLedger Read(long sequence, ReadOnlySpan<byte> state, ReadOnlySpan<byte> counters)
    {
        var stored = TenantState.Read(state);
        return new TenantLedger(stored.Standing, ReputationCounters.Read(counters))
        {
            Sequence = sequence,
            Suppression = stored.Suppression,
            Limits = stored.Limits ?? TenantLimits.None,
            AcceptedFrom = stored.AcceptedFrom,
            Orders = stored.Orders ?? [],
            OrdersSince = sequence,
            HoldsMail = stored.HoldsMail,
            WaitsCountFrom = stored.WaitsCountFrom,
            Books = stored.Books,
            PlanUse = PlanUse.Read(stored.AcceptedByDay ?? [], stored.AcceptedByMonth ?? []),
            WarmUp = WarmUpLedger.Read(stored.WarmUp),
            _closedFindings = [.. stored.ClosedFindings],
            _findingHistory = stored.FindingHistory ?? [],
            External = ExternalReports.Read(stored.Reports, stored.Listings),
            Volumes = VolumeHistory.Read(stored.Volumes),
            _bounceSamples = OutcomeSamples.Of(stored.BounceSamples),
            _complaintSamples = OutcomeSamples.Of(stored.ComplaintSamples),
            _reportSamples = OutcomeSamples.Of(stored.ReportSamples),
            Trust = stored.Trust ?? TenantTrust.None,
            Delivered = stored.Delivered,
            HighFindings = stored.HighFindings,
            Usage = TenantUsage.Read(stored.Usage),
        };
    }

    public byte[] WriteState() => new TenantState
    {
        Standing = Standing, Suppression = Suppression, Limits = Limits == TenantLimits.None ? null : Limits,
        AcceptedFrom = AcceptedFrom, Orders = Orders, HoldsMail = HoldsMail, WaitsCountFrom = WaitsCountFrom, Books = Books,
        AcceptedByDay = NotEmpty(PlanUse.Days), AcceptedByMonth = NotEmpty(PlanUse.Months), WarmUp = WarmUp.Write(),
        ClosedFindings = _closedFindings, FindingHistory = NotEmpty(_findingHistory), Reports = NotEmpty(External.Reports),
        Listings = NotEmpty(External.Listings), Volumes = Volumes.Write(), BounceSamples = _bounceSamples.ToList(),
        ComplaintSamples = _complaintSamples.ToList(), ReportSamples = _reportSamples.ToList(),
        Trust = Trust == TenantTrust.None ? null : Trust, Delivered = Delivered, HighFindings = HighFindings,
        Usage = Usage.Write(),
    }.ToBytes();

    public byte[] WriteCounters()
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        Counters.WriteTo(buffer);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Gives the event the next number and applies it.</summary>
    public TenantEvent Append(TenantEvent e)
    {
        var numbered = e with { Sequence = Sequence + 1 };
        Apply(numbered);
        return numbered;
    }

    /// <exception cref="InvalidOperationException">The event is not the next one: one is missing, or it was applied before.</exception>
    public void Apply(TenantEvent next)
    {
        if (next.Sequence != Sequence + 1)
            throw new InvalidOperationException($"Event {next.Sequence} does not follow {Sequence}.");

        Sequence = next.Sequence;
        Books = Book(Books, next);
        Count(next);
        if (next.Kind == TenantEventKind.Accepted) PlanUse.Count(next.Units, next.At);
        Usage.Apply(next);
        if (EndsAStop(next)) WaitsCountFrom = next.At;
        if (next.Standing is not null) Take(next.Standing);
        if (next.AcceptedFrom > (AcceptedFrom ?? DateTimeOffset.MinValue)) AcceptedFrom = next.AcceptedFrom;
        if (next.Kind == TenantEventKind.SettingsChanged) Suppression = next.Suppression;
        if (next.Kind == TenantEventKind.LimitsChanged) Limits = next.Limits ?? TenantLimits.None;
        if (next.Kind == TenantEventKind.WarmUpChanged) WarmUp.Set(next, Standing);
        else WarmUp.Apply(next, Standing);
        if (next is { Kind: TenantEventKind.QueueOrdered, Order: { } order })
            (Orders, HoldsMail) = ([.. Orders, order], HoldsMail || order.Action == QueueAction.Hold);
        if (next.Kind == TenantEventKind.QueueOrderEnded) Orders = [.. Orders.Where(o => o.Id != next.OrderId)];
        if (next.Kind is TenantEventKind.QueueOrdered or TenantEventKind.QueueOrderEnded) OrdersSince = next.Sequence;
        if (next.Kind == TenantEventKind.QueueReleased) HoldsMail = false;
        if (next is { Kind: TenantEventKind.FindingClosed, Finding: not null }) Keep(next.Finding, next.At);
        FollowTrust(next);
        Look(next);
    }

    private bool EndsAStop(TenantEvent e) =>
        (e.Standing is { MaySend: true } && !Standing.MaySend)
        || (e.Kind == TenantEventKind.QueueOrderEnded && Orders.Any(o => o.Id == e.OrderId && o.Action == QueueAction.Hold));

    private void Take(TenantStanding standing)
    {
        Standing = standing;
        // After a reinstatement only newer sends count as a new violation.
        if (standing.ReinstatedAt is { } at) Counters.CountNewFrom(at);
    }

    private static TenantBooks Book(TenantBooks books, TenantEvent e)
    {
        if (e.InDoubt) return books;
        return Booked(e.Restores is null ? books : Restore(books, e), e);
    }

    private static TenantBooks Restore(TenantBooks books, TenantEvent e)
    {
        books = books with { Bounced = books.Bounced - e.Units };
        return e.Restores == UnitState.Delivered
            ? books with { Delivered = books.Delivered + e.Units }
            : books with { HandedOver = books.HandedOver + e.Units };
    }

    private static TenantBooks Booked(TenantBooks books, TenantEvent e) => e.Kind switch
    {
        TenantEventKind.Accepted => books with { Accepted = books.Accepted + e.Units },
        TenantEventKind.Suppressed => books with { Suppressed = books.Suppressed + e.Units },
        TenantEventKind.HandedOver => books with { HandedOver = books.HandedOver + e.Units },
        TenantEventKind.Delivered => Leave(books, e) with { Delivered = books.Delivered + e.Units },
        TenantEventKind.HardBounced or TenantEventKind.SoftBounced or TenantEventKind.Blocked =>
            Leave(books, e) with { Bounced = books.Bounced + e.Units },
        TenantEventKind.Expired => books with { Expired = books.Expired + e.Units },
        TenantEventKind.Cancelled => books with { Cancelled = books.Cancelled + e.Units },
        TenantEventKind.Rejected => books with { Rejected = books.Rejected + e.Units },
        TenantEventKind.PossibleDuplicate => books with { PossibleDuplicates = books.PossibleDuplicates + e.Units },
        TenantEventKind.SetAside => books with { SetAside = books.SetAside + e.Units },
        _ => books,
    };

    private static TenantBooks Leave(TenantBooks books, TenantEvent e) => e.Previous switch
    {
        UnitState.HandedOver => books with { HandedOver = books.HandedOver - e.Units },
        UnitState.Delivered => books with { Delivered = books.Delivered - e.Units },
        _ => books,
    };

    private void Count(TenantEvent e)
    {
        if (CountedFact.Of(e) is not { } counted) return;
        var (sentAt, provider) = (counted.SentAt, counted.Provider);
        if (counted.Restored is { } again) Counters.Record(again, sentAt, e.FeedbackLoop, provider: provider);
        if (counted is { TakenBack: { } before, Added: { } after })
            Counters.Move(before, after, sentAt, e.FeedbackLoop, e.At, provider, e.Bounce);
        else if (counted.TakenBack is { } gone) Counters.Record(gone, sentAt, e.FeedbackLoop, -1, provider: provider);
        else if (counted.Added is { } fact) Counters.Record(fact, sentAt, e.FeedbackLoop, e.Units, e.At, provider, e.Bounce);
    }

    private static IReadOnlyList<T>? NotEmpty<T>(IReadOnlyList<T> list) => list.Count == 0 ? null : list;

    private void Keep(Finding closed, DateTimeOffset at)
    {
        // A new list: snapshots that were taken may still be read by others.
        _closedFindings = [.. _closedFindings.Where(f => at - f.ClosedAt < ClosedFindingsKept).TakeLast(ClosedFindingsLimit - 1), closed];
    }
}
