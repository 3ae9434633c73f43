using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Silo.Server.Exports;
using Silo.Server.SesApi.Operations.Exports;
using Silo.Server.Tests.Metrics;
using Xunit;

namespace Silo.Server.Tests.Exports;

public sealed class MetricsExportTests(MetricsServer server) : IClassFixture<MetricsServer>
{
    private static readonly DateTimeOffset Today = new(TimeProvider.System.GetUtcNow().UtcDateTime.Date, TimeSpan.Zero);

    [Fact]
    public async Task Values_that_are_named_are_asked_for_once_with_all_days_and_others_day_by_day_with_the_same_lines()
    {
        await server.AddTenant("series");
        await server.Send("series", 4, "Gmail", send: 5, delivered: 4);
        await server.Send("series", 2, "Gmail", send: 7);
        await server.Send("series", 2, "Else", send: 1);
        string Day(int ago) => Today.AddDays(-ago).ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture);
        string[] lines = [$"{Day(4)},series,Gmail,5,0.8", $"{Day(2)},series,Gmail,7,0", $"{Day(2)},series,Else,1,0"];

        // A question is a piece, be there lines or not.
        var (named, questions) = await Read(["Gmail", "Else", "None"]);
        Assert.Equal(lines.Order(StringComparer.Ordinal), named.Order(StringComparer.Ordinal));
        Assert.Equal(3, questions);
        (named, questions) = await Read(["*"]);
        Assert.Equal(lines.Order(StringComparer.Ordinal), named.Order(StringComparer.Ordinal));
        Assert.Equal(6, questions);
    }

    private async Task<(string[] Lines, int Questions)> Read(string[] providers)
    {
        var from = Today.AddDays(-5).ToUnixTimeSeconds() + 3_600;
        var source = new MetricsDataSourceShape(
            new Dictionary<string, IReadOnlyList<string?>?> { ["TENANT_NAME"] = ["series"], ["ISP"] = providers }, "VDM",
            [new ExportMetricShape("SEND", "VOLUME"), new ExportMetricShape("DELIVERY", "RATE")], from, from + 5 * 86_400);
        var export = server.Api.Provider.GetServices<IExportSource>().OfType<MetricsExport>().Single();
        var (lines, questions) = (new List<string>(), 0);
        await foreach (var piece in export.Read(new ExportJob("1", new ExportDataSourceShape(source, null), false, Today), default))
        {
            if (piece.Exported > 0) lines.Add(Encoding.UTF8.GetString(piece.Text.Span).TrimEnd());
            else if (piece.Text.IsEmpty) questions++;
        }

        return ([.. lines], questions);
    }
}
