using System.Globalization;
using Silo.Core.Suspension;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Silo.Server.Demo;

/// <summary>The table of the tenants and the log below it, for a terminal of 100 columns or more.</summary>
internal static class DemoScreen
{
    private const int WideColumns = 130;
    private const int LogLines = 14;

    private static readonly string[] WideHeaders =
    [
        "Tenant", "Status", "Queue", "In hand", "Accepted/s", "Delivered/s", "Sent", "Refused", "Delivered", "Bounced", "Bounce rate",
        "Complaints", "Findings",
    ];

    private static readonly string[] NarrowHeaders =
        ["Tenant", "Status", "Queue", "Hand", "In/s", "Out/s", "Sent", "Delivered", "Bounced", "Compl.", "Findings"];

    public static IRenderable Render(DemoStory story, int width, int height)
    {
        var log = new Grid().AddColumn(new GridColumn().NoWrap()).AddColumn(new GridColumn().NoWrap()).AddColumn();
        // Long lines wrap, so that fewer of them fit.
        foreach (var entry in story.Chronicle.Entries.TakeLast(Math.Clamp((height - 16) / 2, 4, LogLines)))
        {
            log.AddRow(
                new Text(Clock(entry.At), new Style(Color.Grey)), new Text(entry.Tenant, new Style(ColorOf(entry.Tenant))),
                new Text(entry.Text, entry.IsBad ? new Style(Color.Red) : Style.Plain));
        }

        return new Rows(
            new Rule($"[bold]Silo[/] demo · {Clock(story.Chronicle.Elapsed)} of {Clock(story.Options.Duration)} · Ctrl-C ends it")
                .LeftJustified(),
            Tenants(story, width >= WideColumns), log, new Text(""), LookYourself(story));
    }

    private static Table Tenants(DemoStory story, bool wide)
    {
        var table = new Table().Border(TableBorder.Rounded).BorderColor(Color.Grey).Expand();
        var headers = wide ? WideHeaders : NarrowHeaders;
        for (var i = 0; i < headers.Length; i++)
        {
            var column = new TableColumn(new Text(headers[i], new Style(decoration: Decoration.Bold))).NoWrap();
            table.AddColumn(i is 0 or 1 || i == headers.Length - 1 ? column : column.RightAligned());
            if (!wide) column.Padding(0, 0);
        }

        foreach (var (tenant, earlier, now) in story.Latest()) table.AddRow(Row(tenant, earlier, now, wide));
        return table;
    }

    private static IEnumerable<IRenderable> Row(DemoTenant tenant, DemoSample earlier, DemoSample now, bool wide)
    {
        var books = now.Books;
        var volume = now.Tenant.LastDay;
        var rate = Number($"{now.BounceRate * 100:0.0}% ≥{now.BounceLower * 100:0.0}%");
        var complaints = wide && volume.ComplaintRate is { } complaintRate
            ? Number($"{volume.Complaints} · {complaintRate * 100:0.00}%")
            : Number($"{volume.Complaints}");
        yield return new Text(tenant.Name, new Style(ColorOf(tenant.Name)));
        yield return Status(now.Tenant.Standing.Aggregate);
        yield return Count(now.Queued);
        yield return Count(now.Tenant.InHand);
        yield return Count((long)Math.Round(now.AcceptedPerSecond(earlier)));
        yield return Count((long)Math.Round(now.DeliveredPerSecond(earlier)));
        yield return Count(books.Accepted);
        if (wide) yield return Count(now.RefusedSends);
        yield return Count(books.Delivered);
        var style = now.BounceLower > 0.10 ? new Style(Color.Red) : Style.Plain;
        if (wide) yield return Count(books.Bounced);
        yield return new Text(wide ? rate : $"{books.Bounced} {rate}", style);
        yield return new Text(complaints);
        yield return Findings(now.Tenant.Standing);
    }

    public static Text Status(SendingStatus status) => new(
        status.ToString().ToUpperInvariant(),
        new Style(status == SendingStatus.Disabled ? Color.Red : Color.Green, decoration: Decoration.Bold));

    public static string Clock(TimeSpan at) => at.ToString("mm\\:ss", CultureInfo.InvariantCulture);

    private static Text Findings(TenantStanding standing) => standing.OpenFindings.Count == 0
        ? new Text("none", new Style(Color.Grey))
        : new Text(
            string.Join(", ", standing.OpenFindings.Select(f => $"{f.Type} {f.Impact.ToString().ToUpperInvariant()}")),
            new Style(Color.Red));

    private static Rows LookYourself(DemoStory story) => new(story.HowToLook().Select(line => new Text(line, new Style(Color.Grey))));

    private static Text Count(long count) => new(count.ToString("N0", CultureInfo.InvariantCulture));

    private static string Number(FormattableString text) => FormattableString.Invariant(text);

    private static Color ColorOf(string tenant) => tenant == DemoTenant.Bad.Name ? Color.Orange1 : Color.Aqua;
}
