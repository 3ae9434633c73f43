using System.ComponentModel.DataAnnotations;
using System.Net;
using Microsoft.AspNetCore.HttpOverrides;
using IPNetwork = System.Net.IPNetwork;

namespace Silo.Server.PublicWeb;

/// <summary>
/// Section <c>Silo:Public</c>: the listener that recipients' programs and browsers reach, apart from the API. It serves the links that
/// stand in mail and nothing else.
/// </summary>
public sealed class PublicOptions
{
    public const string Section = "Silo:Public";

    /// <summary>
    /// Where it listens: http://address:port, or https://address:port with a certificate; port 0 takes a free one. Default
    /// http://127.0.0.1:8090.
    /// </summary>
    [Required]
    public string Url { get; set; } = "http://127.0.0.1:8090";

    /// <summary>
    /// What links in mail begin with, as https://click.example.com: the same on all silos, at most 200 characters. Default: where it listens.
    /// One-click unsubscribing needs https (RFC 8058 3.1).
    /// </summary>
    [MaxLength(200)]
    public string? BaseUrl { get; set; }

    /// <summary>PEM file of the certificate and what it is signed by; with <see cref="KeyPath"/>, for an https Url. Default none.</summary>
    public string? CertificatePath { get; set; }

    /// <summary>PEM file of the certificate's key. Default none.</summary>
    public string? KeyPath { get; set; }

    /// <summary>
    /// Proxies whose X-Forwarded-For is believed: addresses or networks as 10.0.0.0/8, at most 100. Default none. Behind a proxy that is
    /// not listed all visitors have the proxy's address, and share its rate.
    /// </summary>
    [MaxLength(100)]
    public List<string> TrustedProxies { get; set; } = [];

    /// <summary>
    /// Requests of one address per second, 1 to 100,000; of IPv6 one /64 counts as one. Default 200: mailbox providers unsubscribe and fetch
    /// images for all their users from few addresses. Beyond it: 429.
    /// </summary>
    [Range(1, 100_000)]
    public int RequestsPerSecondPerAddress { get; set; } = 200;

    /// <summary>Requests of one address at once before that rate holds, 1 to 1,000,000. Default 2,000.</summary>
    [Range(1, 1_000_000)]
    public int BurstPerAddress { get; set; } = 2_000;

    /// <summary>Connections at a time, 1 to 100,000. Default 2,000; others are closed.</summary>
    [Range(1, 100_000)]
    public int MaxConnections { get; set; } = 2_000;

    /// <summary>
    /// Of them from one address, 1 to 100,000; of IPv6 one /64 counts as one. Default 100; others are closed. <see cref="TrustedProxies"/> and
    /// the machine itself may have all.
    /// </summary>
    [Range(1, 100_000)]
    public int MaxConnectionsPerAddress { get; set; } = 100;

    internal IEnumerable<string> Errors()
    {
        if (!TryParse(Url, out var scheme))
            yield return $"{Section}:Url: {Url} is not of the form http://address:port or https://address:port.";
        if ((CertificatePath is null) != (KeyPath is null))
            yield return $"{Section}:CertificatePath and {Section}:KeyPath must be given together.";
        if (scheme == "https" && CertificatePath is null)
            yield return $"{Section}:Url is https and needs {Section}:CertificatePath and {Section}:KeyPath.";
        if (BaseUrl is not null && (!Uri.TryCreate(BaseUrl, UriKind.Absolute, out var uri)
            || uri is not { Scheme: "http" or "https", PathAndQuery: "/", UserInfo: "", Fragment: "" }))
            yield return $"{Section}:BaseUrl: {BaseUrl} is not of the form https://host or https://host:port.";
        foreach (var proxy in TrustedProxies.Where(p => !IPAddress.TryParse(p, out _) && !IPNetwork.TryParse(p, out _)))
            yield return $"{Section}:TrustedProxies: {proxy} is no address and no network.";
    }

    /// <summary>What the proxies are believed, however many of them a request came through.</summary>
    internal ForwardedHeadersOptions Forwarding(ForwardedHeaders headers)
    {
        var forwarding = new ForwardedHeadersOptions { ForwardedHeaders = headers, ForwardLimit = null };
        forwarding.KnownProxies.Clear();
        forwarding.KnownIPNetworks.Clear();
        foreach (var proxy in TrustedProxies)
        {
            if (IPAddress.TryParse(proxy, out var address)) forwarding.KnownProxies.Add(address);
            else forwarding.KnownIPNetworks.Add(IPNetwork.Parse(proxy));
        }

        return forwarding;
    }

    private static bool TryParse(string url, out string? scheme)
    {
        scheme = null;
        try
        {
            if (BindingAddress.Parse(url) is not { Scheme: "http" or "https", PathBase.Length: 0, Port: >= 0 and <= 65_535 } address) return false;
            scheme = address.Scheme;
            return true;
        }
        catch (FormatException)
        {
            return false;
        }
    }
}
