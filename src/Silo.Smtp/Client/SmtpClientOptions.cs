using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography.X509Certificates;

namespace Silo.Smtp.Client;

/// <summary>When a dialogue is encrypted.</summary>
public enum SmtpTlsMode
{
    /// <summary>Never, even if the server offers STARTTLS.</summary>
    None,

    /// <summary>When the server offers STARTTLS (RFC 3207); in plain text otherwise.</summary>
    Opportunistic,

    /// <summary>By STARTTLS, or not at all.</summary>
    Required,

    /// <summary>From the first byte on (RFC 8314, port 465).</summary>
    Implicit,
}

/// <summary>How one SMTP dialogue is led.</summary>
public sealed record SmtpClientOptions
{
    /// <summary>The name given in EHLO: our own host name, or an address literal.</summary>
    public required string HelloName { get; init; }

    /// <summary>The server's name: for SNI, and the name that its certificate must carry when it is verified.</summary>
    public required string ServerName { get; init; }

    public SmtpTlsMode TlsMode { get; init; } = SmtpTlsMode.Opportunistic;

    /// <summary>
    /// Whether the server's certificate must be valid for <see cref="ServerName"/>. Null: only when TLS is not opportunistic.
    /// </summary>
    public bool? VerifyCertificate { get; init; }

    /// <summary>Authorities to trust instead of the system's; null for the system's.</summary>
    public X509Certificate2Collection? TrustedRoots { get; init; }

    /// <summary>Null: no AUTH.</summary>
    public SmtpCredential? Credential { get; init; }

    /// <summary>The peer is on loopback, so a credential may pass in plain text. Elsewhere it never does.</summary>
    public bool PeerIsLoopback { get; init; }

    public SmtpTimeouts Timeouts { get; init; } = new();

    /// <summary>A connection that is encrypted goes to who can prove the name.</summary>
    public bool MustVerify => VerifyCertificate ?? TlsMode is SmtpTlsMode.Required or SmtpTlsMode.Implicit;
}

/// <summary>A user name and password for AUTH PLAIN or LOGIN.</summary>
public sealed record SmtpCredential(string User, string Password)
{
    /// <summary>Leaves the password out.</summary>
    public override string ToString() => $"{User}:***";
}

/// <summary>How long a peer may take per step. 1 second to 1 hour each. The defaults are the minimums of RFC 5321 4.5.3.2.</summary>
public sealed record SmtpTimeouts
{
    /// <summary>The first 220. Default 5 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan Greeting { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>EHLO, HELO, AUTH, STARTTLS with its handshake, RSET. Default 5 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan Hello { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>MAIL. Default 5 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan Mail { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>RCPT. Default 5 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan Recipient { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The 354 that answers DATA. Default 2 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan Data { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Each write of message bytes. Default 3 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan DataBlock { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>The answer to the final dot. Default 10 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan FinalDot { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>The answer to QUIT, for which nobody waits. Default 5 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan Quit { get; init; } = TimeSpan.FromSeconds(5);
}
