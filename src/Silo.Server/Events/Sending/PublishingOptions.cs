using System.ComponentModel.DataAnnotations;
using System.Net;
using Silo.Core.Addresses;

namespace Silo.Server.Events.Sending;

/// <summary>The rest of section <c>Silo:Events</c>: how notices are sent, and what becomes of those that nobody takes.</summary>
public sealed class PublishingOptions
{
    /// <summary>
    /// Endpoints may be at addresses that are not public: loopback, private and link-local networks. Default false: whoever may write a URL
    /// into a destination could otherwise have this server call what only it can reach.
    /// </summary>
    public bool AllowPrivateAddresses { get; set; }

    /// <summary>Networks that endpoints may be in all the same, as 10.1.2.0/24: at most 100. Default none.</summary>
    [MaxLength(100)]
    public List<string> AllowedNetworks { get; set; } = [];

    /// <summary>
    /// How endpoints reach this server's HTTP edge, as https://silo.example.com, for the addresses in SNS messages. Default:
    /// <c>Silo:Http:Url</c>.
    /// </summary>
    [StringLength(200)]
    public string? PublicUrl { get; set; }

    /// <summary>For a whole POST, from the look-up of the name to the answer: 1 s to 1 min. Default 10 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:01:00")]
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>POSTs of this silo at a time: 4 to 1,000. Default 64; of them those to endpoints that failed last time take a quarter.</summary>
    [Range(4, 1_000)]
    public int MaxConnections { get; set; } = 64;

    /// <summary>Of them to one host and port: 1 to 1,000. Default 8.</summary>
    [Range(1, 1_000)]
    public int MaxConnectionsPerHost { get; set; } = 8;

    /// <summary>Of them for one tenant: 1 to 1,000. Default 4.</summary>
    [Range(1, 1_000)]
    public int MaxConnectionsPerTenant { get; set; } = 4;

    /// <summary>The wait after the first failure, doubled with each further one: 100 ms to 1 min. Default 1 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan RetryMin { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait between attempts, also when the endpoint asks for more: 1 min to 6 h. Default 30 min.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "06:00:00")]
    public TimeSpan RetryMax { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>Older notices are dropped, counted and logged: 1 min to 30 days. Default 3 days.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "30.00:00:00")]
    public TimeSpan MaxAge { get; set; } = TimeSpan.FromDays(3);

    /// <summary>Notices of one tenant that may wait for one destination, 1,000 to 100,000,000; beyond it the oldest go. Default 2,000,000.</summary>
    [Range(1_000, 100_000_000)]
    public long MaxBehind { get; set; } = 2_000_000;

    /// <summary>A destination of which nothing but failures were heard for so long is disabled: 1 min to 30 days. Default 24 h.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "30.00:00:00")]
    public TimeSpan DisableAfter { get; set; } = TimeSpan.FromHours(24);

    public OperatorMailOptions OperatorMail { get; set; } = new();

    internal IEnumerable<string> Errors()
    {
        foreach (var network in AllowedNetworks.Where(n => !IPNetwork.TryParse(n, out _)))
            yield return $"{EventOptions.Section}:AllowedNetworks: '{network}' is no network, as 10.1.2.0/24.";
        if (PublicUrl is not null && !IsBase(PublicUrl))
            yield return $"{EventOptions.Section}:PublicUrl: {PublicUrl} is not of the form https://host or http://host:port.";
        if (RetryMin > RetryMax)
            yield return $"{EventOptions.Section}:RetryMin ({RetryMin}) must not be above {EventOptions.Section}:RetryMax ({RetryMax}).";
        foreach (var error in OperatorMail.Errors()) yield return error;
    }

    private static bool IsBase(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url is { AbsolutePath: "/", Query: "", Fragment: "", UserInfo: "" };
}

/// <summary>Section <c>Silo:Events:OperatorMail</c>: who gets mail about findings, pauses and disabled destinations. Off without recipients.</summary>
public sealed class OperatorMailOptions
{
    /// <summary>At most 10 addresses. Default none: no mail.</summary>
    [MaxLength(10)]
    public List<string> To { get; set; } = [];

    /// <summary>The author: an address of a verified identity. Required with <see cref="To"/>.</summary>
    public string? From { get; set; }

    /// <summary>The tenant that sends it. Default none: the account.</summary>
    [StringLength(64)]
    public string? Tenant { get; set; }

    /// <summary>With a tenant: one of its configuration sets. Default none.</summary>
    [StringLength(64)]
    public string? ConfigurationSet { get; set; }

    /// <summary>Mails in any hour, 1 to 1,000; what happens beyond it stands together in one more at the hour's end. Default 20.</summary>
    [Range(1, 1_000)]
    public int MaxPerHour { get; set; } = 20;

    internal bool IsOn => To.Count > 0 && From is not null;

    internal IEnumerable<string> Errors()
    {
        foreach (var address in To.Append(From).Where(a => a is not null && !EmailAddress.TryParse(a, out _)))
            yield return $"{EventOptions.Section}:OperatorMail: {address} is no mail address.";
        if (To.Count > 0 && From is null)
            yield return $"{EventOptions.Section}:OperatorMail:From must be given with {EventOptions.Section}:OperatorMail:To.";
    }
}
