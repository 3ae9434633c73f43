using Silo.Core.Addresses;
using Silo.Core.Pacing;

namespace Silo.Server.Delivery.Pacing;

/// <summary>
/// Towards which providers a tenant gives no permits although it gives them for others. A budget is made for a provider when that happens
/// first, so tenants without such caps have none. Owned by the dispatcher's loop.
/// </summary>
internal sealed class ProviderRests(EgressPacing pacing)
{
    private readonly Dictionary<MailboxProvider, Rested> _rested = [];

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

    public ProviderLevel? Find(MailboxProvider provider) => _rested.GetValueOrDefault(provider)?.Level;

    /// <summary>Until when the tenant gives no permits for the provider; null while it gives them.</summary>
    public DateTimeOffset? UntilOf(MailboxProvider provider) => _rested.GetValueOrDefault(provider)?.Until;

    /// <summary>A finding parks mail to the provider of this level.</summary>
    public bool IsParked(PacingLevel? level) => _rested.Values.Any(r => r.Level == level && r is { IsParked: true, Until: not null });

    /// <param name="lane">Whose request was answered so.</param>
    /// <param name="until"><see cref="DateTimeOffset.MaxValue"/>: until something happens. Null: not at all.</param>
    /// <param name="parked">By a finding, and not by a warm-up.</param>
    public void Rest(LaneQueue lane, DateTimeOffset? until, bool parked = false)
    {
        // The tenant's deletion may have come first.
        if (lane.Tenant.IsForgotten) return;
        var provider = lane.Key.Provider;
        if (!_rested.TryGetValue(provider, out var rested))
        {
            if (until is null) return;
            _rested.Add(provider, rested = new Rested(pacing.AddProvider(lane.Tenant.Paced, provider)));
            foreach (var each in lane.Tenant.Lanes.Where(l => l.Key.Provider == provider).ToArray()) pacing.Move(each);
        }

        (rested.Until, rested.IsParked) = (until, parked);
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

    private void Open(Rested rested)
    {
        rested.Until = null;
        pacing.SetOpen(rested.Level, true);
    }

    private sealed class Rested(ProviderLevel level)
    {
        public ProviderLevel Level => level;

        public DateTimeOffset? Until { get; set; }

        public bool IsParked { get; set; }
    }
}
