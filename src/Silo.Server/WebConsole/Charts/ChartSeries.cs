namespace Silo.Server.WebConsole.Charts;

/// <summary>A line of a chart.</summary>
/// <param name="Points">In the order of time.</param>
public sealed record ChartSeries(string Name, IReadOnlyList<ChartPoint> Points);

/// <param name="Value">Null where nothing is known: the line has a gap there, which is not a zero.</param>
public readonly record struct ChartPoint(DateTimeOffset At, double? Value);

/// <summary>What the numbers of a chart are, and how they are written.</summary>
public enum ChartUnit
{
    Count,
    Percent,
    PerSecond,
    Milliseconds,
}
