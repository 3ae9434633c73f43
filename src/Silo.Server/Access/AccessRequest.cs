namespace Silo.Server.Access;

/// <summary>What somebody wants to do, as far as a decision needs to know.</summary>
/// <param name="Action">Like <c>ses:SendEmail</c>, <c>silo:PutTenantStatus</c>.</param>
/// <param name="Resources">ARNs, all of which must be allowed; empty for an operation that is about none that could be named.</param>
/// <param name="TenantName">Whom it is about; null for the account.</param>
internal sealed record AccessRequest(string Action, IReadOnlyList<string> Resources, string? TenantName)
{
    /// <summary>Keys of tenants may do it at all, for their own tenant.</summary>
    public bool IsForTenants { get; init; }

    /// <summary>It deals with keys: a key whose rights are limited must not give itself others.</summary>
    public bool GivesRights { get; init; }

    /// <summary>Of a send: the From address, and all others that recipients would see as its authors.</summary>
    public IReadOnlyList<string> FromAddresses { get; init; } = [];

    public string? FromDisplayName { get; init; }

    public string? FeedbackAddress { get; init; }

    public IReadOnlyList<string> Recipients { get; init; } = [];
}
