namespace Silo.Server.Egress;

/// <summary>A source address that belongs to the account. Stored as JSON.</summary>
public sealed record DedicatedIp
{
    /// <summary>Addresses of the account, in all pools together.</summary>
    public const int MaxIps = 1_000;

    /// <summary>As <see cref="IpLiteral.Read"/> writes it.</summary>
    public required string Ip { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Null in <see cref="SendingPool.Default"/>.</summary>
    public string? PoolName { get; init; }

    /// <summary>The name in EHLO. The address should resolve to it and it to the address.</summary>
    public required string HelloName { get; init; }

    /// <summary>The proxy that has the address; null when a host of ours has it.</summary>
    public SocksProxy? Via { get; init; }

    /// <summary>The host that can bind the address; null when every silo can, or with a proxy.</summary>
    public string? SiloHost { get; init; }

    public required IpWarmUp WarmUp { get; init; }

    /// <summary>What is paused of it, at most one entry for each provider and one for all of it; null for nothing.</summary>
    public IReadOnlyList<PoolPause>? Pauses { get; init; }

    /// <summary>The pool that it is in, by name.</summary>
    public string Pool => PoolName ?? SendingPool.Default;

    /// <summary>Its pause towards a provider as such, or as a whole for null; null when it is not paused.</summary>
    public PoolPause? PauseOf(string? provider) => Pauses?.FirstOrDefault(p => p.Provider == provider);

    /// <summary>Whether silos of a host can use it.</summary>
    public bool IsOf(string host) => Via is not null || SiloHost is null || string.Equals(SiloHost, host, StringComparison.OrdinalIgnoreCase);
}

/// <summary>A SOCKS5 proxy (RFC 1928) that mail leaves through.</summary>
/// <param name="Host">A host name or an address.</param>
/// <param name="User">1 to 255 bytes (RFC 1929); null without authentication.</param>
/// <param name="Password">1 to 255 bytes; never answered.</param>
public sealed record SocksProxy(string Host, int Port, string? User, string? Password)
{
    // The one that the compiler writes would show the password.
    public override string ToString() => $"{Host}:{Port}";
}
