using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography.X509Certificates;
using Silo.Smtp.Client;

namespace Silo.Server.Delivery.Smtp;

/// <summary>The relay that takes all mail.</summary>
public sealed class SmtpRelayOptions
{
    /// <summary>Host name or address of the relay. No default.</summary>
    [Required]
    public string Host { get; set; } = "";

    /// <summary>TCP port, 1 to 65,535. Default 25.</summary>
    [Range(1, 65535)]
    public int Port { get; set; } = 25;

    /// <summary>Default Opportunistic. A message that requires TLS never leaves in plain text, whatever stands here.</summary>
    public SmtpTlsMode TlsMode { get; set; } = SmtpTlsMode.Opportunistic;

    /// <summary>
    /// Whether the relay's certificate must be valid for <see cref="Host"/>. Default (null): yes with Required and Implicit, no
    /// otherwise.
    /// </summary>
    public bool? VerifyCertificate { get; set; }

    /// <summary>Authorities to trust instead of the system's. Default null: the system's.</summary>
    public X509Certificate2Collection? TrustedRoots { get; set; }

    /// <summary>User for AUTH; sent only over TLS or to loopback. Default null: no AUTH.</summary>
    public string? User { get; set; }

    /// <summary>Password for AUTH. Needed when <see cref="User"/> is set.</summary>
    public string? Password { get; set; }

    /// <summary>The name given in EHLO, 1 to 255 letters, digits, dots, hyphens, or an address literal. Default: localhost.</summary>
    [RegularExpression(@"^[A-Za-z0-9._:\[\]-]{1,255}$")]
    public string HelloName { get; set; } = "localhost";

    /// <summary>Connections open at once, 1 to 10,000. More hand-overs wait for one, outside the gate. Default 20.</summary>
    [Range(1, 10_000)]
    public int MaxConnections { get; set; } = 20;

    /// <summary>Messages after which a connection is closed, 1 to 1,000,000. Default 1,000.</summary>
    [Range(1, 1_000_000)]
    public int MessagesPerConnection { get; set; } = 1000;

    /// <summary>How long an unused connection stays open, 1 second to 1 hour. Default 30 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a TCP connection may take, 1 second to 10 minutes. Default 30 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long the relay may take per step. Defaults: RFC 5321 4.5.3.2.</summary>
    public SmtpTimeouts Timeouts { get; set; } = new();

    internal ConnectionPoolLimits ToPoolLimits() => new()
    {
        Total = MaxConnections,
        PerSite = MaxConnections,
        PerHost = MaxConnections,
        // There is nothing else to do for who waits.
        Waiting = int.MaxValue,
        Patience = Timeout.InfiniteTimeSpan,
        MessagesPerConnection = MessagesPerConnection,
        IdleTimeout = IdleTimeout,
    };

    internal SmtpClientOptions ToClientOptions(bool peerIsLoopback) => new()
    {
        HelloName = HelloName,
        ServerName = Host,
        TlsMode = TlsMode,
        VerifyCertificate = VerifyCertificate,
        TrustedRoots = TrustedRoots,
        Credential = User is null ? null : new SmtpCredential(User, Password ?? ""),
        PeerIsLoopback = peerIsLoopback,
        Timeouts = Timeouts,
    };
}
