using System.Diagnostics;
using System.Globalization;
using Silo.Benchmarks.Storage;
using Silo.Core.Messages;
using Silo.Core.Metrics;
using Silo.Core.Reputation;
using Silo.Core.Tenants;
using Silo.Storage;
using Silo.Storage.Postgres;
using Silo.Storage.Sqlite;
using Silo.Testing.Postgres;
using Spectre.Console;

namespace Silo.Benchmarks.Metrics;

/// <summary>
/// What a dashboard asks of the roll-ups of many tenants that send to many providers each day. They are written as tenants write them, in
/// one hour a day each, which is as many rows of days as in 24.
/// </summary>
internal static class MetricsBenchmark
{
    public const string Usage = "[--tenants 10000] [--days 30] [--providers 8] [--rounds 15] [--postgres own|CONNECTION-STRING] [--directory PATH]";

    private static readonly Dictionary<string, string> ServerSettings = new() { ["shared_buffers"] = "1GB", ["max_wal_size"] = "8GB" };

    private const int Sets = 4;
    private const int WritesAtOnce = 2_000;

    public static async Task<int> Run(string[] arguments)
    {
        var (tenants, days) = (Number(arguments, "--tenants", 10_000), Number(arguments, "--days", 30));
        var (providers, rounds) = (Number(arguments, "--providers", 8), Number(arguments, "--rounds", 15));
        var postgres = Text(arguments, "--postgres");
        await using var server = postgres == "own" ? await PostgresServer.Start(ServerSettings) : null;
        var directory = Path.Combine(Text(arguments, "--directory") ?? Path.GetTempPath(), $"silo-metrics-{Environment.ProcessId}");
        try
        {
            var opening = postgres is null
                ? await SqliteStore.Open(new SqliteStoreOptions { Directory = directory }, TimeProvider.System, default)
                : await PostgresStore.Open(
                    new PostgresStoreOptions { ConnectionString = server is null ? postgres : await server.CreateDatabase("silo_metrics") },
                    TimeProvider.System, default);
            if (opening is not StoreOpening.Opened { Store: var store }) throw new InvalidOperationException(opening.ToString());
            await using var _ = store;
            await Measure(store, tenants, days, providers, rounds);
        }
        finally
        {
            if (Directory.Exists(directory)) Directory.Delete(directory, recursive: true);
        }

        return 0;
    }

    private static async Task Measure(ISiloStore store, int tenants, int days, int providers, int rounds)
    {
        var keys = await StorageBenchmark.CreateTenants(store, tenants);
        var today = RollUpKey.HourOf(TimeProvider.System.GetUtcNow()) / 24 * 24;
        var first = today - (days * 2 - 1) * 24;
        var process = Process.GetCurrentProcess();
        var (cpu, started) = (process.TotalProcessorTime, Stopwatch.GetTimestamp());
        for (var day = first; day <= today; day += 24) await Write(store, keys, day, 1 + (day - first) / 24, providers);
        process.Refresh();
        var rows = (long)days * 2 * tenants * providers;
        AnsiConsole.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{rows:N0} rows of {tenants:N0} tenants x {days * 2} days x {providers} providers written in {Stopwatch.GetElapsedTime(started).TotalSeconds:N0} s, "
            + $"{(process.TotalProcessorTime - cpu).TotalMicroseconds / rows:N1} µs of this process's CPU a row with all its sums"));

        var table = new Table().AddColumns("question", "rows", "first, ms", "median, ms", "slowest after the first, ms");
        foreach (var (name, query, limit) in Questions(keys, today - (days - 1) * 24, today + 24))
        {
            var times = new double[rounds];
            var count = 0;
            for (var round = 0; round < rounds; round++)
            {
                var begun = Stopwatch.GetTimestamp();
                var found = await store.RollUps.Read(query, limit, default);
                // A ranking is shown with the period before.
                if (query.RankBy is not null)
                {
                    var length = query.ToHour - query.FromHour;
                    await store.RollUps.Read(
                        query with { FromHour = query.FromHour - length, ToHour = query.FromHour, RankBy = null, Only = [.. found.Select(f => f.Name)] },
                        limit, default);
                }

                times[round] = Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
                count = found.Count;
            }

            Array.Sort(times, 1, rounds - 1);
            table.AddRow(name, $"{count:N0}", $"{times[0]:F1}", $"{times[rounds / 2]:F1}", $"{times[^1]:F1}");
        }

        AnsiConsole.Profile.Width = 180;
        AnsiConsole.Write(table);
    }

    private static async Task Write(ISiloStore store, long[] keys, int day, long sequence, int providers)
    {
        foreach (var some in keys.Chunk(WritesAtOnce))
        {
            var tickets = some.Select(key => store.Spool.Enqueue(new SpoolWrite
            {
                TenantKey = key,
                Events = [new EventAppend(sequence, DateTimeOffset.UnixEpoch, 1, Array.Empty<byte>())],
                Snapshot = new TenantSnapshot(sequence, new byte[512], Array.Empty<byte>(), "ENABLED", null),
                RollUps = new RollUpChanges(
                    [new(ScopeOf(key).Number(), ScopeOf(key))],
                    [.. Enumerable.Range(0, providers).Select(p => new RollUpRow(
                        new RollUpKey(day + (int)(key % 24), ScopeOf(key).Number(), $"Provider {p}"), Counts(key, day, p)))]),
            })).ToArray();
            foreach (var ticket in tickets) await store.Spool.WhenCommitted(ticket, default);
        }
    }

    private static MailScope ScopeOf(long key) => new($"tenant-{key}.example", $"set-{key % Sets}");

    // By Zipf's law a few tenants send most; what became of it follows from a digest of where it went.
    private static int[] Counts(long key, int day, int provider)
    {
        var send = (int)Math.Min(50_000, 2_000_000 / (key + 20)) / (provider + 1) + 1 + (int)((key * 31 + day) % 7);
        var counts = new int[RollUpRow.Columns];
        counts[(int)ReputationFact.Sent] = counts[RollUpRow.ColumnOf(MessageMetric.Send)] = send;
        var bounced = send / (20 + (int)(key % 40));
        counts[(int)ReputationFact.HardBounced] = counts[RollUpRow.ColumnOf(MessageMetric.PermanentBounce)] = bounced;
        counts[(int)ReputationFact.Delivered] = counts[RollUpRow.ColumnOf(MessageMetric.Delivery)] = send - bounced;
        counts[RollUpRow.FeedbackLoopDelivered] = counts[RollUpRow.ColumnOf(MessageMetric.DeliveryComplaint)] = (send - bounced) / 2;
        counts[(int)ReputationFact.Complained] = counts[RollUpRow.ColumnOf(MessageMetric.Complaint)] = send / 2_000;
        counts[RollUpRow.ColumnOf(MessageMetric.DeliveryOpen)] = counts[RollUpRow.ColumnOf(MessageMetric.DeliveryClick)] = send - bounced;
        counts[RollUpRow.ColumnOf(MessageMetric.Open)] = send / 4;
        counts[RollUpRow.ColumnOf(MessageMetric.Click)] = send / 30;
        return counts;
    }

    private static IEnumerable<(string Name, RollUpQuery Query, int Limit)> Questions(long[] keys, int from, int to)
    {
        int[] metrics = [.. Enum.GetValues<MessageMetric>().Select(RollUpRow.ColumnOf)];
        int[] send = [RollUpRow.ColumnOf(MessageMetric.Send)];
        var all = new RollUpQuery(null, from, to, 24, false, false, false) { Columns = metrics };
        var total = all with { BucketHours = 0 };
        var (tenant, name) = (keys[keys.Length / 2], ScopeOf(keys[keys.Length / 2]));
        yield return ("all mail by day", all, 5_000);
        yield return ("all mail by hour, 7 days", all with { FromHour = to - 24 * 7, BucketHours = 1 }, 5_000);
        yield return ("all mail by day and provider", all with { ByProvider = true }, 5_000);
        yield return ("all mail by provider, and the 30 days before", total with { ByProvider = true, RankBy = send }, 100);
        yield return ("20 tenants that sent most, and the 30 days before", total with { ByTenant = true, RankBy = send }, 20);
        yield return ("20 tenants with most complaints at one provider, likewise",
            total with { ByTenant = true, Provider = "Provider 1", RankBy = [RollUpRow.ColumnOf(MessageMetric.Complaint)] }, 20);
        yield return ("20 identities that sent most, likewise", total with { ByIdentity = true, RankBy = send }, 20);
        yield return ("configuration sets, likewise", total with { ByConfigurationSet = true, RankBy = send }, 20);
        yield return ("one tenant by day and provider", all with { TenantKey = tenant, ByProvider = true }, 5_000);
        yield return ("one tenant by hour, 7 days", all with { TenantKey = tenant, FromHour = to - 24 * 7, BucketHours = 1 }, 5_000);
        yield return ("one identity by day and provider", all with { Identity = name.Identity, ByProvider = true }, 5_000);
        yield return ("one set of a quarter of the tenants by day and provider", all with { ConfigurationSet = name.ConfigurationSet, ByProvider = true }, 5_000);
        yield return ("identity, set, provider and tenant at once by day",
            all with { TenantKey = tenant, Identity = name.Identity, ConfigurationSet = name.ConfigurationSet, Provider = "Provider 3" }, 5_000);
        yield return ("20 pairs of tenant and provider that sent most, likewise", total with { ByTenant = true, ByProvider = true, RankBy = send }, 20);
        yield return ("20 tenants of one set that sent most, likewise",
            total with { ByTenant = true, ConfigurationSet = name.ConfigurationSet, RankBy = send }, 20);
    }

    private static int Number(string[] arguments, string name, int otherwise) =>
        Text(arguments, name) is { } text ? int.Parse(text, NumberStyles.AllowThousands, CultureInfo.InvariantCulture) : otherwise;

    private static string? Text(string[] arguments, string name)
    {
        var at = Array.IndexOf(arguments, name);
        return at >= 0 && at + 1 < arguments.Length ? arguments[at + 1] : null;
    }
}
