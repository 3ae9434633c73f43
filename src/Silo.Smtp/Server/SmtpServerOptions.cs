namespace Silo.Smtp.Server;

/// <summary>What a server takes from a peer. Everything has a limit; what happens at it stands beside it.</summary>
public sealed record SmtpServerOptions
{
    /// <summary>The name in the greeting and the answer to EHLO.</summary>
    public required string HostName { get; init; }

    /// <summary>
    /// Bytes of a command line with its end, 512 at least (RFC 5321 4.5.3.1.4). A longer line is passed over and answered with 500.
    /// </summary>
    public int MaxLineBytes { get; init; } = 2_048;

    /// <summary>Bytes of a message, announced as SIZE. What is above is read and forgotten, and answered with 552.</summary>
    public int MaxMessageBytes { get; init; } = 1 << 20;

    /// <summary>Recipients of one transaction. More are answered with 452 (RFC 5321 4.5.3.1.10).</summary>
    public int MaxRecipients { get; init; } = 100;

    /// <summary>Commands that were wrong or refused on one connection. At the last one it is closed with 421.</summary>
    public int MaxErrors { get; init; } = 20;

    /// <summary>Commands of one connection, messages counted as one each. Beyond it is closed with 421.</summary>
    public int MaxCommands { get; init; } = 10_000;

    /// <summary>Connections at a time. Others are closed with 421.</summary>
    public int MaxConnections { get; init; } = 200;

    /// <summary>Of them from one address (of IPv6: one /64 network). Others are closed with 421.</summary>
    public int MaxConnectionsPerAddress { get; init; } = 20;

    /// <summary>How long a peer may be silent, or not take what is written. Then the connection is closed with 421.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long a connection may last. Then it is closed with 421.</summary>
    public TimeSpan SessionTimeout { get; init; } = TimeSpan.FromMinutes(30);
}
