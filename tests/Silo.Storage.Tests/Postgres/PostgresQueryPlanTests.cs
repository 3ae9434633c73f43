using System.Text.RegularExpressions;
using Npgsql;
using Silo.Storage.Postgres;
using Silo.Testing.Postgres;

namespace Silo.Storage.Tests.Postgres;

/// <summary>With tens of thousands of rows every statement of the hot path finds its rows by an index.</summary>
public sealed class PostgresQueryPlanTests : IAsyncLifetime
{
    private const string Fill =
        """
        INSERT INTO incarnations (address, alone, dead) SELECT '', false, true FROM generate_series(1, 3);
        INSERT INTO tenants (name, tenant_id, arn, created_at, sending_status, reputation_impact, owner)
            SELECT 't' || i, 'tn' || i, 'arn' || i, 0, CASE WHEN i % 50 = 0 THEN 'DISABLED' ELSE 'ENABLED' END, CASE WHEN i % 50 = 0 THEN 'HIGH' END,
                1 + i % 4 FROM generate_series(1, 20000) i;
        INSERT INTO snapshots SELECT tenant_key, 0, 'x', 'x' FROM tenants;
        INSERT INTO messages SELECT i * 2, 'x', 'x' FROM generate_series(1, 50000) i;
        INSERT INTO units (unit_id, tenant_key, message_key, units_of_message, recipient, due)
            SELECT i * 2 + 1, i % 20000, i * 2, 1, 'r', i FROM generate_series(1, 50000) i;
        INSERT INTO events SELECT (SELECT min(substr(relname, 8)::int) FROM pg_class WHERE relname ~ '^events_[0-9]+$'), i, i % 20000, i / 20000 + 1, 0, 1, 'x'
            FROM generate_series(1, 50000) i;
        INSERT INTO notices SELECT i % 2000, i, 0, 1, 'x', 'm' || i, NULL FROM generate_series(1, 50000) i;
        INSERT INTO message_facts SELECT 'm' || i, 1, NULL, 'x' FROM generate_series(1, 50000) i;
        INSERT INTO notice_cursors SELECT i % 20000, 'd' || i % 3, i FROM generate_series(1, 60000) i;
        INSERT INTO releases SELECT 1000000 + i, 1 + i % 4, ARRAY[i * 2 + 1] FROM generate_series(1, 200) i;
        ANALYZE;
        """;

    private Silos _silos = null!;
    private PostgresSiloStore _store = null!;

    public static TheoryData<string, string, string> Statements => new()
    {
        { "queue page", PostgresSpool.QueuePage, "(bigint, bigint, bigint, bigint, bigint)" },
        { "message", PostgresSpool.Message, "(bigint)" },
        { "envelopes", PostgresSpool.Envelopes, "(bigint[])" },
        { "in hand", PostgresSpool.InHand, "(bigint[], bigint[])" },
        { "load", PostgresTenantStore.LoadOne, "(text)" },
        { "delete units", BatchSql.DeleteUnits, "(bigint[])" },
        { "delete messages", BatchSql.DeleteMessages, "(bigint[])" },
        { "delete messages without units", BatchSql.DeleteMessagesWithoutUnits, "(bigint[], int[])" },
        { "retry units", BatchSql.RetryUnits, "(bigint[], bigint[], int[], bigint[], int[], boolean[], bigint[], int[], text[], text[])" },
        { "insert release", BatchSql.InsertRelease, "(bigint, bigint, bigint[])" },
        { "delete releases", BatchSql.DeleteReleases, "(bigint[])" },
        { "snapshots", BatchSql.WriteSnapshots, "(bigint[], bigint[], bytea[], bytea[])" },
        { "status", BatchSql.WriteStatus, "(bigint[], text[], text[])" },
        { "take", TenantClaims.Take, "(bigint, text[])" },
        { "request", TenantClaims.Request, "(bigint, text[])" },
        { "names", TenantClaims.ReadNames, "(text[])" },
        { "claimed", TenantClaims.ReadTenants, "(bigint, text[])" },
        { "unsettled", TenantClaims.ReadUnsettled, "(bigint, text[])" },
        { "forget requests", TenantClaims.ForgetRequests, "(bigint, text[])" },
        { "backlogs", TenantClaims.ReadBacklogs, "(bigint, text[], bigint)" },
        { "notices", PostgresNoticeStore.ReadAfter, "(bigint, bigint, bigint)" },
        { "notices counted", PostgresNoticeStore.CountAfter, "(bigint, bigint)" },
        { "notices described", PostgresNoticeStore.Described, "(bigint[])" },
    };

    public async Task InitializeAsync()
    {
        _silos = await Silos.Start();
        _store = await _silos.Open(o => o with { LeaseTime = TimeSpan.FromSeconds(30) });
        await using var connection = await _silos.Connect();
        await using var command = new NpgsqlCommand(Fill, connection) { CommandTimeout = 300 };
        await command.ExecuteNonQueryAsync();
    }

    public async Task DisposeAsync() => await _silos.DisposeAsync();

    [PostgresFact]
    public async Task No_statement_of_the_hot_path_walks_over_a_table()
    {
        foreach (var (name, sql, types) in Statements.Select(s => ((string)s[0], (string)s[1], (string)s[2])))
        {
            var source = sql == PostgresNoticeStore.Described ? _store.Connections.Notices
                : sql.StartsWith("SELECT", StringComparison.Ordinal) || sql.StartsWith("WITH", StringComparison.Ordinal)
                ? types.Contains("text[]", StringComparison.Ordinal) ? _store.Connections.Claims : _store.Connections.Readers
                : _store.Connections.Writer;
            var plan = await PlanOf(source, sql, types);
            foreach (var table in new[] { "tenants", "snapshots", "messages", "units", "events", "releases", "notices", "message_facts", "notice_cursors" })
                Assert.False(WalksOver(table, plan), $"{name}:\n{plan}");
        }
    }

    [PostgresTheory]
    [InlineData(nameof(TenantFilter.AfterName), "tenants_name_key")]
    [InlineData(nameof(TenantFilter.SendingStatus), "tenants_by_status")]
    [InlineData(nameof(TenantFilter.ReputationImpact), "tenants_with_finding")]
    public async Task A_page_of_tenants_is_found_by_an_index_in_the_order_of_names(string filter, string index)
    {
        var sql = PostgresTenantStore.ListSql(new()
        {
            AfterName = "m", SendingStatus = filter == nameof(TenantFilter.SendingStatus) ? "DISABLED" : null,
            ReputationImpact = filter == nameof(TenantFilter.ReputationImpact) ? "HIGH" : null,
        });
        (string Name, string Value)[] values =
        [
            ("@AfterName", "'m'"), ("@Account", "'$account'"), ("@SendingStatus", "'DISABLED'"), ("@ReputationImpact", "'HIGH'"), ("@Limit", "11"),
        ];
        foreach (var (name, value) in values)
            sql = sql.Replace(name, value, StringComparison.Ordinal);
        await using var command = _store.Connections.Readers.CreateCommand($"EXPLAIN {sql}");
        var plan = await Lines(command);

        Assert.Contains(index, plan, StringComparison.Ordinal);
        Assert.DoesNotContain("Sort", plan, StringComparison.Ordinal);
    }

    /// <summary>Row by row, or along an index from its beginning to its end.</summary>
    private static bool WalksOver(string table, string plan) => plan.Split("->").Any(node =>
        node.Contains($"Seq Scan on {table}", StringComparison.Ordinal)
        || (IndexScan(table).IsMatch(node) && !node.Contains("Index Cond", StringComparison.Ordinal)));

    private static Regex IndexScan(string table) => new($@"Index (Only )?Scan .*on {table}\b");

    private static async Task<string> PlanOf(NpgsqlDataSource source, string sql, string types)
    {
        await using var connection = await source.OpenConnectionAsync();
        await using (var show = new NpgsqlCommand("SHOW enable_seqscan", connection)) Assert.Equal("off", await show.ExecuteScalarAsync());
        var nulls = string.Join(", ", types.Split(',').Select(_ => "NULL"));
        await using (var prepare = new NpgsqlCommand($"SET plan_cache_mode = force_generic_plan; PREPARE asked {types} AS {sql}", connection))
            await prepare.ExecuteNonQueryAsync();
        string plan;
        await using (var explain = new NpgsqlCommand($"EXPLAIN EXECUTE asked ({nulls})", connection)) plan = await Lines(explain);
        await using var forget = new NpgsqlCommand("DEALLOCATE asked; RESET plan_cache_mode", connection);
        await forget.ExecuteNonQueryAsync();
        return plan;
    }

    private static async Task<string> Lines(NpgsqlCommand command)
    {
        var lines = new List<string>();
        await using var rows = await command.ExecuteReaderAsync();
        while (await rows.ReadAsync()) lines.Add(rows.GetString(0));
        return string.Join('\n', lines);
    }
}
