using System.Collections.Frozen;
using System.ComponentModel.DataAnnotations;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Silo.Core.Addresses;
using Silo.Server.Delivery.Smtp;
using Silo.Server.Egress;
using Silo.Smtp.Client;

namespace Silo.Server.Delivery.Mx;

/// <summary>Section <c>Silo:Transport:Mx</c>: delivery to the recipients' own servers.</summary>
public sealed class MxOptions
{
    public const string Section = "Silo:Transport:Mx";

    /// <summary>TCP port of the recipients' servers, 1 to 65,535. Default 25; another one is for tests.</summary>
    [Range(1, 65535)]
    public int Port { get; set; } = 25;

    /// <summary>The name in EHLO of sources that have none of their own; as <see cref="MxSourceOptions.HelloName"/>. Default localhost.</summary>
    [RegularExpression(@"^[A-Za-z0-9._:\[\]-]{1,255}$")]
    public string HelloName { get; set; } = "localhost";

    /// <summary>Where mail leaves from, at most 1,000. Default none: from whatever address the system takes.</summary>
    [MaxLength(1_000)]
    public List<MxSourceOptions> Sources { get; set; } = [];

    /// <summary>MX hosts of a domain that count, the preferred ones first: 1 to 100. Default 20.</summary>
    [Range(1, 100)]
    public int MaxHosts { get; set; } = 20;

    /// <summary>Addresses that one attempt tries, 2 to 100 (RFC 5321 5.1 asks for two at least). Default 5.</summary>
    [Range(2, 100)]
    public int MaxAddresses { get; set; } = 5;

    /// <summary>Whether IPv6 addresses of hosts are used, before those of IPv4. Default false.</summary>
    public bool UseIPv6 { get; set; }

    /// <summary>Whether hosts on this machine's loopback are delivered to. Default false; true is for tests.</summary>
    public bool AllowLoopback { get; set; }

    /// <summary>Connections that a source has open at once, idle ones included: 1 to 100,000. Default 1,000.</summary>
    [Range(1, 100_000)]
    public int MaxConnections { get; set; } = 1_000;

    /// <summary>
    /// Connections of a source to one site, that is to all hosts of one provider, or to all MX hosts that a domain names together: 1 to
    /// 10,000. Default 20.
    /// </summary>
    [Range(1, 10_000)]
    public int MaxConnectionsPerSite { get; set; } = 20;

    /// <summary>Connections of a source to one MX host, 1 to 10,000. Default 10.</summary>
    [Range(1, 10_000)]
    public int MaxConnectionsPerHost { get; set; } = 10;

    /// <summary>Hand-overs that wait for a full host, site or source: 0 to 100,000. Default 64; more come back seconds later.</summary>
    [Range(0, 100_000)]
    public int MaxWaiting { get; set; } = 64;

    /// <summary>How long a hand-over waits for a free connection, 0 s to 10 min. Default 30 seconds; then it comes back later.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan WaitTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Messages after which a connection is closed, 1 to 1,000,000. Default 100.</summary>
    [Range(1, 1_000_000)]
    public int MessagesPerConnection { get; set; } = 100;

    /// <summary>How long an unused connection stays open, 1 second to 10 minutes. Default 15 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a TCP connection may take, a proxy included: 1 second to 10 minutes. Default 30 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a destination rests after it could not be reached, 1 second to 1 hour. Default 1 minute; it doubles.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan RestMin { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>The longest rest of a destination, 1 second to 4 hours. Default 30 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "04:00:00")]
    public TimeSpan RestMax { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>
    /// None, Opportunistic or Required; default Opportunistic. What a message or a domain's MTA-STS policy asks for comes on top. A
    /// certificate is verified by MTA-STS alone.
    /// </summary>
    public SmtpTlsMode TlsMode { get; set; } = SmtpTlsMode.Opportunistic;

    /// <summary>Whether MTA-STS policies (RFC 8461) are looked for and obeyed. Default true.</summary>
    public bool MtaSts { get; set; } = true;

    /// <summary>Authorities to trust instead of the system's. Default null: the system's.</summary>
    public X509Certificate2Collection? TrustedRoots { get; set; }

    /// <summary>How long a server may take per step. Defaults: RFC 5321 4.5.3.2.</summary>
    public SmtpTimeouts Timeouts { get; set; } = new();

    internal IEnumerable<string> Errors()
    {
        if (TlsMode == SmtpTlsMode.Implicit) yield return $"{Section}:TlsMode: MX hosts have no implicit TLS; use Required.";
        if (RestMin > RestMax) yield return $"{Section}:RestMin ({RestMin}) must not be above {Section}:RestMax ({RestMax}).";
        for (var i = 0; i < Sources.Count; i++)
        {
            foreach (var error in Sources[i].Errors()) yield return $"{Section}:Sources:{i}:{error}";
        }

        var names = Sources.Select(s => s.ToString()).ToList();
        foreach (var twice in names.Where(n => names.Count(m => m == n) > 1).Distinct())
            yield return $"{Section}:Sources: {twice} stands there more than once.";
    }

    /// <param name="pool">What a sending pool limits of it for each of its addresses.</param>
    internal ConnectionPoolLimits ToPoolLimits(PoolLimits? pool = null) => new()
    {
        Total = MaxConnections,
        PerSite = pool?.ConnectionsTowards(MailboxProvider.Other.Name) ?? MaxConnectionsPerSite,
        PerHost = MaxConnectionsPerHost,
        Waiting = MaxWaiting,
        Patience = WaitTimeout,
        MessagesPerConnection = pool?.MessagesPerConnection ?? MessagesPerConnection,
        IdleTimeout = IdleTimeout,
        // Sites of providers have their names; all others those of their hosts.
        Sites = pool is null ? FrozenDictionary<string, int>.Empty : MailboxProvider.All.Select(p => p.Name)
            .Union((pool.Providers ?? []).Select(p => p.Provider))
            .ToFrozenDictionary(n => n, n => pool.ConnectionsTowards(n) ?? MaxConnectionsPerSite, StringComparer.Ordinal),
    };
}

/// <summary>Where mail leaves from: a local address, or a SOCKS5 proxy.</summary>
public sealed class MxSourceOptions
{
    /// <summary>A local IP address to bind. Default null: the system's choice. Not together with <see cref="Proxy"/>.</summary>
    public string? Address { get; set; }

    /// <summary>A SOCKS5 proxy as host:port. Default null: none.</summary>
    public string? Proxy { get; set; }

    /// <summary>User name for the proxy, 1 to 255 bytes. Default null: none is needed.</summary>
    public string? ProxyUser { get; set; }

    /// <summary>Password for the proxy. Needed when <see cref="ProxyUser"/> is set.</summary>
    public string? ProxyPassword { get; set; }

    /// <summary>
    /// The name given in EHLO, which should resolve to the address and back: 1 to 255 letters, digits, dots, hyphens, or an address
    /// literal. Default null: <see cref="MxOptions.HelloName"/>.
    /// </summary>
    [RegularExpression(@"^[A-Za-z0-9._:\[\]-]{1,255}$")]
    public string? HelloName { get; set; }

    /// <summary>Without the password.</summary>
    public override string ToString() => Address ?? Proxy ?? "the system's choice";

    internal EndPoint? ProxyEndPoint()
    {
        if (Proxy is null) return null;
        if (IPEndPoint.TryParse(Proxy, out var address) && address.Port > 0) return address;
        var colon = Proxy.LastIndexOf(':');
        return colon > 0 && ushort.TryParse(Proxy.AsSpan(colon + 1), out var port) && port > 0
            && Uri.CheckHostName(Proxy[..colon]) == UriHostNameType.Dns ? new DnsEndPoint(Proxy[..colon], port) : null;
    }

    internal IEnumerable<string> Errors()
    {
        if (Address is null == Proxy is null) yield return "Address: exactly one of Address and Proxy must be given.";
        if (Address is not null && !IPAddress.TryParse(Address, out _)) yield return $"Address: {Address} is not an IP address.";
        if (Proxy is not null && ProxyEndPoint() is null) yield return $"Proxy: {Proxy} is not of the form host:port.";
        if (string.IsNullOrEmpty(ProxyUser) != string.IsNullOrEmpty(ProxyPassword))
            yield return "ProxyUser: ProxyUser and ProxyPassword must be given together.";
    }
}
