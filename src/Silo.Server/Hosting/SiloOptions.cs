using System.ComponentModel.DataAnnotations;
using Silo.Core.Pacing;
using Silo.Server.Access;
using Silo.Server.Delivery;

namespace Silo.Server.Hosting;

/// <summary>
/// Section <c>Silo</c> of the configuration: what concerns the whole program. Features have sections of their own below it.
/// </summary>
public sealed class SiloOptions
{
    public const string Section = "Silo";

    /// <summary>Where SQLite files and generated keys live; created with mode 0700. Default <c>./data</c>.</summary>
    [Required]
    public string DataDirectory { get; set; } = "./data";

    /// <summary>For ARNs and signatures: 1 to 32 of a-z 0-9 -. Default us-east-1.</summary>
    [RegularExpression("^[a-z0-9-]{1,32}$")]
    public string Region { get; set; } = "us-east-1";

    /// <summary>For ARNs: 12 digits. Default 000000000000.</summary>
    [RegularExpression("^[0-9]{12}$")]
    public string AccountId { get; set; } = "000000000000";

    /// <summary>The key that may do everything; generated at the first start when absent, printed once.</summary>
    public string? RootAccessKeyId { get; set; }

    /// <summary>Goes with <see cref="RootAccessKeyId"/>: both or none.</summary>
    public string? RootSecretAccessKey { get; set; }

    /// <summary>
    /// The host that this silo runs on, as <c>SiloHost</c> of dedicated IPs names it: 1 to 253 letters, digits, dots, hyphens. Default: the
    /// machine's name.
    /// </summary>
    [RegularExpression("^[A-Za-z0-9.-]{1,253}$")]
    public string? Host { get; set; }

    public HttpOptions Http { get; set; } = new();

    public IdentityOptions Identities { get; set; } = new();

    public AccountOptions Account { get; set; } = new();

    public AuditOptions Audit { get; set; } = new();

    public KeyRingOptions KeyRing { get; set; } = new();

    /// <summary>What is known of mailbox providers besides what ships; at most 1,000. Default none.</summary>
    public List<MailboxProviderOptions> MailboxProviders { get; set; } = [];
}

public sealed class HttpOptions
{
    /// <summary>The address that the HTTP edge listens on. http://address:port; port 0 takes a free one. Default http://127.0.0.1:8080.</summary>
    [Required]
    public string Url { get; set; } = "http://127.0.0.1:8080";

    /// <summary>How far the date of a signature may be from this clock: 1 s to 15 min. Default 5 min.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:15:00")]
    public TimeSpan SignatureSkew { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// Bytes of request bodies held in memory at a time, over all requests: 64 MiB to 16 GiB. Default 512 MiB. Beyond it: 503. What is
    /// made of a body (decoded content, the composed message) comes on top of it, up to about twice as much.
    /// </summary>
    [Range(64L << 20, 16L << 30)]
    public long BodyBudgetBytes { get; set; } = 512L << 20;
}

public sealed class IdentityOptions
{
    /// <summary>
    /// A new identity is verified without DNS. Default (null): true with the simulator or when HTTP listens on loopback, else false;
    /// the start puts that here.
    /// </summary>
    public bool? AutoVerify { get; set; }

    /// <summary>
    /// Who asks a new address to verify itself, as in <c>Example &lt;no-reply@example.com&gt;</c>; of a verified identity. Default none: then a new
    /// address stays PENDING until somebody calls SendCustomVerificationEmail.
    /// </summary>
    [MaxLength(320)]
    public string? VerificationFrom { get; set; }

    /// <summary>
    /// The host that the MX record of an identity's MAIL FROM domain must name: where this server takes reports. Default: the name of the
    /// listener for reports (<c>Silo:Feedback:Smtp:HostName</c>, else <c>Silo:Feedback:ReturnPathDomain</c>), else none.
    /// </summary>
    [RegularExpression("^[A-Za-z0-9.-]{1,253}$")]
    public string? MailFromMx { get; set; }

    /// <summary>The domain that the SPF record of a MAIL FROM domain must include. Default none: any SPF record is taken.</summary>
    [RegularExpression("^[A-Za-z0-9._-]{1,253}$")]
    public string? SpfInclude { get; set; }

    /// <summary>How long what was verified may be missing in DNS before it counts no more: 1 hour to 30 days. Default 3 days.</summary>
    [Range(typeof(TimeSpan), "01:00:00", "30.00:00:00")]
    public TimeSpan RevokeAfter { get; set; } = TimeSpan.FromDays(3);
}

public sealed class AccountOptions
{
    /// <summary>Tenants of the account: 1 to 1,000,000. Default 300,000.</summary>
    [Range(1, 1_000_000)]
    public int MaxTenants { get; set; } = 300_000;

    /// <summary>Recipients per second of the whole account, at once after a rest as many as in a second; -1 for no limit. Default -1.</summary>
    [Range(-1.0, 1_000_000)]
    public double MaxSendRate { get; set; } = -1;

    /// <summary>Recipients in any 24 hours of the whole account; -1 for no limit. Default -1. Mail above it waits.</summary>
    [Range(-1, 10_000_000_000)]
    public double Max24HourSend { get; set; } = -1;

    internal BudgetLimits ToBudget() => new(
        MaxSendRate < 0 ? null : MaxSendRate, BudgetLimits.UsualBurst(MaxSendRate), Max24HourSend < 0 ? null : (long)Max24HourSend);
}
