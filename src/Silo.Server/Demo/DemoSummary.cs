using System.Globalization;
using Spectre.Console;

namespace Silo.Server.Demo;

/// <summary>The last table: what was promised, what became of it, and how fast the pause was.</summary>
internal static class DemoSummary
{
    public static void Write(IAnsiConsole console, DemoResult result)
    {
        var table = new Table().Border(TableBorder.Rounded).BorderColor(Color.Grey).Title("Books at the end, in messages");
        foreach (var header in new[] { "Tenant", "Status" }) table.AddColumn(new TableColumn(new Text(header)).NoWrap());
        foreach (var header in new[] { "Accepted", "Delivered", "Bounced", "Parked", "Refused" })
            table.AddColumn(new TableColumn(new Text(header)).NoWrap().RightAligned());
        table.AddColumn(new TableColumn(new Text("Balanced")).NoWrap());
        foreach (var e in result.Endings)
        {
            table.AddRow(
                new Text(e.Tenant.Name), DemoScreen.Status(e.Status), Count(e.AcceptedByApi), Count(e.Books.Delivered),
                Count(e.Books.Bounced), Count(e.Stored), Count(e.Refused), Verdict(e.IsBalanced));
        }

        console.WriteLine();
        console.Write(table);
        console.WriteLine("Balanced: what the API promised = what the books say, and what they say is open = what lies in the spool.");
        foreach (var e in result.Endings.Where(e => e.Pause is not null))
            console.WriteLine($"{e.Tenant.Name}: {e.Pause!.Latency}; {e.BegunAfterPause} hand-overs began afterwards.");
        console.WriteLine(result.IsAsTold
            ? "As promised: the bad tenant was paused, the other two never noticed."
            : "Not as promised: see the table.");
    }

    private static Text Verdict(bool balanced) => balanced ? new Text("yes", new Style(Color.Green)) : new Text("NO", new Style(Color.Red));

    private static Text Count(long count) => new(count.ToString("N0", CultureInfo.InvariantCulture));
}
