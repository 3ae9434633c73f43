using System.Globalization;
using Orleans;
using Silo.Benchmarks.Cluster;
using Silo.Benchmarks.Send;
using Silo.Server.Tenants;
using Silo.Testing.EndToEnd;
using Spectre.Console;

namespace Silo.Benchmarks.Grains;

/// <summary>
/// Many tenants registered, some of them active on one silo: what they take of its memory; and how they move to one that joins.
/// </summary>
internal static class ActivesBenchmark
{
    public const string Usage = "[--registered 300000] [--active 30000] [--under-way 256] [--watch-seconds 180]";

    /// <summary>Of the mean, as a silo is content with what it has.</summary>
    private const double Even = 1.2;

    // Code is compiled and tables grow with the first ones.
    private const double WarmUpShare = 0.1;

    public static async Task<int> Run(string[] arguments)
    {
        var registered = ClusterArguments.Number(arguments, "--registered", 300_000);
        var active = ClusterArguments.Number(arguments, "--active", 30_000);
        var underWay = ClusterArguments.Number(arguments, "--under-way", 256);
        await using var cluster = await MeasuredSilo.Cluster(
            ("Silo__Account__MaxTenants", $"{registered + 1}"), ("Silo__Cluster__CollectionAge", "01:00:00"));
        var silo = await cluster.StartSilo();
        await ClusterBenchmark.SetUp(silo.Client, 1);
        await using var database = await ClusterDatabase.Open(cluster.ConnectionString);
        await database.Copy(SendServer.TenantName(0), "copy-", registered);
        using var client = await MeasuredSilo.Connect(cluster);
        var all = client.Services.GetRequiredService<ITenants>();
        var probe = client.Services.GetRequiredService<IGrainFactory>().GetGrain<IProbeGrain>("heap");

        var first = (int)(active * WarmUpShare);
        await Wake(all, 0, first, underWay);
        var (heap, resident, cpu) = (await probe.HeapBytes(), Resident(silo), CpuTime.OfProcess(silo.Process.Id));
        var began = TimeProvider.System.GetTimestamp();
        await Wake(all, first, active - first, underWay);
        var seconds = TimeProvider.System.GetElapsedTime(began).TotalSeconds;
        cpu = CpuTime.OfProcess(silo.Process.Id) - cpu;
        var count = (double)(active - first);
        AnsiConsole.WriteLine(
            $"{registered:N0} registered; {active:N0} active, the last {count:N0} in {seconds:F1} s: {count / seconds:N0} a second, "
            + $"{cpu / count:F0} µs of the silo's CPU each");
        AnsiConsole.WriteLine(
            $"managed heap {(await probe.HeapBytes() - heap) / count:N0} bytes an activation; resident {Resident(silo) / 1048576.0:N0} MiB, "
            + $"{(Resident(silo) - resident) / count:N0} bytes an activation");
        var watch = ClusterArguments.Number(arguments, "--watch-seconds", 180);
        if (watch > 0) await Watch(cluster, database, TimeSpan.FromSeconds(watch));
        return 0;
    }

    private static Task Wake(ITenants all, int from, int count, int underWay) => MeasuredSilo.Repeat(count, underWay, async i =>
    {
        if (!await all.Get($"copy-{from + i}").Wake(default)) throw new InvalidOperationException($"There is no tenant copy-{from + i}.");
    });

    private static async Task Watch(RealCluster cluster, ClusterDatabase database, TimeSpan patience)
    {
        await cluster.StartSilo();
        var (time, began, told) = (TimeProvider.System, TimeProvider.System.GetTimestamp(), 0L);
        while (time.GetElapsedTime(began) is var passed && passed < patience)
        {
            var counts = await database.Counts();
            if (counts is [_, var (_, moved)] && moved != told)
            {
                AnsiConsole.WriteLine($"{passed.TotalSeconds,6:F1} s after the second silo was ready: {counts[0].Tenants:N0} and {moved:N0} tenants");
                told = moved;
                if (counts[0].Tenants <= Even * counts.Average(c => c.Tenants)) return;
            }

            await Task.Delay(TimeSpan.FromSeconds(1));
        }
    }

    private static long Resident(SiloProcess silo) =>
        long.Parse(File.ReadAllText($"/proc/{silo.Process.Id}/statm").Split(' ')[1], CultureInfo.InvariantCulture) * Environment.SystemPageSize;
}
