using System.Diagnostics;
using Microsoft.Data.Sqlite;
using Silo.Storage;
using Silo.Storage.Sqlite;
using Spectre.Console;

namespace Silo.Benchmarks.Storage;

/// <summary>
/// The whole cycle of a message through the store, with many tenants and with one, beside a plain append of the same bytes with
/// the same number of syncs, so that the figure that counts is a ratio.
/// </summary>
internal static class StorageBenchmark
{
    public static async Task<int> Run(StorageBenchmarkOptions options)
    {
        if (options.Postgres is not null) return await PostgresBenchmark.Run(options);
        var table = new Table().AddColumns(
            "tenants", "cycles", "cycles/s", "CPU µs/cycle", "writes/commit", "commits/s", "db MiB", "WAL MiB", "plain append+fsync, messages/s", "ratio");
        foreach (var tenants in options.Tenants == 1 ? new[] { 1 } : [options.Tenants, 1])
        {
            var directory = Path.Combine(options.Directory ?? Path.GetTempPath(), $"silo-storage-{Environment.ProcessId}-{tenants}");
            try
            {
                table.AddRow(await Measure(options with { Tenants = tenants }, directory));
            }
            finally
            {
                if (Directory.Exists(directory)) Directory.Delete(directory, recursive: true);
            }
        }

        AnsiConsole.Profile.Width = 180;
        AnsiConsole.Write(table);
        return 0;
    }

    private static async Task<string[]> Measure(StorageBenchmarkOptions options, string directory)
    {
        var time = TimeProvider.System;
        var opening = await SqliteStore.Open(new SqliteStoreOptions { Directory = directory }, time, default);
        if (opening is not StoreOpening.Opened { Store: var store }) throw new InvalidOperationException(opening.ToString());
        await using var _ = store;
        var keys = await CreateTenants(store, options.Tenants);
        if (options.WithoutDueIndex) DropDueIndex(directory);
        var driver = new CycleDriver(store.Spool, keys, options);
        await driver.FillBacklog(options.Backlog);

        var process = Process.GetCurrentProcess();
        var cpu = process.TotalProcessorTime;
        var started = time.GetTimestamp();
        await driver.Run(options.Messages, options.InFlight, TimeSpan.FromSeconds(options.Seconds), time);
        var seconds = time.GetElapsedTime(started).TotalSeconds;
        process.Refresh();
        var cpuMicroseconds = (process.TotalProcessorTime - cpu).TotalMicroseconds;

        var plain = PlainAppend(directory, options.BodyBytes, driver.Cycles, driver.Batches, time);
        return
        [
            $"{options.Tenants:N0}", $"{driver.Cycles:N0}", $"{driver.Cycles / seconds:N0}", $"{cpuMicroseconds / driver.Cycles:F1}",
            $"{(double)driver.Writes / driver.Batches:F0}", $"{driver.Batches / seconds:F0}",
            MebiBytes(directory, "silo.db"), MebiBytes(directory, "silo.db-wal"), $"{plain:N0}", $"{driver.Cycles / seconds / plain:F2}",
        ];
    }

    public static async Task<long[]> CreateTenants(ISiloStore store, int count)
    {
        var created = new Task<TenantCreation>[count];
        for (var i = 0; i < count; i++)
        {
            var tenant = new NewTenant(
                $"tenant-{i}", $"tn-{i}", $"arn:aws:ses:us-east-1:000000000000:tenant/tenant-{i}/tn-{i}", DateTimeOffset.UnixEpoch,
                new TenantSnapshot(0, new byte[512], Array.Empty<byte>(), "ENABLED", null), [], int.MaxValue);
            created[i] = store.Tenants.Create(tenant, default).AsTask();
        }

        return [.. (await Task.WhenAll(created)).Select(c => c.TenantKey)];
    }

    private static void DropDueIndex(string directory)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(directory, "silo.db")};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA wal_autocheckpoint = 0; DROP INDEX units_by_due";
        command.ExecuteNonQuery();
    }

    /// <summary>The bodies alone, appended to one file in as many pieces as there were commits, each synced: messages/s.</summary>
    private static double PlainAppend(string directory, int bodyBytes, int messages, long commits, TimeProvider time)
    {
        var piece = new byte[(int)((long)bodyBytes * messages / commits)];
        new Random(1).NextBytes(piece);
        using var file = new FileStream(Path.Combine(directory, "plain"), FileMode.Create, FileAccess.Write, FileShare.None, 1);
        var started = time.GetTimestamp();
        for (var i = 0L; i < commits; i++)
        {
            file.Write(piece);
            file.Flush(flushToDisk: true);
        }

        return messages / time.GetElapsedTime(started).TotalSeconds;
    }

    private static string MebiBytes(string directory, string name)
    {
        var file = new FileInfo(Path.Combine(directory, name));
        return file.Exists ? $"{file.Length / 1048576.0:F0}" : "0";
    }
}
