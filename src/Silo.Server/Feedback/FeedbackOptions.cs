using System.ComponentModel.DataAnnotations;
using System.Net;
using Silo.Core.Addresses;

namespace Silo.Server.Feedback;

/// <summary>
/// Section <c>Silo:Feedback</c>: how what happens to mail after it left finds its way back. All of it is off until it is configured.
/// </summary>
public sealed class FeedbackOptions
{
    public const string Section = "Silo:Feedback";

    /// <summary>
    /// The domain of return paths: with it, mail by relay or MX leaves with a signed sender at this domain and a header X-Silo-Ref. Its MX
    /// record must lead to <see cref="FeedbackSmtpOptions.Endpoint"/>. Default none: mail leaves with the sender that it came with.
    /// </summary>
    [RegularExpression("^[A-Za-z0-9.-]{1,190}$")]
    public string? ReturnPathDomain { get; set; }

    /// <summary>
    /// What return paths and references are signed with, at most 15: the first signs, all are believed. Default none: a key that the first
    /// start makes and stores, the same for all silos. It is believed beside the ones that are given here.
    /// </summary>
    [MaxLength(15)]
    public List<ReferenceKeyOptions> Keys { get; set; } = [];

    /// <summary>The addresses that feedback loops were enrolled with, at most 100. Default none.</summary>
    [MaxLength(100)]
    public List<string> ComplaintAddresses { get; set; } = [];

    public FeedbackSmtpOptions Smtp { get; set; } = new();

    public SnsOptions Sns { get; set; } = new();

    public EventBridgeOptions EventBridge { get; set; } = new();

    /// <summary>Something of it is in use, so keys are needed.</summary>
    internal bool IsOn =>
        ReturnPathDomain is not null || Smtp.Endpoint is not null || Sns.Topics.Count > 0 || EventBridge.Secret is not null;

    internal IEnumerable<string> Errors()
    {
        if (ReturnPathDomain is not null && !DomainName.TryNormalize(ReturnPathDomain, false, out _))
            yield return $"{Section}:ReturnPathDomain: {ReturnPathDomain} is no domain name.";
        foreach (var address in ComplaintAddresses.Where(a => !EmailAddress.TryParse(a, out _)))
            yield return $"{Section}:ComplaintAddresses: {address} is no mail address.";
        foreach (var id in Keys.GroupBy(k => k.Id).Where(g => g.Count() > 1).Select(g => g.Key))
            yield return $"{Section}:Keys: the id {id} stands there twice.";
        for (var i = 0; i < Keys.Count; i++)
            if (Keys[i].Bytes() is null)
                yield return $"{Section}:Keys:{i}:Secret must be base64 of at least {ReferenceKeyOptions.LeastBytes} bytes.";
        if (Smtp.Endpoint is { } endpoint && !IPEndPoint.TryParse(endpoint, out _))
            yield return $"{Section}:Smtp:Endpoint: {endpoint} is not address:port.";
        if (Smtp.Endpoint is not null && ReturnPathDomain is null && ComplaintAddresses.Count == 0)
            yield return $"{Section}:Smtp:Endpoint takes nothing without {Section}:ReturnPathDomain or {Section}:ComplaintAddresses.";
        // The binder makes null of a null in a file.
        foreach (var topic in Sns.Topics.Where(t =>
            t is null || !t.StartsWith("arn:aws", StringComparison.Ordinal) || !t.Contains(":sns:", StringComparison.Ordinal)))
            yield return $"{Section}:Sns:Topics: '{topic}' is no ARN of a topic.";
        foreach (var url in Sns.OtherSilos.Where(u =>
            !Uri.TryCreate(u, UriKind.Absolute, out var uri)
            || uri is not { Scheme: "http" or "https", PathAndQuery: "/", UserInfo: "", Fragment: "" }))
            yield return $"{Section}:Sns:OtherSilos: '{url}' is not of the form https://host or http://host:port.";
        if (EventBridge.Secret is { Length: < EventBridgeOptions.LeastSecretCharacters })
            yield return $"{Section}:EventBridge:Secret must have at least {EventBridgeOptions.LeastSecretCharacters} characters.";
    }
}

/// <summary>A key that references are signed with.</summary>
public sealed class ReferenceKeyOptions
{
    internal const int LeastBytes = 32;

    /// <summary>1 to 15; it stands in what is signed, so an id is not to be used for another key within 60 days.</summary>
    [Range(1, 15)]
    public int Id { get; set; }

    /// <summary>Base64 of 32 random bytes or more.</summary>
    [Required]
    public string Secret { get; set; } = "";

    internal byte[]? Bytes()
    {
        var bytes = new byte[Secret.Length];
        return Convert.TryFromBase64String(Secret, bytes, out var length) && length >= LeastBytes ? bytes[..length] : null;
    }
}

/// <summary>The listener for notifications and complaints by mail. It relays nothing.</summary>
public sealed class FeedbackSmtpOptions
{
    /// <summary>address:port, as "0.0.0.0:25"; port 0 takes a free one. Default none: no listener.</summary>
    public string? Endpoint { get; set; }

    /// <summary>The name in the greeting, 1 to 253 letters, digits, dots, hyphens. Default: the return path's domain.</summary>
    [RegularExpression("^[A-Za-z0-9.-]{1,253}$")]
    public string? HostName { get; set; }

    /// <summary>Connections at a time, 1 to 10,000; others are told to come back (421). Default 200.</summary>
    [Range(1, 10_000)]
    public int MaxConnections { get; set; } = 200;

    /// <summary>Of them from one address, 1 to 10,000. Default 20.</summary>
    [Range(1, 10_000)]
    public int MaxConnectionsPerAddress { get; set; } = 20;

    /// <summary>How long a peer may be silent, 1 second to 30 minutes. Default 5 minutes (RFC 5321 4.5.3.2.7).</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:30:00")]
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How long a connection may last, 1 minute to 1 day. Default 30 minutes.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "1.00:00:00")]
    public TimeSpan SessionTimeout { get; set; } = TimeSpan.FromMinutes(30);
}

/// <summary>Records of SES that come as messages of SNS, at <c>/silo/v1/feedback/sns</c>.</summary>
public sealed class SnsOptions
{
    /// <summary>
    /// The ARNs of the topics that are believed, at most 100: any customer of AWS can sign. Default none: nothing is taken.
    /// </summary>
    [MaxLength(100)]
    public List<string> Topics { get; set; } = [];

    /// <summary>
    /// Other Silos whose messages are taken as those of SNS are, as https://silo.example.com, at most 10: what they sign for a listed topic
    /// is believed. Default none.
    /// </summary>
    [MaxLength(10)]
    public List<string> OtherSilos { get; set; } = [];

    /// <summary>How old a message may be, 1 minute to 7 days: SNS tries for hours what it could not deliver. Default 1 day.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "7.00:00:00")]
    public TimeSpan MaxAge { get; set; } = TimeSpan.FromDays(1);
}

/// <summary>Records of SES that come as events by an API destination, at <c>/silo/v1/feedback/eventbridge</c>.</summary>
public sealed class EventBridgeOptions
{
    internal const int LeastSecretCharacters = 32;

    /// <summary>The header that carries the secret: 1 to 64 letters, digits, hyphens. Default X-Silo-Secret.</summary>
    [RegularExpression("^[A-Za-z0-9-]{1,64}$")]
    public string Header { get; set; } = "X-Silo-Secret";

    /// <summary>What the API destination's connection puts there: 32 characters or more. Default none: nothing is taken.</summary>
    public string? Secret { get; set; }
}
