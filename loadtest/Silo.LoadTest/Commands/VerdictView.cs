using Silo.LoadTest.Runs;
using Spectre.Console;

namespace Silo.LoadTest.Commands;

/// <summary>Prints what came of a run.</summary>
internal static class VerdictView
{
    public static void Print(RunRecord record)
    {
        var console = RunView.Terminal();
        var figures = new Table().Border(TableBorder.Simple).AddColumns("figure", "value", "unit");
        foreach (var figure in record.Figures)
            figures.AddRow(Markup.Escape(figure.Name), figure.Value is { } value ? VerdictCheck.Text(value) : "-", figure.Unit);
        console.Write(figures);
        var verdicts = new Table().Border(TableBorder.Simple).AddColumns("", "promise", "asked", "measured");
        foreach (var verdict in record.Verdicts)
        {
            verdicts.AddRow(
                verdict.Passed ? "[green]pass[/]" : "[red]FAIL[/]", Markup.Escape(verdict.Name), Markup.Escape(verdict.Asked),
                Markup.Escape(verdict.Measured));
        }

        console.Write(verdicts);
        var failed = record.Verdicts.Count(v => !v.Passed);
        var all = record.Verdicts.Count;
        console.WriteLine($"{record.Scenario}: {(failed == 0 ? $"all {all} promises kept" : $"{failed} of {all} promises broken")}");
    }
}
