using System.ComponentModel.DataAnnotations;

namespace Silo.Server.Delivery.Simulation;

/// <summary>How the simulated world answers.</summary>
public sealed class SimulatorOptions
{
    /// <summary>Two runs with the same seed give each message the same fate. Default 0.</summary>
    public long Seed { get; set; }

    /// <summary>
    /// Domains whose local parts name their outcome: success, bounce, ooto, complaint, suppressionlist, each with an optional
    /// +label.
    /// </summary>
    public IReadOnlyCollection<string> MailboxDomains { get; set; } = ["simulator.amazonses.com"];

    /// <summary>Recipients of domains that <see cref="ByDomain"/> does not name. Default: all delivered.</summary>
    public SimulatedDomain Default { get; set; } = new();

    /// <summary>By recipient domain, in lower case. Default none.</summary>
    public Dictionary<string, SimulatedDomain> ByDomain { get; set; } = [];

    /// <summary>From the delivery to its complaint, 0 to 30 days. Default 0: with the delivery.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "30.00:00:00")]
    public TimeSpan ComplaintDelay { get; set; }

    /// <summary>Complaints that wait at once, 0 to 10,000,000; one more is reported without delay. Default 100,000.</summary>
    [Range(0, 10_000_000)]
    public int MaxPendingComplaints { get; set; } = 100_000;
}

/// <summary>
/// The rates of one domain. They are parts of 1 and add up to at most 1, but for complaints, which are parts of what is delivered.
/// </summary>
public sealed class SimulatedDomain
{
    /// <summary>Hard bounces, 0 to 1. Default 0.</summary>
    [Range(0, 1.0)]
    public double BounceRate { get; set; }

    /// <summary>Blocks, 0 to 1. Default 0.</summary>
    [Range(0, 1.0)]
    public double BlockRate { get; set; }

    /// <summary>Deferrals, 0 to 1, drawn anew for each attempt. Default 0.</summary>
    [Range(0, 1.0)]
    public double DeferralRate { get; set; }

    /// <summary>Complaints of what is delivered, 0 to 1. Default 0.</summary>
    [Range(0, 1.0)]
    public double ComplaintRate { get; set; }

    /// <summary>The shortest time of a hand-over in milliseconds, 0 to 600,000. Default 0.</summary>
    [Range(0, 600_000)]
    public int MinLatencyMs { get; set; }

    /// <summary>
    /// The longest time of a hand-over in milliseconds, 0 to 600,000. Default 0; below the shortest one it is taken as that.
    /// </summary>
    [Range(0, 600_000)]
    public int MaxLatencyMs { get; set; }
}
