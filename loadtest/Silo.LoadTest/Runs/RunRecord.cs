namespace Silo.LoadTest.Runs;

/// <summary>What one run was and what came of it: the JSON beside the HTML page, and what two runs are compared by.</summary>
/// <param name="Version">Of this shape; 1.</param>
/// <param name="Began">UTC.</param>
/// <param name="Command">As it was typed, without keys: what repeats the run.</param>
/// <param name="Facts">Of the machine, the target and its configuration, as name and value.</param>
/// <param name="Series">Over the time of the run.</param>
/// <param name="Figures">One number each: medians, percentiles, counts, CPU per message.</param>
internal sealed record RunRecord(
    int Version,
    string Scenario,
    DateTimeOffset Began,
    double Seconds,
    string Command,
    IReadOnlyDictionary<string, string> Facts,
    IReadOnlyList<RunSeries> Series,
    IReadOnlyList<RunFigure> Figures,
    IReadOnlyList<RunVerdict> Verdicts);

/// <param name="Name">Such as <c>accepted</c> or <c>latency p99</c>.</param>
/// <param name="Plot">
/// Series of one plot share this: <c>throughput</c>, <c>latency</c>, <c>fairness</c>, <c>queue</c>, <c>cpu</c>, <c>memory</c>, <c>gc</c>.
/// </param>
/// <param name="Unit">Such as <c>messages/s</c>, <c>ms</c>, <c>%</c>, <c>MiB</c>.</param>
/// <param name="Points">Seconds since the run began, and the value then; null where there is none.</param>
internal sealed record RunSeries(string Name, string Plot, string Unit, IReadOnlyList<RunPoint> Points);

internal readonly record struct RunPoint(double At, double? Value);

internal sealed record RunFigure(string Name, double? Value, string Unit);

/// <param name="Asked">What the scenario promises, in words: <c>p99 ≤ 100 ms</c>.</param>
/// <param name="Measured">What was seen, in words.</param>
internal sealed record RunVerdict(string Name, string Asked, string Measured, bool Passed);
