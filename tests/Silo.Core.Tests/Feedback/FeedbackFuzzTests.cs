using System.Diagnostics;
using System.Globalization;
using Silo.Core.Feedback;
using Silo.Testing.Fuzzing;
using Xunit;

namespace Silo.Core.Tests.Feedback;

/// <summary>
/// Samples that were damaged by chance: whatever comes of them is an answer of the set, within time and memory. SILO_FUZZ says how many
/// inputs; SILO_FUZZ_SEED runs one again.
/// </summary>
public sealed class FeedbackFuzzTests
{
    private static readonly int Inputs = int.TryParse(
        Environment.GetEnvironmentVariable("SILO_FUZZ"), NumberStyles.None, CultureInfo.InvariantCulture, out var inputs) ? inputs : 20_000;

    private static readonly byte[][] Corpus = [.. FeedbackSamples.Mail.Values, .. FeedbackSamples.Json.Values];

    // Far above what an input of its size needs, and far below what a loop that grows would take.
    private const long MostBytesPerInput = 64L << 20;
    private static readonly TimeSpan MostTimePerInput = TimeSpan.FromSeconds(10);

    [Fact]
    public void No_input_makes_a_reader_fail_or_run_away()
    {
        if (int.TryParse(Environment.GetEnvironmentVariable("SILO_FUZZ_SEED"), NumberStyles.None, CultureInfo.InvariantCulture, out var one))
        {
            Try(one);
            return;
        }

        for (var seed = 0; seed < Inputs; seed++) Try(seed);
    }

    private static void Try(int seed)
    {
        var input = Mutator.Make(Corpus, seed);
        var (before, began) = (GC.GetAllocatedBytesForCurrentThread(), Stopwatch.GetTimestamp());
        try
        {
            var mail = FeedbackMailReader.Read(input);
            if (mail is FeedbackMail.DeliveryStatus status) Assert.InRange(status.Report.Recipients.Count, 1, FeedbackLimits.MaxRecipients);
            if (mail is FeedbackMail.Complaint complaint) Assert.InRange(complaint.Report.FeedbackType.Length, 1, 64);
            Assert.NotNull(SesRecordReader.Read(input));
            Assert.NotNull(SesRecordReader.ReadEvent(input));
            if (SnsMessage.TryRead(input, out var message)) Assert.NotNull(message.SignedBytes());
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"Seed {seed} (SILO_FUZZ_SEED={seed}): {e.GetType().Name}: {e.Message}", e);
        }

        var bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(bytes < MostBytesPerInput, $"Seed {seed}: {bytes} bytes for an input of {input.Length}.");
        Assert.True(Stopwatch.GetElapsedTime(began) < MostTimePerInput, $"Seed {seed} took too long.");
    }
}
