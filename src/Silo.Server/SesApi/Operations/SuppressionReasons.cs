namespace Silo.Server.SesApi.Operations;

/// <summary>Lists of suppression reasons, as tenants, configuration sets and the account have them.</summary>
internal static class SuppressionReasons
{
    private const int MaxReasons = 2;

    /// <summary>Each reason once; null when the list is absent or wrong.</summary>
    public static IReadOnlyList<string>? Check(IReadOnlyList<string?>? reasons, string member, MemberChecks checks)
    {
        if (reasons is null || !checks.Items(reasons, member, MaxReasons)) return null;
        for (var i = 0; i < reasons.Count; i++) checks.OneOf(reasons[i], $"{member}[{i}]", "BOUNCE", "COMPLAINT");
        return [.. reasons.Distinct()!];
    }
}
