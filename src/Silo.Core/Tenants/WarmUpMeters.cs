using Silo.Core.Addresses;
using Silo.Core.WarmUp;

namespace Silo.Core.Tenants;

/// <summary>
/// What the warm-up of one sender, a tenant or one of its sending domains, let go and how far it has come, in total and per provider.
/// Mutable, part of a <see cref="WarmUpLedger"/>.
/// </summary>
public sealed class WarmUpMeters
{
    private readonly Meter _total;
    private readonly IReadOnlyList<Meter> _providers;

    /// <param name="domain">Null for the tenant as a whole.</param>
    /// <param name="begunAt">What began before does not count.</param>
    /// <param name="startedAt">When its first day began or will begin.</param>
    /// <param name="stateOf">What is known of the total (null) and of a provider.</param>
    internal WarmUpMeters(
        TenantWarmUp warmUp, string? domain, DateTimeOffset begunAt, DateTimeOffset startedAt, Func<string?, WarmUpState?> stateOf)
    {
        (Domain, BegunAt, StartedAt) = (domain, begunAt, startedAt);
        _total = new Meter(null, new WarmUpMeter(warmUp.Plan, startedAt, stateOf(null) ?? default), startedAt);
        _providers =
        [
            .. from caps in warmUp.ProviderCaps ?? []
               let plan = WarmUpPlan.Create(caps.DailyCaps, warmUp.Mode).Plan
               where plan is not null
               select new Meter(caps.Provider, new WarmUpMeter(plan, startedAt, stateOf(caps.Provider) ?? default), startedAt),
        ];
    }

    /// <summary>Null for the tenant as a whole, <see cref="WarmUpLedger.OtherDomains"/> for those without one of their own.</summary>
    public string? Domain { get; }

    public DateTimeOffset BegunAt { get; }

    public DateTimeOffset StartedAt { get; }

    public IEnumerable<string> Providers => _providers.Select(p => p.Provider!);

    /// <inheritdoc cref="WarmUpLedger.MeterFor"/>
    public WarmUpMeter? MeterFor(string? provider, DateTimeOffset now, Func<WarmUpState, WarmUpState>? change = null)
    {
        if (Find(provider) is not { } meter) return null;
        var state = meter.Copy().Save(now);
        return new WarmUpMeter(meter.Book.Plan, StartedAt, change?.Invoke(state) ?? state);
    }

    internal WarmUpState? StateOf(string? provider) => Find(provider)?.Book.State;

    internal IReadOnlyList<ProviderWarmUpRecord>? WriteProviders() =>
        _providers.Count == 0 ? null : [.. _providers.Select(p => new ProviderWarmUpRecord(p.Provider!, p.Book.State))];

    internal void Found(WarmUpFinding finding, DateTimeOffset at)
    {
        _total.Book.Found(finding, at);
        foreach (var provider in _providers) provider.Book.Found(finding, at);
    }

    internal void Apply(TenantEvent e)
    {
        if (e.SentAt < BegunAt) return;
        if (IsHandOver(e)) Each(e, static (m, e, at) => m.Book.Count(e.Units, at));
        if (e.Simulated) return;
        var delivered = (e.Restores is null ? 0 : e.Units) + e.Kind switch
        {
            _ when e.InDoubt => 0,
            TenantEventKind.HandedOver or TenantEventKind.Delivered when e.Previous is null => e.Units,
            TenantEventKind.HardBounced or TenantEventKind.SoftBounced or TenantEventKind.Blocked when e.Previous is not null => -e.Units,
            _ => 0,
        };
        if (delivered != 0) Each(e, (m, e, at) => m.IfToday(at, e.At, b => b.Delivered(delivered, e.At)));
        if ((e.Kind == TenantEventKind.Blocked && !e.CommonCause) || (e.Kind == TenantEventKind.Deferred && e.AskedToSlowDown))
            Each(e, static (m, e, at) => m.IfToday(at, e.At, b => b.Refused(e.Units, e.At)));
    }

    /// <summary>Feedback about mail that left earlier says of no further attempt.</summary>
    internal static bool IsHandOver(TenantEvent e) =>
        e.Attempts > 0 && (e.SentAt is not null || e.Kind is TenantEventKind.PossibleDuplicate or TenantEventKind.SetAside);

    private static string? ProviderOf(TenantEvent e) =>
        e.Recipient is { } address ? MailboxProvider.Of(address, e.Provider).Name : null;

    private Meter? Find(string? provider) => provider is null ? _total : _providers.FirstOrDefault(p => p.Provider == provider);

    private void Each(TenantEvent e, Action<Meter, TenantEvent, DateTimeOffset> count)
    {
        var at = e.SentAt ?? e.At;
        _total.Book.Advance(e.At);
        count(_total, e, at);
        if (_providers.Count == 0) return;
        var provider = ProviderOf(e);
        if (_providers.FirstOrDefault(p => p.Provider == provider) is not { } meter) return;
        meter.Book.Advance(e.At);
        count(meter, e, at);
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
