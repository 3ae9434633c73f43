using System.Text.Json;
using Silo.LoadTest.Runs;

namespace Silo.LoadTest.Reports;

/// <summary>The record of a run as a file.</summary>
internal static class RunJson
{
    private const int Version = 1;

    // Far above a day of seconds in a dozen series.
    private const long MaxBytes = 512L << 20;

    /// <exception cref="JsonException">It is no record of a run, or one of a later release.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static RunRecord Read(string path)
    {
        if (new FileInfo(path).Length > MaxBytes) throw new JsonException($"{path} is larger than {MaxBytes >> 20} MiB.");
        return Read(File.ReadAllBytes(path), path);
    }

    /// <param name="name">For the message of an error.</param>
    public static RunRecord Read(ReadOnlySpan<byte> json, string name)
    {
        RunRecord? record;
        try
        {
            record = JsonSerializer.Deserialize<RunRecord>(json);
        }
        catch (JsonException e)
        {
            throw new JsonException($"{name} is no record of a run: {e.Message}", e);
        }

        if (record is not { Scenario: not null, Facts: not null, Series: not null, Figures: not null, Verdicts: not null })
            throw new JsonException($"{name} is no record of a run.");
        if (record.Version != Version) throw new JsonException($"{name} has version {record.Version}; this program knows {Version}.");
        return record;
    }
}
