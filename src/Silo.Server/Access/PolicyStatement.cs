namespace Silo.Server.Access;

/// <summary>A statement of a policy, in the shape of IAM's.</summary>
/// <param name="IsAllow">False of a statement that denies.</param>
/// <param name="Actions">Like <c>ses:SendEmail</c>; '*' and '?' are wildcards.</param>
/// <param name="Resources">ARNs; '*' and '?' are wildcards.</param>
/// <param name="Conditions">All must hold.</param>
internal sealed record PolicyStatement(
    bool IsAllow, IReadOnlyList<string> Actions, IReadOnlyList<string> Resources, IReadOnlyList<PolicyCondition> Conditions);

/// <param name="Operator">StringEquals, StringLike, ArnEquals and so on.</param>
/// <param name="Key">ses:TenantName and so on.</param>
/// <param name="Values">One of them must match.</param>
internal sealed record PolicyCondition(string Operator, string Key, IReadOnlyList<string> Values);
