using System.Runtime.CompilerServices;
using System.Text;
using Silo.Server.SesApi;
using Xunit;

namespace Silo.Server.Tests.SesApi;

public sealed class SesCompatibilityTests
{
    private const string Ask = "SILO_WRITE_DOCS";

    /// <summary>With SILO_WRITE_DOCS=1 in the environment the file is written instead.</summary>
    [Fact]
    public void The_table_of_operations_says_what_the_code_does()
    {
        var (path, table) = (Path.Combine(Root(), "docs", "ses-compatibility.md"), Table());
        if (Environment.GetEnvironmentVariable(Ask) == "1") File.WriteAllText(path, table);
        Assert.True(
            File.Exists(path) && File.ReadAllText(path).ReplaceLineEndings("\n") == table,
            $"docs/ses-compatibility.md is not what the code says; run this test with {Ask}=1 to write it anew.");
    }

    private static string Table()
    {
        var rows = SesOperations.Available.Select(o => (Operation: o, State: "yes"))
            .Concat(SesOperations.NotApplicable.Select(o => (Operation: o, State: "no meaning here")))
            .Concat(SesOperations.NotAvailable.Select(o => (Operation: o, State: "not yet")))
            .GroupBy(r => r.Operation.Name).OrderBy(g => g.Key, StringComparer.Ordinal).ToList();
        int Count(string state) => rows.Count(g => g.First().State == state);
        var text = new StringBuilder($"""
            # The SES v2 API, operation by operation

            Of the {rows.Count} operations of SES v2, {Count("yes")} are served, {Count("no meaning here")} have no meaning outside of AWS and answer a
            `BadRequestException` that says so, and {Count("not yet")} are not there yet and answer `UnknownOperationException`. This file is written by
            `SesCompatibilityTests` from the declarations in `src/Silo.Server/SesApi`; a `Deviation` stands beside the operation that has it.

            For all operations: one account and one Region; the documented rates of calls (mostly one per second) are not enforced; default and largest
            page sizes are those of `docs/architecture.md`.

            | operation | served | method and path | how it differs |
            |---|---|---|---|

            """.ReplaceLineEndings("\n"));
        foreach (var group in rows)
        {
            var paths = string.Join("<br>", group.Select(r => $"`{r.Operation.Method} {r.Operation.Path}`"));
            var deviation = string.Join(" ", group.Select(r => r.Operation.Deviation).OfType<string>().Distinct());
            text.Append($"| {group.Key} | {group.First().State} | {paths} | {deviation} |\n");
        }

        return text.ToString();
    }

    private static string Root([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", ".."));
}
