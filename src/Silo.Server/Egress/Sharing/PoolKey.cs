using Silo.Core.Pacing;

namespace Silo.Server.Egress.Sharing;

/// <summary>Names of what silos share: which owner, which of its budgets, and what limits that has.</summary>
internal static class PoolKey
{
    public const string Account = "account";

    // In no pool's name, no address and no provider's name.
    private const char Separator = '|';
    private const string Prefix = "pool:";

    public static string OfPool(string name) => Prefix + name;

    /// <summary>A pool towards a provider, where mail leaves by no address of its own.</summary>
    public static string OfRoute(string provider) => provider;

    /// <summary>An address of the pool towards a provider.</summary>
    public static string OfSource(string ip, string provider) => $"{ip}{Separator}{provider}";

    /// <summary>An address of the pool, to whatever provider.</summary>
    public static string OfAddress(string ip) => OfSource(ip, "");

    /// <summary>The warm-up of an address of the pool, or of that towards a provider; null for none.</summary>
    public static WarmUpTerms? WarmUpOf(string key, string budget, EgressPlan plan)
    {
        var at = budget.IndexOf(Separator);
        if (at < 0 || plan.FindIp(budget[..at]) is not { } ip || OfPool(ip.Pool.Name) != key) return null;
        return WarmUpTerms.Of(ip, budget[(at + 1)..]);
    }

    /// <summary>The limits of all silos together; none of what is not there.</summary>
    public static BudgetLimits LimitsOf(string key, string budget, EgressPlan plan, BudgetLimits account)
    {
        if (key == Account) return budget.Length == 0 ? account : BudgetLimits.None;
        if (!key.StartsWith(Prefix, StringComparison.Ordinal) || plan.Find(key[Prefix.Length..])?.Limits is not { } limits) return BudgetLimits.None;
        if (budget.Length == 0) return limits.ToBudget();
        return limits.Towards(budget[(budget.IndexOf(Separator) + 1)..]) is { } towards
            ? new BudgetLimits(towards.RatePerSecond, towards.Burst ?? BudgetLimits.UsualBurst(towards.RatePerSecond))
            : BudgetLimits.None;
    }
}
