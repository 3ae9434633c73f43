using Silo.Core.Reputation;

namespace Silo.Core.ProviderData;

/// <summary>What was told of a tenant because of a provider's data, so that the same data tells it once.</summary>
/// <param name="Key">What it was about: "level" for what lasts, a day for what was counted on it.</param>
public sealed record ProviderNotice(string Tenant, string Key, DateTimeOffset At, int Count);

/// <summary>
/// When what a provider measured is to be told of a tenant, as reports that count for 7 days (FEEDBACK_3P). By the platform's thresholds: a
/// measure at LOW is told as that many reports at which a finding LOW opens, one at HIGH as those that make it HIGH.
/// </summary>
public static class ProviderVerdicts
{
    /// <summary>"Below 0.1 %, never 0.3 % or more" (Gmail, e-mail sender guidelines).</summary>
    public const double LowSpamRate = 0.001;
    public const double HighSpamRate = 0.003;

    /// <summary>A measure counts for as long as a report does.</summary>
    public static readonly TimeSpan Window = ExternalReports.Window;

    private const string LevelKey = "level";

    public static bool IsRecent(DateOnly day, DateTimeOffset now) =>
        now - new DateTimeOffset(day.AddDays(1), TimeOnly.MinValue, TimeSpan.Zero) is var age && age < Window && age > -TimeSpan.FromDays(2);

    /// <summary>No provider has measured it yet, wherever its day ends: kept, it would stand before all that comes.</summary>
    public static bool IsToCome(DateOnly day, DateTimeOffset now) => day > DateOnly.FromDateTime(now.UtcDateTime).AddDays(1);

    /// <summary>How many reports a spam rate is worth; 0 below the threshold.</summary>
    public static int ReportsOf(double? spamRate) => spamRate switch
    {
        >= HighSpamRate => ReputationThresholds.Default.HighReports,
        >= LowSpamRate => ReputationThresholds.Default.LowReports,
        _ => 0,
    };

    /// <summary>How many are missing for a level that lasts, of which some was told within the window.</summary>
    public static int Missing(IReadOnlyList<ProviderNotice> told, string tenant, int level, DateTimeOffset now) =>
        Math.Max(0, level - told.Where(n => n.Tenant == tenant && n.Key == LevelKey && now - n.At < Window).Sum(n => n.Count));

    /// <summary>How many are missing for what was counted on a day.</summary>
    public static int Missing(IReadOnlyList<ProviderNotice> told, string tenant, DateOnly day, long count) =>
        (int)Math.Clamp(count - told.Where(n => n.Tenant == tenant && n.Key == KeyOf(day)).Sum(n => (long)n.Count), 0, ExternalReport.MaxCount);

    public static IReadOnlyList<ProviderNotice> Told(
        IReadOnlyList<ProviderNotice> told, string tenant, DateOnly? day, int count, DateTimeOffset now) =>
        [.. told.Where(n => now - n.At < Window * 2), new ProviderNotice(tenant, day is { } d ? KeyOf(d) : LevelKey, now, count)];

    private static string KeyOf(DateOnly day) => day.ToString("O", System.Globalization.CultureInfo.InvariantCulture);
}
