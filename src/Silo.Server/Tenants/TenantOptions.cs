using System.ComponentModel.DataAnnotations;

namespace Silo.Server.Tenants;

/// <summary>Section <c>Silo:Tenants</c>: what a tenant gets unless it has its own.</summary>
public sealed class TenantOptions
{
    public const string Section = "Silo:Tenants";

    /// <summary>Hand-overs per second: 0.01 to 1,000,000. Default 1,000.</summary>
    [Range(0.01, 1_000_000)]
    public double SendRate { get; set; } = 1_000;

    /// <summary>Hand-overs at once after a rest: 1 to 1,000,000. Default 1,000.</summary>
    [Range(1.0, 1_000_000)]
    public double SendBurst { get; set; } = 1_000;

    /// <summary>Units that may wait: 1 to 100,000,000. Default 1,000,000. Beyond it sends are refused with 429.</summary>
    [Range(1, 100_000_000)]
    public long BacklogCap { get; set; } = 1_000_000;

    /// <summary>Resources that may be associated with one tenant: 1 to 100,000. Default 1,000.</summary>
    [Range(1, 100_000)]
    public int MaxAssociations { get; set; } = 1_000;

    /// <summary>How long a pause waits for hand-overs between gate and answered MAIL before it aborts them: 0 to 5 s. Default 50 ms.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:05")]
    public TimeSpan PauseGrace { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>How long mail is tried, from its first attempt: 5 min to 7 days. Default 14 h.</summary>
    [Range(typeof(TimeSpan), "00:05:00", "7.00:00:00")]
    public TimeSpan MessageLifetime { get; set; } = TimeSpan.FromHours(14);

    /// <summary>How far ahead mail may be scheduled: 0 (not at all) to 7 days. Default 7 days.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "7.00:00:00")]
    public TimeSpan MaxScheduleAhead { get; set; } = Silo.Core.Messages.SendSchedule.MostAhead;

    /// <summary>Crashes in hand after which a unit is set aside for a person: 1 to 100. Default 3.</summary>
    [Range(1, 100)]
    public int CrashesBeforeSetAside { get; set; } = 3;

    /// <summary>Events after which the state is stored whole: 10 to 100,000. Default 1,000.</summary>
    [Range(10, 100_000)]
    public int EventsPerSnapshot { get; set; } = 1_000;
}
