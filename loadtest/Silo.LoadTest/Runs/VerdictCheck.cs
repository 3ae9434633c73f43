using System.Globalization;
using Silo.LoadTest.Scenarios;

namespace Silo.LoadTest.Runs;

/// <summary>Holds a scenario's promises against the figures of a run. A figure that nobody knows keeps no promise.</summary>
internal static class VerdictCheck
{
    /// <param name="isOwn">False: the server is somebody's own, and what only its store and its process tell is left out.</param>
    public static IReadOnlyList<RunVerdict> Of(Scenario scenario, FigureBook figures, bool isOwn = true) =>
        [.. scenario.Verdicts.Where(v => isOwn || !FigureNames.OfOwn.Contains(v.Figure)).Select(v => Of(v, figures))];

    private static RunVerdict Of(VerdictSpec verdict, FigureBook figures)
    {
        var unit = figures.UnitOf(verdict.Figure);
        var (least, most, asked) = Bounds(verdict, figures, unit);
        if (figures[verdict.Figure] is not { } value) return new RunVerdict(verdict.Name, asked, "not measured", Passed: false);
        // A bound that is not known is none that could be kept.
        var passed = (verdict.Of is null || most is not null) && !(value < least) && !(value > most);
        return new RunVerdict(verdict.Name, asked, $"{Text(value)} {unit}", passed);
    }

    private static (double? Least, double? Most, string Asked) Bounds(VerdictSpec verdict, FigureBook figures, string unit)
    {
        if (verdict.Of is { } of)
        {
            var most = figures[of] * verdict.Times + verdict.Plus;
            var plus = verdict.Plus == 0 ? "" : $" + {Text(verdict.Plus)}";
            var bound = most is { } known ? Text(known) : "?";
            return (null, most, $"{verdict.Figure} ≤ {Text(verdict.Times)} × {of}{plus} = {bound} {unit}");
        }

        var (atLeast, atMost) = (verdict.AtLeast, verdict.AtMost);
        if (atLeast == atMost) return (atLeast, atMost, $"{verdict.Figure} = {Text(atLeast!.Value)} {unit}");
        if (atMost is null) return (atLeast, null, $"{verdict.Figure} ≥ {Text(atLeast!.Value)} {unit}");
        if (atLeast is null) return (null, atMost, $"{verdict.Figure} ≤ {Text(atMost.Value)} {unit}");
        return (atLeast, atMost, $"{Text(atLeast.Value)} ≤ {verdict.Figure} ≤ {Text(atMost.Value)} {unit}");
    }

    public static string Text(double value) =>
        value.ToString(Math.Abs(value) >= 100 || value == Math.Floor(value) ? "#,0" : "0.##", CultureInfo.InvariantCulture);
}
