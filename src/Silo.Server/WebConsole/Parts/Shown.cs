using System.Globalization;
using Silo.Server.WebConsole.Charts;

namespace Silo.Server.WebConsole.Parts;

/// <summary>How numbers, instants and states are written on every page.</summary>
public static class Shown
{
    private const string Unknown = "–";

    public static string Count(double? value) => value switch
    {
        null => Unknown,
        >= 10_000_000 or <= -10_000_000 => (value.Value / 1_000_000).ToString("#,0.0", CultureInfo.InvariantCulture) + " M",
        _ => value.Value.ToString("#,0.##", CultureInfo.InvariantCulture),
    };

    /// <param name="share">0.05 for 5 %; null when it is not known.</param>
    public static string Percent(double? share) => share switch
    {
        null => Unknown,
        0 => "0 %",
        < 0.01 and > -0.01 => (share.Value * 100).ToString("0.###", CultureInfo.InvariantCulture) + " %",
        _ => (share.Value * 100).ToString("0.0", CultureInfo.InvariantCulture) + " %",
    };

    public static string Value(double? value, ChartUnit unit) => unit switch
    {
        ChartUnit.Percent => Percent(value),
        ChartUnit.PerSecond => value is null ? Unknown : Count(Math.Round(value.Value, 1)) + "/s",
        ChartUnit.Milliseconds => value is null ? Unknown : Count(Math.Round(value.Value, 1)) + " ms",
        _ => Count(value),
    };

    /// <summary>Of now against then, as a ratio of volumes: +12 %.</summary>
    public static string Change(double? now, double? then) => now is null || then is null or 0
        ? Unknown
        : ((now.Value / then.Value) - 1).ToString("+0 %;−0 %;±0 %", CultureInfo.InvariantCulture);

    /// <summary>Of now against then, as a difference of rates in percentage points: +0.12.</summary>
    public static string Difference(double? now, double? then) => now is null || then is null
        ? Unknown
        : ((now.Value - then.Value) * 100).ToString("+0.## pp;−0.## pp;±0 pp", CultureInfo.InvariantCulture);

    /// <summary>2026-11-23 14:05, UTC.</summary>
    public static string Instant(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    /// <param name="epochSeconds">As the API writes instants; null for never.</param>
    public static string Instant(decimal? epochSeconds) => epochSeconds is { } seconds ? Instant(At(seconds)) : Unknown;

    public static DateTimeOffset At(decimal epochSeconds) => DateTimeOffset.UnixEpoch.AddTicks((long)(epochSeconds * TimeSpan.TicksPerSecond));

    /// <summary>3 d 4 h, 12 min, 8 s.</summary>
    public static string Duration(TimeSpan time) => time switch
    {
        { TotalDays: >= 1 } => $"{(int)time.TotalDays} d {time.Hours} h",
        { TotalHours: >= 1 } => $"{(int)time.TotalHours} h {time.Minutes} min",
        { TotalMinutes: >= 1 } => $"{(int)time.TotalMinutes} min",
        _ => $"{Math.Max(0, (int)time.TotalSeconds)} s",
    };

    /// <summary>The address of a page with a query; null values are left out.</summary>
    public static string Address(string path, params (string Name, string? Value)[] query)
    {
        var text = string.Join('&', query.Where(q => !string.IsNullOrEmpty(q.Value)).Select(q => $"{q.Name}={Uri.EscapeDataString(q.Value!)}"));
        return text.Length == 0 ? path : $"{path}?{text}";
    }

    public static string TenantPage(string name) => $"{WebConsoleRegistration.Path}/tenants/{Uri.EscapeDataString(name)}";
}
