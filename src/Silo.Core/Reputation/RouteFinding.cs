namespace Silo.Core.Reputation;

/// <summary>What rose for several tenants at once.</summary>
public enum RouteFindingType
{
    /// <summary>Hard bounces.</summary>
    Bounces,

    /// <summary>Refusals for policy or the source's reputation.</summary>
    Blocks,
}

/// <summary>
/// Something that is wrong between a pool and a mailbox provider and is no tenant's fault: a listed address, a provider that takes good
/// addresses for unknown ones. It pauses nobody and suppresses no address.
/// </summary>
public sealed record RouteFinding
{
    public required RouteFindingType Type { get; init; }

    public required DateTimeOffset OpenedAt { get; init; }

    /// <summary>Null while it is open.</summary>
    public DateTimeOffset? ClosedAt { get; init; }

    /// <summary>Bad outcomes since it began to rise.</summary>
    public long Count { get; init; }

    /// <summary>All final outcomes since then.</summary>
    public long Volume { get; init; }

    /// <summary>Tenants with a clean record for whom it had risen when it was found.</summary>
    public int TenantCount { get; init; }

    /// <summary>The first <see cref="MaxTenants"/> of them.</summary>
    public IReadOnlyList<string> Tenants { get; init; } = [];

    /// <summary>The first reply of its kind when it began to rise, and the latest.</summary>
    public string? FirstReply { get; init; }

    public string? LastReply { get; init; }

    public const int MaxTenants = 10;
}
