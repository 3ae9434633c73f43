using System.Net.Security;

namespace Silo.Smtp.Server;

/// <summary>Where AUTH PLAIN and LOGIN are offered.</summary>
public enum SmtpAuthentication
{
    None,

    /// <summary>Before TLS it is answered with 530.</summary>
    OverTls,

    /// <summary>Also where everybody on the way can read the password.</summary>
    Always,
}

/// <summary>What a server takes from a peer. Everything has a limit; what happens at it stands beside it.</summary>
public sealed record SmtpServerOptions
{
    /// <summary>The name in the greeting and the answer to EHLO.</summary>
    public required string HostName { get; init; }

    public SmtpAuthentication Authentication { get; init; }

    /// <summary>What the handshake of TLS goes by, asked for each; null for none: STARTTLS is not offered.</summary>
    public Func<SslServerAuthenticationOptions>? Tls { get; init; }

    /// <summary>Connections begin with the handshake (RFC 8314 3.3); needs <see cref="Tls"/>.</summary>
    public bool IsTlsImplicit { get; init; }

    /// <summary>
    /// Bytes of a command line with its end, 512 at least (RFC 5321 4.5.3.1.4). A longer line is passed over and answered with 500.
    /// </summary>
    public int MaxLineBytes { get; init; } = 2_048;

    /// <summary>Bytes of a message, announced as SIZE. What is above is read and forgotten, and answered with 552.</summary>
    public int MaxMessageBytes { get; init; } = 1 << 20;

    /// <summary>Bytes of all messages in memory. What finds no room is read and forgotten, and answered with 452.</summary>
    public long MaxBufferBytes { get; init; } = 64L << 20;

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

    /// <summary>
    /// How long a peer may be silent, take for a whole command, or not take what is written. Then the connection is closed with 421.
    /// </summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Of a message, beyond <see cref="IdleTimeout"/>. A slower peer is closed with 421.</summary>
    public int MinBytesPerSecond { get; init; } = 128;

    /// <summary>How long a handshake of TLS may take. Then the connection is closed.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a connection may last. Then it is closed with 421.</summary>
    public TimeSpan SessionTimeout { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>How long a stop waits for transactions that are under way. Then they are cut off.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Told of what is to be counted, by several connections at a time; null for nobody.</summary>
    public Action<SmtpServerEvent>? Happened { get; init; }
}
