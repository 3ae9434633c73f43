using Silo.Core.Addresses;
using Silo.Core.Pacing;
using Silo.Server.Tenants;

namespace Silo.Server.Delivery.Pacing;

/// <summary>
/// For which part of its mail, to a provider and of a sending domain, a tenant gives no permits although it gives them for others. A budget
/// is made for a part when that happens first, so tenants without such caps have none. Owned by the dispatcher's loop.
/// </summary>
internal sealed class ProviderRests(EgressPacing pacing)
{
    private readonly Dictionary<(MailboxProvider Provider, string? SendingDomain), Rested> _rested = [];

    /// <summary>When the next rest ends; null while none has an end.</summary>
    public DateTimeOffset? NextAt
    {
        get
        {
            DateTimeOffset? next = null;
            foreach (var each in _rested.Values)
                if (each.Until is { } until && until < (next ?? DateTimeOffset.MaxValue)) next = until;
            return next;
        }
    }

    public ProviderLevel? Find(LaneKey lane) => RestOf(lane)?.Level;

    /// <summary>Until when the tenant gives no permits for mail of a lane; null while it gives them.</summary>
    public DateTimeOffset? UntilOf(LaneKey lane) => RestOf(lane)?.Until;

    /// <summary>Mail of a lane waits until a warm-up gives more.</summary>
    public bool WaitsForWarmUp(LaneKey lane) =>
        RestOf(lane) is { Until: not null, For: PermitShortage.ProviderWarmUp or PermitShortage.PartOfWarmUp };

    /// <summary>Of a level of these what people call it; null for any other.</summary>
    public string? NameOf(PacingLevel level) => _rested.Values.FirstOrDefault(r => r.Level == level) is not { } rested ? null
        : rested.For switch
        {
            PermitShortage.PartOfWarmUp => rested.Whole,
            PermitShortage.ProviderParked => level.Name.Replace(rested.Whole, "finding", StringComparison.Ordinal),
            _ => level.Name,
        };

    /// <param name="lane">Whose request was answered so.</param>
    /// <param name="until"><see cref="DateTimeOffset.MaxValue"/>: until something happens. Null: not at all.</param>
    /// <param name="shortage">What is used up, or a finding that parks the provider.</param>
    public void Rest(LaneQueue lane, DateTimeOffset? until, PermitShortage shortage)
    {
        // The tenant's deletion may have come first.
        if (lane.Tenant.IsForgotten || lane.Key.Overflows) return;
        if (RestOf(lane.Key) is not { } rested)
        {
            if (until is null) return;
            var (provider, domain) = PartOf(lane.Key);
            var whole = domain is null ? "warm-up" : $"warm-up of {domain}";
            rested = new Rested(pacing.AddProvider(lane.Tenant.Paced, $"{whole} × {provider.Name}"), whole);
            _rested.Add((provider, domain), rested);
            foreach (var each in lane.Tenant.Lanes.Where(l => Find(l.Key) == rested.Level).ToArray()) pacing.Move(each);
        }

        (rested.Until, rested.For) = (until, shortage);
        pacing.SetOpen(rested.Level, until is null);
    }

    public void Advance(DateTimeOffset now)
    {
        foreach (var each in _rested.Values.Where(r => r.Until <= now)) Open(each);
    }

    /// <summary>Something happened that may give permits again; early, also before the instant that the tenant named.</summary>
    public void Rouse(bool early)
    {
        foreach (var each in _rested.Values.Where(r => early ? r.Until is not null : r.Until == DateTimeOffset.MaxValue)) Open(each);
    }

    public void Clear()
    {
        foreach (var each in _rested.Values) pacing.Remove(each.Level);
        _rested.Clear();
    }

    private static (MailboxProvider Provider, string? SendingDomain) PartOf(LaneKey lane) => (lane.Provider, lane.SendingDomain);

    private Rested? RestOf(LaneKey lane) => lane.Overflows ? null : _rested.GetValueOrDefault(PartOf(lane));

    private void Open(Rested rested)
    {
        rested.Until = null;
        pacing.SetOpen(rested.Level, true);
    }

    private sealed class Rested(ProviderLevel level, string whole)
    {
        public ProviderLevel Level => level;

        /// <summary>The name of what it is a part of.</summary>
        public string Whole => whole;

        public DateTimeOffset? Until { get; set; }

        public PermitShortage For { get; set; }
    }
}
