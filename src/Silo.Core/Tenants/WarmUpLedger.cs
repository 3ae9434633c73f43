using Silo.Core.Addresses;
using Silo.Core.Reputation;
using Silo.Core.Suspension;
using Silo.Core.WarmUp;

namespace Silo.Core.Tenants;

/// <summary>
/// What a tenant's warm-up let go and how far it has come, in total and per provider: part of the fold of its events, so that after a crash
/// it is what was known before. A hand-over counts when its outcome is known, in the hour in which it began; one that was in hand at a
/// crash, when it was found again.
/// </summary>
/// <remarks>
/// A day of an adaptive plan is judged at the first fact after its end, by what was known until then. A hand-over that may only have been
/// passed on counts as delivered until it is known better. Mutable, owned by one actor.
/// </remarks>
public sealed class WarmUpLedger
{
    private Meter? _total;
    private IReadOnlyList<Meter> _providers = [];
    private DateTimeOffset _since;

    /// <summary>Null without a warm-up.</summary>
    public TenantWarmUp? WarmUp { get; private set; }

    /// <summary>The event by which it was set or ended last; 0 when none ever was. A permit that was given under another is void.</summary>
    public long SetBy { get; private set; }

    /// <summary>What began before does not count.</summary>
    public DateTimeOffset Since => _since;

    public IEnumerable<string> Providers => _providers.Select(p => p.Provider!);

    internal static WarmUpLedger Read(WarmUpRecord? stored)
    {
        if (stored is null) return new WarmUpLedger();
        var ledger = new WarmUpLedger { WarmUp = stored.WarmUp, SetBy = stored.SetBy, _since = stored.Since };
        if (stored.WarmUp is { } warmUp) ledger.Build(warmUp, p => p is null ? stored.Total : stored.Providers?.FirstOrDefault(s => s.Provider == p)?.State);
        return ledger;
    }

    internal WarmUpRecord? Write() => SetBy == 0 ? null : new WarmUpRecord
    {
        WarmUp = WarmUp, SetBy = SetBy, Since = _since, Total = _total?.Book.State ?? default,
        Providers = _providers.Count == 0 ? null : [.. _providers.Select(p => new ProviderWarmUpRecord(p.Provider!, p.Book.State))],
    };

    /// <summary>
    /// A meter of one's own that goes on from what is known, for questions: it may be changed. Null when no such cap was set.
    /// </summary>
    /// <param name="provider">Null for the total.</param>
    /// <param name="change">What is known besides; given the state at <paramref name="now"/> and where its day and hour begin.</param>
    public WarmUpMeter? MeterFor(string? provider, DateTimeOffset now, Func<WarmUpState, WarmUpState>? change = null)
    {
        if ((provider is null ? _total : _providers.FirstOrDefault(p => p.Provider == provider)) is not { } meter) return null;
        var state = meter.Copy().Save(now);
        return new WarmUpMeter(meter.Book.Plan, WarmUp!.StartedAt, change?.Invoke(state) ?? state);
    }

    internal void Set(TenantEvent e, TenantStanding standing)
    {
        // With the same start it goes on as the same warm-up with other caps: what left in this hour stays counted.
        var goesOn = WarmUp is not null && e.WarmUp?.StartedAt == WarmUp.StartedAt;
        var (before, beforeOf) = (_total, _providers);
        (WarmUp, SetBy) = (e.WarmUp, e.Sequence);
        if (!goesOn) _since = e.At;
        (_total, _providers) = (null, []);
        if (e.WarmUp is null) return;
        Build(e.WarmUp, p => !goesOn ? null : p is null ? before!.Book.State : beforeOf.FirstOrDefault(b => b.Provider == p)?.Book.State);
        Find(standing, e.At);
    }

    internal void Apply(TenantEvent e)
    {
        if (_total is null) return;
        if (e.Standing is { } standing) Find(standing, e.At);
        if (IsHandOver(e)) Each(e, static (m, e, at) => m.Book.Count(e.Units, at));
        if (e.Simulated) return;
        var delivered = e.Kind switch
        {
            TenantEventKind.HandedOver or TenantEventKind.Delivered when e.Previous is null => e.Units,
            TenantEventKind.HardBounced or TenantEventKind.SoftBounced or TenantEventKind.Blocked when e.Previous is not null => -e.Units,
            _ => 0,
        };
        if (delivered != 0) Each(e, (m, e, at) => m.IfToday(at, e.At, b => b.Delivered(delivered, e.At)));
        if ((e.Kind == TenantEventKind.Blocked && !e.CommonCause) || (e.Kind == TenantEventKind.Deferred && e.AskedToSlowDown))
            Each(e, static (m, e, at) => m.IfToday(at, e.At, b => b.Refused(e.Units, e.At)));
    }

    /// <summary>Feedback about mail that left earlier says of no further attempt.</summary>
    private static bool IsHandOver(TenantEvent e) =>
        e.Attempts > 0 && (e.SentAt is not null || e.Kind is TenantEventKind.PossibleDuplicate or TenantEventKind.SetAside);

    private static string? ProviderOf(TenantEvent e) =>
        e.Recipient is { } address ? MailboxProvider.Of(address, e.Provider).Name : null;

    private void Each(TenantEvent e, Action<Meter, TenantEvent, DateTimeOffset> count)
    {
        var at = e.SentAt ?? e.At;
        if (e.SentAt < _since) return;
        _total!.Book.Advance(e.At);
        count(_total, e, at);
        if (_providers.Count == 0) return;
        var provider = ProviderOf(e);
        if (_providers.FirstOrDefault(p => p.Provider == provider) is not { } meter) return;
        meter.Book.Advance(e.At);
        count(meter, e, at);
    }

    private void Find(TenantStanding standing, DateTimeOffset at)
    {
        // A finding about the volume says nothing against the mail, and a warm-up bounds the volume itself.
        var finding = standing.OpenFindings.All(f => f.Type == FindingType.Volume) ? WarmUpFinding.None
            : standing.OpenFindings.Any(f => f.Impact == FindingImpact.High && f.Type != FindingType.Volume) ? WarmUpFinding.High
            : WarmUpFinding.Low;
        _total!.Book.Found(finding, at);
        foreach (var provider in _providers) provider.Book.Found(finding, at);
    }

    private void Build(TenantWarmUp warmUp, Func<string?, WarmUpState?> stateOf)
    {
        _total = new Meter(null, new WarmUpMeter(warmUp.Plan, warmUp.StartedAt, stateOf(null) ?? default), warmUp.StartedAt);
        _providers =
        [
            .. from caps in warmUp.ProviderCaps ?? []
               let plan = WarmUpPlan.Create(caps.DailyCaps, warmUp.Mode).Plan
               where plan is not null
               select new Meter(caps.Provider, new WarmUpMeter(plan, warmUp.StartedAt, stateOf(caps.Provider) ?? default), warmUp.StartedAt),
        ];
    }

    private sealed record Meter(string? Provider, WarmUpMeter Book, DateTimeOffset StartedAt)
    {
        public WarmUpMeter Copy() => new(Book.Plan, StartedAt, Book.State);

        /// <summary>What is learnt of mail of an earlier day comes too late to judge that day by, and says nothing of this one.</summary>
        public void IfToday(DateTimeOffset sentAt, DateTimeOffset now, Action<WarmUpMeter> tell)
        {
            Book.Advance(now);
            if (WarmUpSchedule.PositionAt(StartedAt, sentAt).Day == Book.State.Day) tell(Book);
        }
    }
}

/// <summary>The stored form of a <see cref="WarmUpLedger"/>.</summary>
public sealed record WarmUpRecord
{
    public TenantWarmUp? WarmUp { get; init; }

    public long SetBy { get; init; }

    public DateTimeOffset Since { get; init; }

    public WarmUpState Total { get; init; }

    public IReadOnlyList<ProviderWarmUpRecord>? Providers { get; init; }
}

public sealed record ProviderWarmUpRecord(string Provider, WarmUpState State);
