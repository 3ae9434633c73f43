using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Silo.Benchmarks.Cluster;
using Silo.Benchmarks.Storage;
using Silo.Core.Messages;
using Silo.Core.Tenants;
using Silo.Server.Delivery;
using Silo.Server.Insights;
using Silo.Storage;
using Silo.Storage.Postgres;
using Silo.Storage.Sqlite;
using Silo.Testing.Postgres;

namespace Silo.Benchmarks.Insights;

/// <summary>
/// What message insights cost: an acceptance in the log with and without what they need, the indexer behind the log, and searches over
/// what came of it. Messages are spread over 29 days, tenants drawn by Zipf's law; each is accepted and delivered.
/// </summary>
internal static class InsightBenchmark
{
    public const string Usage = "[--tenants 30000] [--messages 1000000] [--seed 1] [--postgres]";

    private static readonly TimeProvider Time = TimeProvider.System;
    private static readonly Process This = Process.GetCurrentProcess();

    public static async Task<int> Run(string[] arguments)
    {
        var (tenants, messages, seed) = (Number(arguments, "--tenants", 30_000), Number(arguments, "--messages", 1_000_000), Number(arguments, "--seed", 1));
        await using var server = arguments.Contains("--postgres") ? await PostgresServer.Start(new Dictionary<string, string>()) : null;
        var directory = Path.Combine(Path.GetTempPath(), $"silo-insights-{Environment.ProcessId}");
        try
        {
            var opening = server is null
                ? await SqliteStore.Open(new SqliteStoreOptions { Directory = directory }, Time, default)
                : await PostgresStore.Open(
                    new PostgresStoreOptions { ConnectionString = await server.CreateDatabase("silo_insights") }, Time, default);
            if (opening is not StoreOpening.Opened { Store: var store }) throw new InvalidOperationException(opening.ToString());
            await using var _ = store;
            await Measure(store, tenants, messages, seed, server?.ProcessId);
            return 0;
        }
        finally
        {
            if (Directory.Exists(directory)) Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task Measure(ISiloStore store, int tenants, int messages, int seed, int? server)
    {
        Console.WriteLine($"{messages:N0} messages of {tenants:N0} tenants, {(server is null ? "SQLite" : "PostgreSQL")}");
        var keys = await StorageBenchmark.CreateTenants(store, tenants);
        var log = new LogDriver(store, keys, seed);
        var few = messages / 10;
        await log.Write(few, withMail: true, spread: false);
        var without = await Timed(() => log.Write(few, withMail: false, spread: false), server);
        var with = await Timed(() => log.Write(few, withMail: true, spread: false), server);
        Tell("acceptance and delivery in the log without", without, few);
        Tell("the same with what insights need", with, few);
        await Index(store);
        await log.Write(messages, withMail: true, spread: true);
        var indexed = await Timed(() => Index(store), server);
        Tell($"indexer, a message ({2 * messages / indexed.Seconds:N0} events/s)", indexed, messages);

        var search = new InsightSearch(store.Insights, Time);
        var (now, first) = (Time.GetUtcNow().ToUnixTimeMilliseconds(), log.FirstMs);
        foreach (var (what, rank) in new[] { ("largest", 0), ("10th", 9), ("1,000th", 999), ("smallest", tenants - 1) })
        {
            if (rank >= tenants) continue;
            var query = new InsightQuery(first, now, [keys[rank]]);
            await Searched($"first 100 of the {what} tenant, 29 days", search, query, 100);
            await Searched($"all of the {what} tenant by a subject that none has", search, query with { Include = new() { Subject = ["*none*"] } }, 100);
        }

        await Searched("first 100 of all", search, new InsightQuery(first, now, null), 100);
        await Searched("one recipient among all", search, new InsightQuery(first, now, null) { Include = new() { Recipient = [log.Recipient(messages / 2)] } }, 100);
        await Searched("a subject that none has among all", search, new InsightQuery(first, now, null) { Include = new() { Subject = ["*none*"] } }, 100);
        var started = Time.GetTimestamp();
        for (var i = 0; i < 100; i++)
        {
            MessageIdFormat.TryParse(log.SampleId, out var ms, out var uuid);
            var rows = await store.Insights.Find(ms, uuid, null, default);
            await store.Events.ReadAt([.. rows[0].Positions], default);
        }

        Console.WriteLine($"{"one message and its events by its id",-70} {Time.GetElapsedTime(started).TotalMilliseconds / 100,10:F2} ms");
    }

    private static async Task Index(ISiloStore store)
    {
        var indexer = new InsightIndexer(store, new MailboxProviders([]), new InsightOptions(), Time, NullLogger<InsightIndexer>.Instance);
        while (!await indexer.CatchUp(default))
        {
        }
    }

    private static async Task Searched(string what, InsightSearch search, InsightQuery query, int pageSize)
    {
        var (best, rows, calls) = (double.MaxValue, 0, 0);
        for (var round = 0; round < 3; round++)
        {
            var started = Time.GetTimestamp();
            (rows, calls) = (0, 0);
            InsightPlace? place = null;
            do
            {
                var page = await search.Page(query, place, pageSize, default);
                (rows, place, calls) = (rows + page.Rows.Count, page.Next, calls + 1);
            }
            while (place is not null && rows < pageSize);
            best = Math.Min(best, Time.GetElapsedTime(started).TotalMilliseconds);
        }

        Console.WriteLine($"{what,-70} {best,10:F1} ms, {rows} rows, {calls} calls");
    }

    private static void Tell(string what, (double Seconds, double Cpu, double? ServerCpu) took, int count) => Console.WriteLine(
        $"{what,-70} {took.Cpu / count,10:F2} µs CPU{(took.ServerCpu is { } server ? $", server {server / count:F2}" : "")}, {count / took.Seconds:N0}/s");

    private static async Task<(double Seconds, double Cpu, double? ServerCpu)> Timed(Func<Task> work, int? server)
    {
        GC.Collect();
        This.Refresh();
        var (cpu, serverCpu, started) = (This.TotalProcessorTime, server is null ? 0 : CpuTime.OfFamily(server.Value), Time.GetTimestamp());
        await work();
        This.Refresh();
        return (Time.GetElapsedTime(started).TotalSeconds, (This.TotalProcessorTime - cpu).TotalMicroseconds,
            server is null ? null : CpuTime.OfFamily(server.Value) - serverCpu);
    }

    private static int Number(string[] arguments, string name, int otherwise) =>
        Array.IndexOf(arguments, name) is >= 0 and var at ? int.Parse(arguments[at + 1], NumberStyles.AllowThousands, CultureInfo.InvariantCulture) : otherwise;

    /// <summary>Writes acceptances and deliveries to the log, as tenants' actors do.</summary>
    private sealed class LogDriver(ISiloStore store, long[] keys, int seed)
    {
        private static readonly TimeSpan Stretch = TimeSpan.FromDays(29);
        private readonly ZipfTenants _zipf = new(keys.Length, seed);
        private readonly Random _random = new(seed);
        private readonly long[] _sequences = new long[keys.Length];

        public long FirstMs { get; } = (Time.GetUtcNow() - Stretch).ToUnixTimeMilliseconds();

        public string SampleId { get; private set; } = "";

        public string Recipient(int i) => $"recipient.{i}@mail{i % 97}.example";

        public async Task Write(int messages, bool withMail, bool spread)
        {
            var begin = Time.GetUtcNow() - (spread ? Stretch : TimeSpan.FromSeconds(1));
            var step = (spread ? Stretch - TimeSpan.FromSeconds(1) : TimeSpan.FromMilliseconds(100)) / messages;
            var pending = new Queue<(int Tenant, string Id, string Recipient, DateTimeOffset At)>();
            var ticket = 0L;
            for (var i = 0; i < messages; i++)
            {
                var (tenant, at, to) = (_zipf.Next(), begin + step * i, Recipient(i));
                var id = MessageIdFormat.Create(at, ((UInt128)(ulong)_random.NextInt64() << 64) | (ulong)_random.NextInt64(), 77);
                if (i == messages / 3) SampleId = id;
                ticket = Put(tenant, new TenantEvent
                {
                    Kind = TenantEventKind.Accepted, At = at, MessageId = id, Bytes = 4_096,
                    Mail = withMail ? new AcceptedMail("newsletter@sender.example", [to]) { Subject = $"What is new this week, number {i}", Set = "newsletters" } : null,
                });
                pending.Enqueue((tenant, id, to, at));
                if (pending.Count > 1_000) ticket = Deliver(pending.Dequeue());
                if (i % 5_000 == 4_999) await store.Spool.WhenCommitted(ticket, default);
            }

            while (pending.TryDequeue(out var last)) ticket = Deliver(last);
            await store.Spool.WhenCommitted(ticket, default);
        }

        private long Deliver((int Tenant, string Id, string Recipient, DateTimeOffset At) message) => Put(message.Tenant, new TenantEvent
        {
            Kind = TenantEventKind.Delivered, At = message.At, MessageId = message.Id, Recipient = message.Recipient, SentAt = message.At,
            Diagnostic = "250 2.0.0 OK: queued as 4XyZ12345", RemoteHost = "192.0.2.1", Attempts = 1,
        });

        private long Put(int tenant, TenantEvent e) => store.Spool.Enqueue(new SpoolWrite
        {
            TenantKey = keys[tenant], Events = [new EventAppend(_sequences[tenant] += 1, e.At, (int)e.Kind, e.ToPayload())],
        });
    }
}
