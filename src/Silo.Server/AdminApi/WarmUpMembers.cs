using Silo.Core.WarmUp;
using Silo.Server.Delivery;
using Silo.Server.SesApi;

namespace Silo.Server.AdminApi;

/// <summary>What the plans of addresses and of tenants have in common in requests.</summary>
internal static class WarmUpMembers
{
    /// <param name="dailyCaps">Null for the automatic plan.</param>
    /// <param name="providerCaps">Within the caps of each day; null for none.</param>
    public static void Check(
        IReadOnlyList<long>? dailyCaps, IReadOnlyDictionary<string, IReadOnlyList<long>?>? providerCaps, MailboxProviders providers,
        MemberChecks checks)
    {
        var plan = dailyCaps is { } caps ? Plan(caps, "DailyCaps", checks) : WarmUpPlan.Automatic;
        foreach (var (provider, capsOfProvider) in providerCaps ?? new Dictionary<string, IReadOnlyList<long>?>())
            Check(provider, capsOfProvider, plan, providers, checks);
    }

    private static void Check(
        string provider, IReadOnlyList<long>? caps, WarmUpPlan? total, MailboxProviders providers, MemberChecks checks)
    {
        if (providers.All.All(p => p.Name != provider))
        {
            checks.Fail($"ProviderCaps has no provider '{MemberChecks.Shown(provider)}'; they are {string.Join(", ", providers.All.Select(p => p.Name))}");
            return;
        }

        var member = $"ProviderCaps.{provider}";
        if (!checks.Required(caps, member) || Plan(caps, member, checks) is not { } plan || total is null) return;
        if (plan.Days > total.Days) checks.Fail($"{member} must have at most the {total.Days} days of the plan, not {plan.Days}");
        for (var day = 0; day < Math.Min(plan.Days, total.Days); day++)
        {
            if (plan.DailyCaps[day] <= total.DailyCaps[day]) continue;
            checks.Fail($"{member}[{day}] must be at most the day's total of {total.DailyCaps[day]}, not {plan.DailyCaps[day]}");
        }
    }

    private static WarmUpPlan? Plan(IReadOnlyList<long> caps, string member, MemberChecks checks)
    {
        var (plan, problems) = WarmUpPlan.Create(caps);
        foreach (var problem in problems) checks.Fail(PlanWarmUp.Sentence(problem, member));
        return plan;
    }
}
