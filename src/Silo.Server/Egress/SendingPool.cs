namespace Silo.Server.Egress;

/// <summary>A pool of source addresses that mail leaves from (SES: dedicated IP pool). Stored as JSON.</summary>
public sealed record SendingPool
{
    /// <summary>Pools that can be created (SES quota); the two implicit ones do not count.</summary>
    public const int MaxPools = 50;

    public const int MaxNameLength = 64;

    /// <summary>The addresses that are in no other pool. Sends whose configuration set names no pool leave from here if there are any.</summary>
    public const string Default = "ses-default-dedicated-pool";

    /// <summary>The addresses of the hosts themselves: it has none of its own.</summary>
    public const string Shared = "ses-shared-pool";

    // A deletion that did not end, since its silo crashed or its caller left, is forgotten after this long.
    private static readonly TimeSpan DeletionLapse = TimeSpan.FromSeconds(30);

    public required string Name { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>
    /// SES ScalingMode MANAGED: its addresses warm up adaptively and are not warmed up by hand. Addresses are added and removed by hand
    /// all the same: no service allocates them here.
    /// </summary>
    public bool IsManaged { get; init; }

    /// <summary>Null when it has none of its own.</summary>
    public PoolLimits? Limits { get; init; }

    /// <summary>What is paused of it, at most one entry for each provider and one for all of it; null for nothing.</summary>
    public IReadOnlyList<PoolPause>? Pauses { get; init; }

    /// <summary>Somebody looks whether the pool is in use, and deletes it if it is not.</summary>
    public DateTimeOffset? DeletionBegunAt { get; init; }

    public bool IsImplicit => IsImplicitName(Name);

    public static bool IsImplicitName(string name) => name is Default or Shared;

    /// <summary>Names: 1 to 64 letters, digits, hyphens, underscores.</summary>
    public static bool IsValidName(string? name) =>
        name is { Length: > 0 and <= MaxNameLength } && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');

    /// <summary>One of the two that are there without having been created.</summary>
    public static SendingPool Implicit(string name) => new() { Name = name, CreatedAt = DateTimeOffset.UnixEpoch };

    public bool IsBeingDeleted(DateTimeOffset now) => DeletionBegunAt is { } begun && (now - begun).Duration() < DeletionLapse;

    /// <summary>Whether it is paused towards a provider as such, or as a whole for null.</summary>
    public bool IsPaused(string? provider) => Pauses?.Any(p => p.Provider == provider) == true;
}
