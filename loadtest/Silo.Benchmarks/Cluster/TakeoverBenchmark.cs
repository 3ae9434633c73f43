using Silo.Testing.EndToEnd;
using Silo.Testing.SmtpSink;
using Spectre.Console;

namespace Silo.Benchmarks.Cluster;

/// <summary>
/// How long a dead silo's tenants rest: from SIGKILL to the first arrival of a message whose call was made after it. Every tenant goes on
/// sending at an even pace through the silos that live, whether earlier calls were answered or not.
/// </summary>
internal static class TakeoverBenchmark
{
    public const string Usage = "--program path/to/Silo.Orleans.dll [--tenants 60] [--kills 4] [--interval-ms 250]";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    // A silo takes nobody over before its own lease was steady for a whole lease.
    private static readonly TimeSpan BetweenKills = TimeSpan.FromSeconds(20);

    public static async Task<int> Run(string[] arguments)
    {
        var names = Enumerable.Range(0, ClusterArguments.Number(arguments, "--tenants", 60)).Select(i => $"tenant-{i}").ToArray();
        var kills = ClusterArguments.Number(arguments, "--kills", 4);
        var interval = TimeSpan.FromMilliseconds(ClusterArguments.Number(arguments, "--interval-ms", 250));
        var load = new SteadyLoad(names, interval);
        await using var cluster = await RealCluster.WithoutSilos(
            ClusterArguments.Program(arguments), new SinkOptions { MaxRecorded = 0, OnMessage = m => load.Arrived(m.Recipient) });
        // One after the other, so that the first of them that lives is the oldest incarnation.
        for (var i = 0; i < 3; i++) await cluster.StartSilo();
        await cluster.Silos[0].Client.SetUp(names);
        await using var database = await ClusterDatabase.Open(cluster.ConnectionString);

        var table = new Table().AddColumns("kill", "tenants of it", "marked dead, s", "p50 s", "p99 s", "max s", "others: max s");
        var all = new List<double>();
        for (var kill = 0; kill < kills; kill++)
        {
            if (kill > 0) await cluster.StartSilo();
            var victim = cluster.Silos[kill];
            var sending = load.Run([.. cluster.Silos.Skip(kill + 1).Select(s => s.Client)]);
            await Task.Delay(BetweenKills);
            var (owners, dead, oldest) = (await database.Owners(), await database.Dead(), (await database.Counts())[0].Incarnation);
            load.Mark();
            victim.Process.Kill();
            var began = TimeProvider.System.GetTimestamp();
            double marked = 0;
            while (!load.AllArrived && TimeProvider.System.GetElapsedTime(began) < Patience)
            {
                if (marked == 0 && await database.Dead() > dead) marked = TimeProvider.System.GetElapsedTime(began).TotalSeconds;
                await Task.Delay(20);
            }

            load.Stop();
            await sending;
            var rested = load.Rested.ToDictionary();
            foreach (var name in names.Where(n => !rested.ContainsKey(n))) rested[name] = double.PositiveInfinity;
            var its = new Percentiles(rested.Where(r => owners.GetValueOrDefault(r.Key) == oldest).Select(r => r.Value));
            var others = new Percentiles(rested.Where(r => owners.GetValueOrDefault(r.Key) != oldest).Select(r => r.Value));
            all.AddRange(its.Values);
            Console.Error.WriteLine($"kill {kill + 1}: {its.Count} tenants, p50 {its.At(0.5):F1} s, max {its.Max:F1} s");
            table.AddRow(
                $"{kill + 1}", $"{its.Count}", $"{marked:F1}", $"{its.At(0.5):F1}", $"{its.At(0.99):F1}", $"{its.Max:F1}", $"{others.Max:F1}");
        }

        var sum = new Percentiles(all);
        table.AddRow("all", $"{sum.Count}", "", $"{sum.At(0.5):F1}", $"{sum.At(0.99):F1}", $"{sum.Max:F1}", "");
        AnsiConsole.Profile.Width = 150;
        AnsiConsole.WriteLine(
            $"{names.Length} tenants, each sends every {interval.TotalMilliseconds:F0} ms; {load.Refused:N0} sends in all were not accepted");
        AnsiConsole.Write(table);
        return 0;
    }
}
