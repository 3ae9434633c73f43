using System.Diagnostics;
using System.Globalization;
using Silo.Core.ProviderData;
using Silo.Testing.Fuzzing;
using Xunit;

namespace Silo.Core.Tests.ProviderData;

/// <summary>
/// Samples that were damaged by chance: whatever comes of them is an answer of the set, within time and memory. SILO_FUZZ says how many
/// inputs; SILO_FUZZ_SEED runs one again.
/// </summary>
public sealed class ProviderDataFuzzTests
{
    private const long MostBytesPerInput = 64L << 20;

    private static readonly TimeSpan MostTimePerInput = TimeSpan.FromSeconds(10);
    private static readonly int Inputs = Number("SILO_FUZZ") ?? 20_000;
    private static readonly byte[][] Corpus = [ProviderSamples.Google, ProviderSamples.Snds];
    private static readonly Dictionary<string, string> Loops = new() { ["loop_1"] = "news" };

    [Fact]
    public void No_input_makes_a_reader_fail_or_run_away()
    {
        var one = Number("SILO_FUZZ_SEED");
        for (var seed = one ?? 0; seed < (one + 1 ?? Inputs); seed++) Try(seed);
    }

    private static void Try(int seed)
    {
        var input = Mutator.Make(Corpus, seed);
        var (before, began) = (GC.GetAllocatedBytesForCurrentThread(), Stopwatch.GetTimestamp());
        try
        {
            var google = GoogleReader.Read(input, Loops);
            Assert.All(google.Days, d => Assert.InRange(d.SpamRate ?? 0, 0, 1));
            Assert.All(google.Days.SelectMany(d => d.Loops), l => Assert.InRange(l.Id.Length, 1, ProviderDataLimits.MaxLoopCharacters));
            Assert.InRange(GoogleDay.Merge(google.Days, google.Days).Count, 0, ProviderDataLimits.MaxDays);
            var snds = SndsReader.Read(input);
            Assert.All(snds.Rows, r => Assert.InRange(r.Address.Length, 2, 45));
            Assert.All(snds.Rows, r => Assert.InRange(r.Day.ComplaintRate ?? r.Day.ComplaintRateBelow ?? 0, 0, 1));
            Assert.All(snds.Rows, r => Assert.True(r.Day.TrapHits >= 0));
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"Seed {seed} (SILO_FUZZ_SEED={seed}): {e.GetType().Name}: {e.Message}", e);
        }

        var bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(bytes < MostBytesPerInput, $"Seed {seed}: {bytes} bytes for an input of {input.Length}.");
        Assert.True(Stopwatch.GetElapsedTime(began) < MostTimePerInput, $"Seed {seed} took too long.");
    }

    private static int? Number(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;
}
