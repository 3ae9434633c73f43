namespace Silo.LoadTest.Peers;

/// <summary>What one round of one peer came to.</summary>
/// <param name="Began">Seconds since the comparison began.</param>
/// <param name="PerSecond">Messages, from the first byte in to the last out.</param>
/// <param name="AcceptedPerSecond">Messages, from the first byte in to the last answer.</param>
/// <param name="CpuMs">Of all the server's processes, for each message, until half a second behind the last; null without a server.</param>
/// <param name="P50Ms">To the answer to the content.</param>
/// <param name="MemoryMiB">At the end; what processes share counts once.</param>
internal sealed record PeerRound(
    double Began, double PerSecond, double AcceptedPerSecond, double? CpuMs, double P50Ms, double P99Ms, double? MemoryMiB, int Processes);

/// <summary>The rounds of one peer that count.</summary>
/// <param name="Missing">Why there are none; null when there are.</param>
internal sealed record PeerResult(
    PeerCase Case, string Name, IReadOnlyList<PeerRound> Rounds, string? Missing, IReadOnlyDictionary<string, string> Configuration)
{
    public double? Median(Func<PeerRound, double?> of)
    {
        var values = Rounds.Select(of).OfType<double>().Order().ToArray();
        if (values.Length == 0) return null;
        var middle = values.Length / 2;
        return values.Length % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
    }
}
