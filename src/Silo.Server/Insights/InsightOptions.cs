using System.ComponentModel.DataAnnotations;

namespace Silo.Server.Insights;

/// <summary>Section <c>Silo:Insights</c>: what is kept of messages so that they can be searched.</summary>
public sealed class InsightOptions
{
    public const string Section = "Silo:Insights";

    /// <summary>
    /// Acceptances tell sender, recipients, subject and tags, and messages can be searched by them. Default true. Without it what was kept goes
    /// with its time.
    /// </summary>
    public bool Enabled { get; set; } = true;

    /// <summary>Days for which messages can be searched, by whole days of their acceptance: 1 to 30. Default 30.</summary>
    [Range(1, 30)]
    public int RetentionDays { get; set; } = 30;

    /// <summary>How often the log is gone through when nobody asks: 0.2 s to 1 min. Default 2 s. Whoever searches has the log gone through first.</summary>
    [Range(typeof(TimeSpan), "00:00:00.2", "00:01:00")]
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Domains of disposable addresses besides those that ship; at most 100,000. Default none.</summary>
    [MaxLength(100_000)]
    public List<string> DisposableDomains { get; set; } = [];
}
