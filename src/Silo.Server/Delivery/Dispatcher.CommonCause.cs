using Silo.Core.Addresses;
using Silo.Core.Delivery;
using Silo.Core.Reputation;
using Silo.Server.Delivery.Pacing;
using Silo.Server.Egress;
using Silo.Server.Tenants;

namespace Silo.Server.Delivery;

// What several tenants' mail meets on one route is the route's: the loop sees the outcomes of all of them.
public sealed partial class Dispatcher
{
    private readonly Dictionary<PacedRoute, RouteWatch> _watches = [];

    /// <summary>Findings about pools, by what this silo sends.</summary>
    public PoolFindings Findings { get; } = new();

    private Outcome Watched(ReleasedUnit released, Outcome outcome)
    {
        var result = outcome.Result;
        if (result.Simulated || !IsFinal(result.Kind) || MailboxSimulator.IsOfSes(outcome.Unit.Recipient)) return outcome;
        if (!_watches.TryGetValue(released.Route, out var watch)) _watches.Add(released.Route, watch = new RouteWatch());
        RouteFindingType? type = result.Kind switch
        {
            // Domains that are nobody's are no one provider: many that bounce at once have their senders in common.
            DeliveryResultKind.HardBounce when released.Route.Provider != MailboxProvider.Other => RouteFindingType.Bounces,
            DeliveryResultKind.Blocked => RouteFindingType.Blocks,
            _ => null,
        };
        var reply = type is null ? null : result.Reply?.ToString() ?? result.Diagnostic;
        var isCommon = watch.Learn(released.Queue.Key, released.Queue.Name, type, reply, _time.GetUtcNow(), out var opened);
        if (opened is not null) Tell(released.Route, opened);
        return isCommon ? outcome with { CommonCause = true } : outcome;
    }

    private void LookAtFindings(DateTimeOffset now)
    {
        foreach (var (route, watch) in _watches)
        {
            if (!watch.HasOpen)
            {
                if (!_pacing.Knows(route)) _watches.Remove(route);
                continue;
            }

            foreach (var closed in watch.Look(now)) Tell(route, closed);
            foreach (var type in Enum.GetValues<RouteFindingType>())
            {
                if (watch.Open(type) is { } open) Findings.Put(new PoolFinding(route.Pool, route.Provider.Name, open));
            }
        }
    }

    private void Tell(PacedRoute route, RouteFinding finding)
    {
        Findings.Put(new PoolFinding(route.Pool, route.Provider.Name, finding));
        var name = route.Level.Name;
        if (finding.ClosedAt is null)
            LogCommonCause(finding.Type, name, finding.TenantCount, finding.Count, finding.Volume, finding.LastReply);
        else LogCommonCauseOver(finding.Type, name, finding.Count, finding.Volume);
    }

    private static bool IsFinal(DeliveryResultKind kind) => kind is DeliveryResultKind.Delivered or DeliveryResultKind.HandedOver
        or DeliveryResultKind.HardBounce or DeliveryResultKind.SoftBounce or DeliveryResultKind.Blocked;

    [LoggerMessage(2013, LogLevel.Error,
        "{Type} rise on {Route} for {Tenants} tenants at once, {Count} of {Volume}: a finding of the pool, which pauses nobody. Last: {Reply}")]
    private partial void LogCommonCause(RouteFindingType type, string route, int tenants, long count, long volume, string? reply);

    [LoggerMessage(2014, LogLevel.Information, "{Type} on {Route} are no finding of the pool any more; there were {Count} of {Volume}")]
    private partial void LogCommonCauseOver(RouteFindingType type, string route, long count, long volume);
}
