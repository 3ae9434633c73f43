using Silo.Benchmarks.Send;
using Silo.Server.Access;
using Silo.Testing.EndToEnd;
using Silo.Testing.SmtpSink;
using Spectre.Console;

namespace Silo.Benchmarks.Cluster;

/// <summary>
/// How soon the tenants of a dead silo are claimed by those that live: from the moment at which it is marked dead to the one at which no
/// tenant with mail belongs to it any more. Their mail waits: it may leave at one message in 100 s.
/// </summary>
internal static class ClaimsBenchmark
{
    public const string Usage = "--program path/to/Silo.Orleans.dll [--tenants 10000] [--rounds 3]";

    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(500);

    // A silo takes nobody over before its own lease was steady for a whole lease.
    private static readonly TimeSpan UntilSteady = TimeSpan.FromSeconds(12);

    public static async Task<int> Run(string[] arguments)
    {
        var tenants = ClusterArguments.Number(arguments, "--tenants", 10_000);
        var table = new Table().AddColumns(
            "round", "tenants of it", "marked dead after, s", "half claimed, s", "all claimed, s", "tenants/s", "CPU s of silos, PostgreSQL");
        for (var round = 1; round <= ClusterArguments.Number(arguments, "--rounds", 3); round++)
            table.AddRow([$"{round}", .. await Measure(ClusterArguments.Program(arguments), tenants)]);
        AnsiConsole.Profile.Width = 150;
        AnsiConsole.WriteLine($"One of three silos is killed; {tenants:N0} tenants with mail; seconds from the mark on");
        AnsiConsole.Write(table);
        return 0;
    }

    private static async Task<string[]> Measure(string program, int tenants)
    {
        await using var cluster = await RealCluster.WithoutSilos(program, new SinkOptions { CountOnly = true });
        cluster.Settings = [("Silo__Tenants__SendRate", "0.01"), ("Silo__Tenants__SendBurst", "1")];
        var victim = await cluster.StartSilo();
        await ClusterBenchmark.SetUp(victim.Client, 1);
        await using var database = await ClusterDatabase.Open(cluster.ConnectionString);
        await database.Copy(SendServer.TenantName(0), "copy-", tenants);
        var load = new SendBenchmarkOptions(tenants, 48, 1, 0, tenants, 1024);
        var key = new AccessKey(SesClient.KeyId, SesClient.Secret);
        var client = new SendClient(new Uri(victim.Client.Url), key, load, TimeProvider.System) { Prefix = "copy-", Distinct = tenants };
        await client.Run(tenants);
        await cluster.StartSilos(2);
        await Task.Delay(UntilSteady);

        var owned = (await database.Counts())[0].Tenants;
        victim.Process.Kill();
        var time = TimeProvider.System;
        var killed = time.GetTimestamp();
        while (await database.Dead() == 0) await Task.Delay(Poll);
        var (marked, half) = (time.GetTimestamp(), 0.0);
        double[] Used() => [cluster.Silos.Skip(1).Sum(s => CpuTime.OfProcess(s.Process.Id)), CpuTime.OfFamily(cluster.Database.ProcessId)];
        var before = Used();
        while (await database.Orphans() is var left and > 0)
        {
            if (half == 0 && left < owned / 2) half = time.GetElapsedTime(marked).TotalSeconds;
            await Task.Delay(Poll);
        }

        var seconds = time.GetElapsedTime(marked).TotalSeconds;
        var used = Used().Zip(before, (now, then) => (now - then) / 1e6).ToArray();
        Console.Error.WriteLine($"{owned:N0} tenants in {seconds:F1} s, CPU {used[0]:F1} and {used[1]:F1} s");
        return
        [
            $"{owned:N0}", $"{time.GetElapsedTime(killed, marked).TotalSeconds:F1}", $"{half:F1}", $"{seconds:F1}", $"{owned / seconds:N0}",
            $"{used[0]:F1}, {used[1]:F1}",
        ];
    }
}
