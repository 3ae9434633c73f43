using System.Globalization;
using System.Text.Json;
using Silo.LoadTest.Reports;
using Silo.LoadTest.Runs;

namespace Silo.LoadTest.Commands;

/// <summary>Where the record of a run goes, and its report.</summary>
internal static class RunFiles
{
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true };

    public static void Write(RunRecord record, DirectoryInfo folder)
    {
        folder.Create();
        var name = $"{record.Scenario}-{record.Began.UtcDateTime.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture)}";
        File.WriteAllBytes(Path.Combine(folder.FullName, name + ".json"), JsonSerializer.SerializeToUtf8Bytes(record, Json));
        File.WriteAllText(Path.Combine(folder.FullName, name + ".html"), HtmlReport.Write(record));
    }
}
