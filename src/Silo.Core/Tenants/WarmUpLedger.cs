using System.Collections.Frozen;
using Silo.Core.Reputation;
using Silo.Core.Suspension;
using Silo.Core.WarmUp;

namespace Silo.Core.Tenants;

/// <summary>
/// What a tenant's warm-up let go and how far it has come, as a whole or for each sending domain, in total and per provider: part of the
/// fold of its events, so that after a crash it is what was known before. A hand-over counts when its outcome is known, in the hour in
/// which it began; one that was in hand at a crash, when it was found again. What overflowed to another pool counts nowhere.
/// </summary>
/// <remarks>
/// A day of an adaptive plan is judged at the first fact after its end, by what was known until then. A hand-over that may only have been
/// passed on counts as delivered until it is known better. Mutable, owned by one actor.
/// </remarks>
public sealed class WarmUpLedger
{
    /// <summary>Domains of a tenant that can have a warm-up of their own; those that come later share one.</summary>
    public const int MaxDomains = 100;

    /// <summary>Stands for all domains without a warm-up of their own, and for mail that does not tell its domain.</summary>
    public const string OtherDomains = "*";

    private WarmUpMeters? _whole;
    private IReadOnlyList<WarmUpMeters> _domains = [];

    /// <summary>Null without a warm-up.</summary>
    public TenantWarmUp? WarmUp { get; private set; }

    /// <summary>The event by which it was set or ended last; 0 when none ever was. A permit that was given under another is void.</summary>
    public long SetBy { get; private set; }

    /// <summary>What began before does not count.</summary>
    public DateTimeOffset Since { get; private set; }

    /// <summary>
    /// The domains whose warm-up has begun, and <see cref="OtherDomains"/>; another set when one begins. Null unless it is by domain.
    /// </summary>
    public FrozenSet<string>? Domains { get; private set; }

    /// <summary>The tenant's, or those of its domains in the order in which they began; none without a warm-up.</summary>
    public IReadOnlyList<WarmUpMeters> All => _whole is null ? _domains : [_whole];

    internal static WarmUpLedger Read(WarmUpRecord? stored)
    {
        if (stored is null) return new WarmUpLedger();
        var ledger = new WarmUpLedger { WarmUp = stored.WarmUp, SetBy = stored.SetBy, Since = stored.Since };
        ledger.Build(
            p => p is null ? stored.Total : StateIn(stored.Providers, p),
            stored.Domains?.Select(d => new Begun(d.Domain, d.BegunAt, p => p is null ? d.Total : StateIn(d.Providers, p))));
        return ledger;

        static WarmUpState? StateIn(IReadOnlyList<ProviderWarmUpRecord>? states, string provider) =>
            states?.FirstOrDefault(s => s.Provider == provider)?.State;
    }

    internal WarmUpRecord? Write() => SetBy == 0 ? null : new WarmUpRecord
    {
        WarmUp = WarmUp, SetBy = SetBy, Since = Since, Total = _whole?.StateOf(null) ?? default, Providers = _whole?.WriteProviders(),
        Domains = _domains.Count == 0
            ? null
            : [.. _domains.Select(Record)],
    };

    /// <summary>Under which key mail of a sending domain counts, or will once that has begun; null for the tenant's.</summary>
    public string? KeyOf(string? sendingDomain)
    {
        if (Domains is null) return null;
        if (sendingDomain is null) return OtherDomains;
        // The set names the others too, whether or not they have begun.
        return Domains.Contains(sendingDomain) || Domains.Count <= MaxDomains ? sendingDomain : OtherDomains;
    }

    /// <param name="key">As <see cref="KeyOf"/> gave it. Null when there is no warm-up, or that of the domain has not begun.</param>
    public WarmUpMeters? Of(string? key) => key is null ? _whole : _domains.FirstOrDefault(d => d.Domain == key);

    /// <summary>
    /// A meter of one's own that goes on from what is known, for questions: it may be changed. Null when no such cap was set.
    /// </summary>
    /// <param name="provider">Null for the total.</param>
    /// <param name="change">What is known besides; given the state at <paramref name="now"/> and where its day and hour begin.</param>
    public WarmUpMeter? MeterFor(string? provider, DateTimeOffset now, Func<WarmUpState, WarmUpState>? change = null) =>
        _whole?.MeterFor(provider, now, change);

    /// <summary>Whether a warm-up goes on as the present one with other caps: what left in this hour stays counted.</summary>
    public bool GoesOnAs(TenantWarmUp? next) =>
        WarmUp is { } present && next is not null && next.StartedAt == present.StartedAt && next.ByDomain == present.ByDomain;

    internal void Set(TenantEvent e, TenantStanding standing)
    {
        var goesOn = GoesOnAs(e.WarmUp);
        var (before, beforeOf) = (_whole, _domains);
        (WarmUp, SetBy) = (e.WarmUp, e.Sequence);
        if (!goesOn) Since = e.At;
        Build(
            p => goesOn ? before?.StateOf(p) : null,
            goesOn ? beforeOf.Select(d => new Begun(d.Domain!, d.BegunAt, d.StateOf)) : null);
        Find(standing, e.At);
    }

    internal void Apply(TenantEvent e, TenantStanding standing)
    {
        if (WarmUp is null) return;
        if (e.Standing is not null) Find(standing, e.At);
        if (e.Kind == TenantEventKind.DomainWarmUpBegan) Begin(KeyOf(e.SendingDomain)!, e.At, standing);
        else if (!e.Overflowed && !(e.SentAt < Since)) MetersFor(e, standing)?.Apply(e);
    }

    private WarmUpMeters? MetersFor(TenantEvent e, TenantStanding standing)
    {
        if (Domains is null) return _whole;
        var isHandOver = WarmUpMeters.IsHandOver(e);
        // Feedback that does not tell its domain is about any of them.
        if (e.SendingDomain is null && !isHandOver) return null;
        var key = KeyOf(e.SendingDomain)!;
        // What was in hand at a crash has left before it had to ask.
        if (isHandOver && Of(key) is null) Begin(key, e.At, standing);
        return Of(key);
    }

    private void Begin(string key, DateTimeOffset at, TenantStanding standing)
    {
        if (Domains is null || Of(key) is not null) return;
        var begunAt = at > Since ? at : Since;
        var begun = new WarmUpMeters(WarmUp!, key, begunAt, StartOf(begunAt), _ => null);
        begun.Found(FindingOf(standing), at);
        _domains = [.. _domains, begun];
        Domains = KeysOf(_domains);
    }

    /// <summary>A domain has its own first day, which does not begin before the tenant's.</summary>
    private DateTimeOffset StartOf(DateTimeOffset begunAt) => begunAt > WarmUp!.StartedAt ? begunAt : WarmUp.StartedAt;

    private void Find(TenantStanding standing, DateTimeOffset at)
    {
        foreach (var meters in All) meters.Found(FindingOf(standing), at);
    }

    // A finding about the volume says nothing against the mail, and a warm-up bounds the volume itself.
    private static WarmUpFinding FindingOf(TenantStanding standing) =>
        standing.OpenFindings.All(f => f.Type == FindingType.Volume) ? WarmUpFinding.None
        : standing.OpenFindings.Any(f => f.Impact == FindingImpact.High && f.Type != FindingType.Volume) ? WarmUpFinding.High
        : WarmUpFinding.Low;

    private void Build(Func<string?, WarmUpState?> stateOf, IEnumerable<Begun>? domains)
    {
        (_whole, _domains, Domains) = (null, [], null);
        if (WarmUp is null) return;
        if (!WarmUp.ByDomain)
        {
            _whole = new WarmUpMeters(WarmUp, null, Since, WarmUp.StartedAt, stateOf);
            return;
        }

        _domains = [.. (domains ?? []).Select(d => new WarmUpMeters(WarmUp, d.Domain, d.BegunAt, StartOf(d.BegunAt), d.StateOf))];
        Domains = KeysOf(_domains);
    }

    private static FrozenSet<string> KeysOf(IEnumerable<WarmUpMeters> domains) =>
        domains.Select(d => d.Domain!).Append(OtherDomains).ToFrozenSet(StringComparer.Ordinal);

    private static DomainWarmUpRecord Record(WarmUpMeters of) =>
        new(of.Domain!, of.BegunAt, of.StateOf(null)!.Value) { Providers = of.WriteProviders() };

    private readonly record struct Begun(string Domain, DateTimeOffset BegunAt, Func<string?, WarmUpState?> StateOf);
}

/// <summary>The stored form of a <see cref="WarmUpLedger"/>.</summary>
public sealed record WarmUpRecord
{
    public TenantWarmUp? WarmUp { get; init; }

    public long SetBy { get; init; }

    public DateTimeOffset Since { get; init; }

    public WarmUpState Total { get; init; }

    public IReadOnlyList<ProviderWarmUpRecord>? Providers { get; init; }

    /// <summary>In the order in which they began; null for none.</summary>
    public IReadOnlyList<DomainWarmUpRecord>? Domains { get; init; }
}

public sealed record ProviderWarmUpRecord(string Provider, WarmUpState State);

public sealed record DomainWarmUpRecord(string Domain, DateTimeOffset BegunAt, WarmUpState Total)
{
    public IReadOnlyList<ProviderWarmUpRecord>? Providers { get; init; }
}
