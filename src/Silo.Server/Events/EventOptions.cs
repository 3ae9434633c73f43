using System.ComponentModel.DataAnnotations;
using Silo.Server.Events.Sending;

namespace Silo.Server.Events;

/// <summary>Section <c>Silo:Events</c>: what others are told, and where to.</summary>
public sealed class EventOptions
{
    public const string Section = "Silo:Events";

    /// <summary>Endpoints that stand for the topics, buses and streams that destinations name by ARN: at most 1,000.</summary>
    [MaxLength(1_000)]
    public IList<ArnTargetOptions> Targets { get; set; } = [];

    /// <summary>Days for which headers, tags and recipients of a message are kept for its notices: 1 to 60. Default 14.</summary>
    [Range(1, 60)]
    public int FactsDays { get; set; } = 14;

    /// <summary>What is wrong with values that are right one by one.</summary>
    public IEnumerable<string> Errors()
    {
        foreach (var (target, i) in Targets.Select((t, i) => (t, i)))
        {
            if (!Uri.TryCreate(target.Url, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
                yield return $"{Section}:Targets:{i}:Url: {target.Url} is not an http or https URL.";
            if (Targets.Take(i).Any(t => t.Arn == target.Arn)) yield return $"{Section}:Targets:{i}:Arn: {target.Arn} is mapped twice.";
            if (IsBus(target.Arn) && target.Secret is { } secret && WebhookSignature.Key(secret) is not { Length: > 0 })
                yield return $"{Section}:Targets:{i}:Secret must be whsec_ and base64 for a bus.";
        }
    }

    private static bool IsBus(string arn) => arn.Split(':') is [_, _, "events", ..];
}

/// <summary>One ARN's endpoint: <c>Silo:Events:Targets:0:Arn</c> and so on.</summary>
public sealed class ArnTargetOptions
{
    /// <summary>Of an SNS topic, an EventBridge bus or a Firehose stream, as destinations name it.</summary>
    [Required, StringLength(1_011)]
    public string Arn { get; set; } = "";

    /// <summary>http or https.</summary>
    [Required, StringLength(2_048)]
    public string Url { get; set; } = "";

    /// <summary>"whsec_" and base64 for buses (signed as a webhook is), the access key for Firehose; not used for SNS.</summary>
    public string? Secret { get; set; }
}
