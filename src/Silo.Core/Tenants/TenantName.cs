namespace Silo.Core.Tenants;

/// <summary>Rules of tenant names: 1 to 64 of A-Z a-z 0-9 - _, case-sensitive (SES CreateTenant).</summary>
public static class TenantName
{
    public const int MaxLength = 64;

    /// <summary>The built-in tenant of sends that name none. Not a name that a caller can create, since it holds a dollar sign.</summary>
    public const string Account = "$account";

    public static bool IsValid(string? name) =>
        name is { Length: > 0 and <= MaxLength } && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');
}
