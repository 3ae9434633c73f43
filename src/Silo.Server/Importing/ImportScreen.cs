using System.Globalization;
using Spectre.Console;

namespace Silo.Server.Importing;

/// <summary>The report as a table. What is the same is only counted.</summary>
internal static class ImportScreen
{
    public static void Write(IAnsiConsole console, ImportReport report)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("Kind", "Name", report.Applied ? "Done" : "Would be done", "Notes");
        foreach (var item in report.Items.Where(i => i.Action != ImportAction.Same || i.Notes.Count > 0))
        {
            var notes = item.Notes.Concat(item.Refusals.Select(r => "REFUSED: " + r));
            table.AddRow(new Text(item.Kind), new Text(item.Name), new Text(Shown(item, report.Applied)), new Text(string.Join('\n', notes)));
        }

        if (table.Rows.Count > 0) console.Write(table);
        console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{report.Count(ImportAction.Create)} to create, {report.Count(ImportAction.Change)} to change, "
            + $"{report.Count(ImportAction.Same)} the same, "
            + $"{report.Count(ImportAction.Leave)} not taken over."));
        if (!report.Applied && report.Items.Any(i => i.Calls.Count > 0)) console.WriteLine("Nothing was changed. Run it again with --apply.");
    }

    private static string Shown(ImportItem item, bool applied) => item.Action switch
    {
        ImportAction.Create when item.Refusals.Count > 0 => "in part, or not",
        ImportAction.Change when item.Refusals.Count > 0 => "in part, or not",
        ImportAction.Create => applied ? "created" : "create",
        ImportAction.Change => applied ? "changed" : "change",
        ImportAction.Same => "the same",
        _ => "not taken over",
    };
}
