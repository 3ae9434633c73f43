using System.ComponentModel.DataAnnotations;

namespace Silo.Server.Hosting;

/// <summary>
/// Section <c>Silo:Cluster</c>: how silos of one cluster find and reach each other. The embedded engine reads none of it.
/// </summary>
public sealed class ClusterOptions
{
    public const string Section = "Silo:Cluster";

    /// <summary>Silos of the same name on the same database form a cluster: 1 to 100 letters, digits, "-", "_". Default silo.</summary>
    [RegularExpression("^[A-Za-z0-9_-]{1,100}$")]
    public string Name { get; set; } = "silo";

    /// <summary>The IP address under which other silos and clients reach this one. Default 127.0.0.1: silos on one machine.</summary>
    public string AdvertisedAddress { get; set; } = "127.0.0.1";

    /// <summary>Where silos talk to each other: 1 to 65,535. Default 11111.</summary>
    [Range(1, 65_535)]
    public int SiloPort { get; set; } = 11_111;

    /// <summary>Where cluster clients connect: 1 to 65,535. Default 30000.</summary>
    [Range(1, 65_535)]
    public int GatewayPort { get; set; } = 30_000;

    /// <summary>How long a tenant stays in memory without a call: 1 min to 1 day. Default 5 min.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "1.00:00:00")]
    public TimeSpan CollectionAge { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// Share of the machine's memory in use from which silos let idle tenants go early: 10 to 100 percent. Default 85; 100 switches it
    /// off.
    /// </summary>
    [Range(10, 100)]
    public int SheddingMemoryPercent { get; set; } = 85;

    /// <summary>As the silo registers itself: address and silo port.</summary>
    public string Endpoint => $"{AdvertisedAddress}:{SiloPort}";

    public ClusterTlsOptions Tls { get; set; } = new();
}

/// <summary>Section <c>Silo:Cluster:Tls</c>: both sides of each connection between silos, and clients, show a certificate.</summary>
public sealed class ClusterTlsOptions
{
    public const string Section = ClusterOptions.Section + ":Tls";

    /// <summary>
    /// A PEM file with the certificate and its chain; null for no TLS. The same for all silos, or each its own from one authority.
    /// </summary>
    public string? CertificateFile { get; set; }

    /// <summary>A PEM file with the private key; null when it stands in the certificate's file.</summary>
    public string? KeyFile { get; set; }

    /// <summary>A PEM file with the certificates of the authorities that peers' certificates must come from. Required with TLS.</summary>
    public string? AuthorityFile { get; set; }

    /// <summary>The name that peers' certificates are for. Required with TLS.</summary>
    public string? TargetName { get; set; }

    /// <summary>All that TLS needs, or nothing at all: half of it must not end in connections without TLS.</summary>
    public bool IsComplete => CertificateFile is null
        ? KeyFile is null && AuthorityFile is null && TargetName is null
        : AuthorityFile is not null && TargetName is not null;
}
