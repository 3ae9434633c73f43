using Silo.Core.Addresses;
using Silo.Core.Delivery;

namespace Silo.Server.Delivery.Pacing;

/// <summary>
/// Routes whose provider puts off everything (<see cref="DeferringProvider"/>): closed while they rest, then open for one hand-over at a
/// time. Domains that are nobody's share a route and are no provider, so theirs is never parked. Owned by the dispatcher's loop; a restart
/// forgets it.
/// </summary>
internal sealed class ParkedRoutes(EgressPacing pacing)
{
    private readonly List<PacedRoute> _parked = [];

    /// <summary>When the next rest ends, by the time that budgets go by; null while none is under way.</summary>
    public DateTimeOffset? NextAt(DateTimeOffset now)
    {
        DateTimeOffset? next = null;
        foreach (var route in _parked)
            if (route.Deferring!.RestsUntil is { } until && until > now && (next is null || until < next)) next = until;
        return next;
    }

    public ProviderNews Learn(ReleasedUnit released, DeliveryResult result, double jitter, DateTimeOffset now)
    {
        var route = released.Route;
        if (route.Provider == MailboxProvider.Other) return ProviderNews.None;
        if (route.Deferring is null && !DeferringProvider.IsPutOff(result)) return ProviderNews.None;
        route.Deferring ??= new DeferringProvider();
        var news = route.Deferring.Learn(result, released.Queue.Key, released.RestRound, now, jitter);
        if (news == ProviderNews.None) return news;
        _parked.Remove(route);
        if (news == ProviderNews.Parked) _parked.Add(route);
        pacing.Follow(route);
        return news;
    }

    public void Forget(PacedRoute route) => _parked.Remove(route);

    public void Advance(DateTimeOffset now)
    {
        foreach (var route in _parked)
            if (route.IsResting != route.Deferring!.IsResting(now)) pacing.Follow(route);
    }
}
