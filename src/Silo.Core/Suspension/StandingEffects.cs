using Silo.Core.Reputation;

namespace Silo.Core.Suspension;

/// <summary>
/// What a tenant's open findings do to its mail besides pausing it, as its policy says. Findings that a reinstatement set aside do nothing.
/// </summary>
/// <param name="RateFactor">Of the tenant's rate and burst, 0.01 to 1: the least of all findings' factors.</param>
/// <param name="ParkedProviders">Mail to them waits.</param>
public sealed record StandingEffects(double RateFactor, IReadOnlyList<string> ParkedProviders)
{
    public static StandingEffects None { get; } = new(1, []);

    public static StandingEffects Of(TenantStanding standing)
    {
        if (standing.OpenFindings.Count == 0 || standing.Custom is null) return None;
        var factor = 1d;
        List<string>? parked = null;
        foreach (var finding in standing.OpenFindings)
        {
            if (IsSetAside(standing, finding)) continue;
            var action = ActionFor(standing, finding);
            if (action.Kind == PolicyActionKind.Throttle) factor = Math.Min(factor, Math.Clamp(action.Factor ?? 1, PolicyAction.MinFactor, 1));
            else if (action.Kind == PolicyActionKind.ParkProvider && finding.Provider is { } provider) (parked ??= []).Add(provider);
        }

        return factor == 1 && parked is null ? None : new StandingEffects(factor, parked ?? []);
    }

    public static PolicyAction ActionFor(TenantStanding standing, Finding finding) =>
        standing.Custom?.ActionFor(finding.Type, finding.Impact) ?? ActionFor(standing.Policy, finding.Type, finding.Impact);

    /// <summary>Of the three policies that SES has. Volume is a finding of our own, and pauses under none of them.</summary>
    public static PolicyAction ActionFor(ReputationPolicy policy, FindingType type, FindingImpact impact) => policy switch
    {
        _ when type == FindingType.Volume => PolicyAction.Notify,
        ReputationPolicy.Standard => impact == FindingImpact.High ? PolicyAction.Pause : PolicyAction.Notify,
        ReputationPolicy.Strict => PolicyAction.Pause,
        _ => PolicyAction.Notify,
    };

    /// <summary>Any finding that was open when the tenant was reinstated, raised since or not: raising has been acted on already.</summary>
    public static bool IsSetAside(TenantStanding standing, Finding finding) =>
        standing.Aggregate == SendingStatus.Reinstated && finding.OpenedAt <= standing.ReinstatedAt;
}
