using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Silo.LoadTest.Commands;
using Silo.LoadTest.Runs;
using Spectre.Console;

namespace Silo.LoadTest.Reports;

/// <summary>The verbs <c>compare</c> (0: nothing is worse, 1: something is, 2: they cannot be compared) and <c>report</c>.</summary>
internal static class CompareCommand
{
    private const int Worse = 1;
    private const int NotCompared = 2;

    private static readonly Argument<FileInfo> First = new("first") { Description = "The JSON of a run." };
    private static readonly Argument<FileInfo> Second = new("second") { Description = "The JSON of a later run of the same scenario." };
    private static readonly Option<double> Tolerance = new("--tolerance")
    {
        Description = "How much worse a figure may be, as part of 1.", DefaultValueFactory = _ => 0.1,
    };

    private static readonly Argument<FileInfo> Run = new("run") { Description = "The JSON of a run." };

    public static Command Make()
    {
        Tolerance.Validators.Add(r =>
        {
            if (r.GetValueOrDefault<double>() is not (>= 0 and <= 10)) r.AddError("--tolerance must be 0 to 10.");
        });
        var command = new Command("compare", "Says what became better and worse from one run to another.") { First, Second, Tolerance };
        command.SetAction(parsed => Compare(parsed.GetValue(First)!, parsed.GetValue(Second)!, parsed.GetValue(Tolerance)));
        return command;
    }

    /// <summary>Writes the page of a run anew.</summary>
    public static Command MakeReport()
    {
        var command = new Command("report", "Writes the HTML page of a run beside its JSON.") { Run };
        command.SetAction(parsed =>
        {
            var file = parsed.GetValue(Run)!;
            if (Read(file) is not { } record) return NotCompared;
            var page = Path.ChangeExtension(file.FullName, ".html");
            File.WriteAllText(page, HtmlReport.Write(record));
            Console.WriteLine(page);
            return 0;
        });
        return command;
    }

    private static int Compare(FileInfo first, FileInfo second, double tolerance)
    {
        if (Read(first) is not { } a || Read(second) is not { } b) return NotCompared;
        if (a.Scenario != b.Scenario)
        {
            Console.Error.WriteLine($"{first.Name} is of {a.Scenario}, {second.Name} of {b.Scenario}: they are not to be compared.");
            return NotCompared;
        }

        var comparison = RunComparison.Of(a, b, tolerance);
        Print(comparison);
        return comparison.IsWorse ? Worse : 0;
    }

    private static void Print(RunComparison comparison)
    {
        var console = RunView.Terminal();
        var figures = new Table().Border(TableBorder.Simple).AddColumns("figure", "first", "second", "ratio", "better", "");
        foreach (var f in comparison.Figures)
        {
            figures.AddRow(
                Markup.Escape($"{f.Name}, {f.Unit}"), Text(f.First), Text(f.Second),
                f.Ratio is { } ratio ? ratio.ToString("0.00", CultureInfo.InvariantCulture) : "-",
                f.Better switch { BetterWay.Higher => "higher", BetterWay.Lower => "lower", _ => "" }, f.IsWorse ? "[red]worse[/]" : "");
        }

        console.Write(figures);
        foreach (var v in comparison.Verdicts.Where(v => v.IsWorse || v.IsBetter))
        {
            console.MarkupLine(
                $"{(v.IsWorse ? "[red]broken now[/]" : "[green]kept now[/]")}: {Markup.Escape(v.Name)} "
                + Markup.Escape($"({v.First?.Measured ?? "not asked"} → {v.Second?.Measured ?? "not asked"})"));
        }

        console.WriteLine(comparison.IsWorse ? "Something is worse." : "Nothing is worse.");
    }

    private static string Text(double? value) => value is { } known ? PlotAxis.Text(known) : "-";

    private static RunRecord? Read(FileInfo file)
    {
        try
        {
            return RunJson.Read(file.FullName);
        }
        catch (Exception e) when (e is IOException or JsonException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine(e.Message);
            return null;
        }
    }
}
