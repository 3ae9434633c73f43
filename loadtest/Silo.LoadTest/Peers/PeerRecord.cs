using Silo.LoadTest.Runs;

namespace Silo.LoadTest.Peers;

/// <summary>A comparison as the record of a run: figures are medians, series have a point for each round.</summary>
internal static class PeerRecord
{
    public const string Scenario = "peers";

    // The figures to reach (issue 7): by CPU and by messages a second.
    private static readonly (string Peer, double Times)[] Asked = [("Postfix", 5), ("Haraka", 10)];

    private static readonly (string Name, string Unit, Func<PeerRound, double?> Of)[] Columns =
    [
        ("messages out", "messages/s", r => r.PerSecond), ("messages accepted", "messages/s", r => r.AcceptedPerSecond),
        ("CPU", "ms/message", r => r.CpuMs), ("accept p50", "ms", r => r.P50Ms), ("accept p99", "ms", r => r.P99Ms),
        ("memory", "MiB", r => r.MemoryMiB), ("processes", "processes", r => r.Processes),
    ];

    public static RunRecord Of(
        PeerOptions options, IReadOnlyList<PeerResult> results, DateTimeOffset began, double seconds, string command)
    {
        var facts = new Dictionary<string, string>(RunFacts.OfMachine())
        {
            ["rounds"] = $"{options.Rounds} of each, in turn, after {options.WarmUp:N0} messages to warm up",
            ["messages"] = $"{options.Messages:N0} a round, {options.Bytes:N0} bytes of text, 1 recipient",
            ["connections"] = $"{options.Connections}, kept; as many to the sink, where the server has a limit",
            ["durability"] = "on disk before 250, for all",
            ["load, sinks"] = "in one process on the same cores; no server's figures contain it",
            ["memory of a server"] = "of all processes of a server; pages that several share count once",
        };
        foreach (var missing in results.Where(r => r.Missing is not null))
            facts[$"{missing.Name}, {missing.Case.Name}"] = $"left out: {missing.Missing}";
        foreach (var result in results)
            foreach (var (file, text) in result.Configuration) facts[$"{result.Name}, {result.Case.Name}: {file}"] = text;
        return new RunRecord(
            1, Scenario, began, seconds, command, facts, [.. results.Where(r => r.Rounds.Count > 0).SelectMany(Series)],
            [.. results.SelectMany(Figures)], [.. Verdicts(results)]);
    }

    private static IEnumerable<RunSeries> Series(PeerResult result) =>
        from column in Columns
        where column.Name is "messages out" or "CPU" or "accept p99"
        select new RunSeries(
            result.Name, $"{column.Name}: {result.Case.Name}", column.Unit,
            [.. result.Rounds.Select(r => new RunPoint(Math.Round(r.Began, 3), column.Of(r)))]);

    private static IEnumerable<RunFigure> Figures(PeerResult result) => Columns
        .Where(c => result.Median(c.Of) is not null)
        .Select(c => new RunFigure($"{result.Case.Name}: {result.Name}: {c.Name}", result.Median(c.Of), c.Unit));

    private static IEnumerable<RunVerdict> Verdicts(IReadOnlyList<PeerResult> results) =>
        from silo in results
        where silo.Name.StartsWith("Silo", StringComparison.Ordinal) && silo.Rounds.Count > 0
        from asked in Asked
        let peer = results.FirstOrDefault(r => r.Case == silo.Case && r.Name == asked.Peer && r.Rounds.Count > 0)
        where peer is not null
        from verdict in new[]
        {
            Verdict(silo, peer, asked.Times, "CPU for a message", r => r.CpuMs, isLowerBetter: true),
            Verdict(silo, peer, asked.Times, "messages a second", r => r.PerSecond, isLowerBetter: false),
        }
        select verdict;

    private static RunVerdict Verdict(
        PeerResult silo, PeerResult peer, double times, string what, Func<PeerRound, double?> of, bool isLowerBetter)
    {
        var (own, other) = (silo.Median(of) ?? 0, peer.Median(of) ?? 0);
        var ratio = isLowerBetter ? other / own : own / other;
        return new RunVerdict(
            $"{silo.Case.Name}: {silo.Name} beside {peer.Name}, {what}", $"{times:0} times as good",
            $"{ratio:0.0} times ({own:0.##} and {other:0.##})", ratio >= times);
    }
}
