using Silo.LoadTest.Runs;

namespace Silo.LoadTest.Reports;

/// <summary>Which way a figure is better.</summary>
internal enum BetterWay
{
    /// <summary>Neither: it says what was done, not how well.</summary>
    None,
    Higher,
    Lower,
}

/// <param name="Ratio">The second by the first; null when one is missing, or the first is 0 and the second is not.</param>
/// <param name="IsWorse">By more than what is tolerated.</param>
internal sealed record ComparedFigure(
    string Name, string Unit, double? First, double? Second, double? Ratio, BetterWay Better, bool IsWorse);

/// <param name="First">Null: the run had no such promise.</param>
internal sealed record ComparedVerdict(string Name, RunVerdict? First, RunVerdict? Second)
{
    /// <summary>It was kept, and is not any more (or is not asked any more); or it is new and broken.</summary>
    public bool IsWorse => First is { Passed: true } ? Second is not { Passed: true } : First is null && Second is { Passed: false };

    public bool IsBetter => First is { Passed: false } && Second is { Passed: true };
}

/// <summary>Two runs of one scenario side by side.</summary>
internal sealed record RunComparison(IReadOnlyList<ComparedFigure> Figures, IReadOnlyList<ComparedVerdict> Verdicts)
{
    public bool IsWorse => Figures.Any(f => f.IsWorse) || Verdicts.Any(v => v.IsWorse);

    /// <param name="tolerance">How much worse a figure may be before it counts, as part of 1: 0.1 is a tenth.</param>
    public static RunComparison Of(RunRecord first, RunRecord second, double tolerance)
    {
        var figures = new List<ComparedFigure>();
        foreach (var name in first.Figures.Concat(second.Figures).Select(f => f.Name).Distinct())
        {
            var (a, b) = (first.Figures.FirstOrDefault(f => f.Name == name), second.Figures.FirstOrDefault(f => f.Name == name));
            // A number of another unit is another figure.
            if (a is not null && b is not null && a.Unit != b.Unit)
            {
                figures.Add(Of(name, a.Unit, a.Value, null, tolerance));
                figures.Add(Of(name, b.Unit, null, b.Value, tolerance));
                continue;
            }

            figures.Add(Of(name, (a ?? b)!.Unit, a?.Value, b?.Value, tolerance));
        }

        var verdicts = first.Verdicts.Concat(second.Verdicts).Select(v => v.Name).Distinct().Select(name => new ComparedVerdict(
            name, first.Verdicts.FirstOrDefault(v => v.Name == name), second.Verdicts.FirstOrDefault(v => v.Name == name)));
        return new RunComparison(figures, [.. verdicts]);
    }

    /// <summary>By the unit, and for what is only counted by the name.</summary>
    public static BetterWay Way(string name, string unit)
    {
        if (unit.EndsWith("/message", StringComparison.Ordinal)) return BetterWay.Lower;
        if (unit.StartsWith("messages/s", StringComparison.Ordinal)) return BetterWay.Higher;
        if (unit is "ms" or "µs" or "s" or "ms/s" or "MiB" or "KiB" or "cores") return BetterWay.Lower;
        var last = name[(name.LastIndexOf(' ') + 1)..];
        string[] bad =
        [
            "lost", "duplicates.unmarked", "wrong-tenant", "wrong-content", "out-of-order", "dkim-bad", "not-accepted", "unmarked",
            "begun-after", "unknown",
        ];
        return bad.Any(b => last == b || last.EndsWith("." + b, StringComparison.Ordinal)) ? BetterWay.Lower : BetterWay.None;
    }

    private static ComparedFigure Of(string name, string unit, double? first, double? second, double tolerance)
    {
        var way = Way(name, unit);
        double? ratio = (first, second) switch
        {
            (0, 0) => 1,
            ({ } a, { } b) when a != 0 => b / a,
            _ => null,
        };
        var isWorse = (first, second) is ({ } x, { } y) && way switch
        {
            BetterWay.Lower => y > x * (1 + tolerance),
            BetterWay.Higher => y < x / (1 + tolerance),
            _ => false,
        };
        return new ComparedFigure(name, unit, first, second, ratio, way, isWorse);
    }
}
