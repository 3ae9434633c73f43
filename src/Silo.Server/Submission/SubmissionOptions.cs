using System.ComponentModel.DataAnnotations;
using System.Net;
using Silo.Core.Messages;
using Silo.Smtp.Server;

namespace Silo.Server.Submission;

/// <summary>Section <c>Silo:Smtp</c>: applications hand their mail over by SMTP, as they do to SES.</summary>
public sealed class SubmissionOptions
{
    public const string Section = "Silo:Smtp";

    private const string UsualEndpoint = "127.0.0.1:2525";

    /// <summary>
    /// address:port with STARTTLS; port 0 takes a free one, empty is off. Default 127.0.0.1:2525, and a free port when
    /// <c>Silo:Http:Url</c> takes a free one.
    /// </summary>
    public string? Endpoint { get; set; }

    /// <summary>address:port where connections begin with TLS (RFC 8314), as "0.0.0.0:465". Default none.</summary>
    public string? ImplicitTlsEndpoint { get; set; }

    /// <summary>AUTH and mail only over TLS. Default: true for an endpoint that others than this machine can reach.</summary>
    public bool? RequireTls { get; set; }

    /// <summary>
    /// Networks as 10.1.2.0/24, at most 100, that may submit without AUTH and without TLS for the tenant that X-SES-TENANT names.
    /// Default none.
    /// </summary>
    [MaxLength(100)]
    public List<string> TrustedNetworks { get; set; } = [];

    /// <summary>PEM: the certificate, and those between it and its authority. Read again when it changes. Default none.</summary>
    public string? CertificatePath { get; set; }

    /// <summary>PEM without a password. With <see cref="CertificatePath"/>: both or none.</summary>
    public string? KeyPath { get; set; }

    /// <summary>
    /// Without a certificate, one that nobody vouches for is good enough beyond this machine. Default false; on loopback it always is.
    /// </summary>
    public bool AllowSelfSigned { get; set; }

    /// <summary>
    /// The name in greeting and certificate, 1 to 253 letters, digits, dots, hyphens. Default: <c>Silo:Host</c>, else "silo".
    /// </summary>
    [RegularExpression("^[A-Za-z0-9.-]{1,253}$")]
    public string? HostName { get; set; }

    /// <summary>Bytes of a message, 64 KiB to 40 MiB; above: 552. Default 40 MiB.</summary>
    [Range(64 * 1024, MessageLimits.MaxMessageBytes)]
    public int MaxMessageBytes { get; set; } = MessageLimits.MaxMessageBytes;

    /// <summary>
    /// Bytes of messages in memory over all connections, 1 MiB to 16 GiB and twice <see cref="MaxMessageBytes"/> at least; at the limit: 452.
    /// Default 256 MiB. What is made of a message comes on top of it, up to about twice as much.
    /// </summary>
    [Range(1L << 20, 16L << 30)]
    public long BufferBudgetBytes { get; set; } = 256L << 20;

    /// <summary>Connections at a time, 1 to 100,000; others are closed with 421. Default 1,000.</summary>
    [Range(1, 100_000)]
    public int MaxConnections { get; set; } = 1_000;

    /// <summary>Of them from one address (of IPv6: one /64 network), 1 to 100,000. Default 100.</summary>
    [Range(1, 100_000)]
    public int MaxConnectionsPerAddress { get; set; } = 100;

    /// <summary>Of them logged in with one access key of a tenant, 1 to 100,000; the next login is answered with 454. Default 200.</summary>
    [Range(1, 100_000)]
    public int MaxConnectionsPerKey { get; set; } = 200;

    /// <summary>
    /// How long a client may be silent or take for a command, 1 second to 30 minutes. Default 5 minutes (RFC 5321 4.5.3.2.7).
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:30:00")]
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How long a connection may last, 1 minute to 1 day. Default 1 hour.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "1.00:00:00")]
    public TimeSpan SessionTimeout { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How long a stop waits for transactions that have begun, 0 to 10 seconds. Default 3 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:10")]
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>There is something to encrypt with.</summary>
    internal bool OffersTls(string httpUrl) =>
        CertificatePath is not null || AllowSelfSigned || EndPoints(httpUrl).All(e => IPAddress.IsLoopback(e.EndPoint.Address));

    internal bool IsTlsRequired(IPEndPoint endPoint) => RequireTls ?? !IPAddress.IsLoopback(endPoint.Address);

    /// <summary>Where it listens, by settings without errors.</summary>
    internal IEnumerable<(IPEndPoint EndPoint, bool IsTlsImplicit)> EndPoints(string httpUrl)
    {
        if (EndpointFor(httpUrl) is { Length: > 0 } endpoint && IPEndPoint.TryParse(endpoint, out var plain)) yield return (plain, false);
        if (!string.IsNullOrEmpty(ImplicitTlsEndpoint) && IPEndPoint.TryParse(ImplicitTlsEndpoint, out var tls)) yield return (tls, true);
    }

    internal IEnumerable<string> Errors(string httpUrl)
    {
        foreach (var (key, endpoint) in new[] { (nameof(Endpoint), Endpoint), (nameof(ImplicitTlsEndpoint), ImplicitTlsEndpoint) })
            if (!string.IsNullOrEmpty(endpoint) && !IPEndPoint.TryParse(endpoint, out _))
                yield return $"{Section}:{key}: {endpoint} is not address:port.";
        foreach (var network in TrustedNetworks.Where(n => !IPNetwork.TryParse(n, out _)))
            yield return $"{Section}:TrustedNetworks: {network} is no network like 10.1.2.0/24.";
        if ((CertificatePath is null) != (KeyPath is null))
            yield return $"{Section}:CertificatePath and {Section}:KeyPath must be given together.";
        // A buffer that grows is there twice for a moment.
        if (BufferBudgetBytes < MaxMessageBytes * 2L)
            yield return $"{Section}:BufferBudgetBytes ({BufferBudgetBytes}) must be twice MaxMessageBytes ({MaxMessageBytes}) at least.";
        if (OffersTls(httpUrl)) yield break;
        foreach (var (endPoint, isTlsImplicit) in EndPoints(httpUrl))
        {
            if (!isTlsImplicit && !IsTlsRequired(endPoint)) continue;
            yield return $"{Section}: {endPoint} needs a certificate: give CertificatePath and KeyPath, or take one that nobody vouches "
                + "for by AllowSelfSigned.";
        }
    }

    internal SmtpServerOptions ToServer(string hostName, bool isTlsImplicit, bool isTlsRequired, Action<SmtpServerEvent> happened) => new()
    {
        HostName = hostName, IsTlsImplicit = isTlsImplicit, MaxMessageBytes = MaxMessageBytes, MaxBufferBytes = BufferBudgetBytes,
        Authentication = isTlsRequired ? SmtpAuthentication.OverTls : SmtpAuthentication.Always,
        // SES's number. RFC 5321 asks for 100; a relay sends those that are answered with 452 in a transaction of their own.
        MaxRecipients = MessageLimits.MaxRecipients, MaxConnections = MaxConnections, MaxConnectionsPerAddress = MaxConnectionsPerAddress,
        IdleTimeout = IdleTimeout, SessionTimeout = SessionTimeout, DrainTimeout = DrainTimeout, Happened = happened,
    };

    private string EndpointFor(string httpUrl) =>
        Endpoint ?? (Uri.TryCreate(httpUrl, UriKind.Absolute, out var url) && url.Port == 0 ? "127.0.0.1:0" : UsualEndpoint);
}
