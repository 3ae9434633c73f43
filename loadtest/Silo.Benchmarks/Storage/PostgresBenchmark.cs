using System.Diagnostics;
using Silo.Benchmarks.Cluster;
using Silo.Storage;
using Silo.Storage.Postgres;
using Silo.Testing.Postgres;
using Spectre.Console;

namespace Silo.Benchmarks.Storage;

/// <summary>The same cycle on PostgreSQL. The server's CPU is counted when it was started for the run.</summary>
internal static class PostgresBenchmark
{
    private static readonly Dictionary<string, string> ServerSettings = new()
    {
        ["shared_buffers"] = "1GB", ["max_wal_size"] = "8GB", ["checkpoint_timeout"] = "15min", ["wal_buffers"] = "64MB",
        ["autovacuum_naptime"] = "10s",
    };

    public static async Task<int> Run(StorageBenchmarkOptions options)
    {
        await using var server = options.Postgres == "own" ? await PostgresServer.Start(ServerSettings) : null;
        var table = new Table().AddColumns(
            "tenants", "cycles", "cycles/s", "client CPU µs/cycle", "server CPU µs/cycle", "writes/commit", "commits/s");
        foreach (var tenants in options.Tenants == 1 || server is null ? [options.Tenants] : new[] { options.Tenants, 1 })
        {
            var database = server is null ? options.Postgres! : await server.CreateDatabase($"silo_{tenants}");
            table.AddRow(await Measure(options with { Tenants = tenants }, database, server?.ProcessId));
        }

        AnsiConsole.Profile.Width = 180;
        AnsiConsole.Write(table);
        return 0;
    }

    private static async Task<string[]> Measure(StorageBenchmarkOptions options, string connectionString, int? server)
    {
        var time = TimeProvider.System;
        var opening = await PostgresStore.Open(new PostgresStoreOptions { ConnectionString = connectionString }, time, default);
        if (opening is not StoreOpening.Opened { Store: var store }) throw new InvalidOperationException(opening.ToString());
        await using var _ = store;
        var driver = new CycleDriver(store.Spool, await StorageBenchmark.CreateTenants(store, options.Tenants), options);
        await driver.FillBacklog(options.Backlog);

        var process = Process.GetCurrentProcess();
        var (cpu, serverCpu) = (process.TotalProcessorTime, server is null ? 0 : CpuTime.OfFamily(server.Value));
        var started = time.GetTimestamp();
        await driver.Run(options.Messages, options.InFlight, TimeSpan.FromSeconds(options.Seconds), time);
        var seconds = time.GetElapsedTime(started).TotalSeconds;
        process.Refresh();
        var cpuMicroseconds = (process.TotalProcessorTime - cpu).TotalMicroseconds;
        return
        [
            $"{options.Tenants:N0}", $"{driver.Cycles:N0}", $"{driver.Cycles / seconds:N0}", $"{cpuMicroseconds / driver.Cycles:F1}",
            server is null ? "-" : $"{(CpuTime.OfFamily(server.Value) - serverCpu) / driver.Cycles:F1}",
            $"{(double)driver.Writes / driver.Batches:F0}", $"{driver.Batches / seconds:F0}",
        ];
    }
}
