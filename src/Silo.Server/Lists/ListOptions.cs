using System.ComponentModel.DataAnnotations;

namespace Silo.Server.Lists;

/// <summary>Section <c>Silo:Unsubscribe</c>: links by which recipients leave.</summary>
public sealed class UnsubscribeOptions
{
    public const string Section = "Silo:Unsubscribe";

    /// <summary>
    /// Mail of BULK streams with one recipient gets List-Unsubscribe and List-Unsubscribe-Post when it has none of its own and
    /// <c>Silo:Public:BaseUrl</c> is https. Default true. A configuration set can switch it off for its own mail.
    /// </summary>
    public bool BulkStreams { get; set; } = true;

    /// <summary>
    /// List-Unsubscribe also names an address to write to, where reports are taken by mail (<c>Silo:Feedback:Smtp:Endpoint</c> with
    /// <c>Silo:Feedback:ReturnPathDomain</c>). Default true.
    /// </summary>
    public bool MailTo { get; set; } = true;
}

/// <summary>Section <c>Silo:FeedbackId</c>: the header by which Gmail's Postmaster Tools tell senders apart.</summary>
public sealed class FeedbackIdOptions
{
    public const string Section = "Silo:FeedbackId";

    /// <summary>Mail leaves with a Feedback-ID, unless it has its own or leaves by SES, which puts one on. Default true.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>The last field, the same in all mail of the platform: 5 to 15 letters, digits, hyphens, underscores. Default silo-mta.</summary>
    [RegularExpression("^[A-Za-z0-9_-]{5,15}$")]
    public string SenderId { get; set; } = "silo-mta";
}
