using Npgsql;
using Silo.Storage.Tests.Contract;
using Silo.Testing;
using Silo.Testing.Postgres;
using Xunit;

namespace Silo.Storage.Tests.Postgres;

[NeedsPostgres]
public sealed class PostgresAddressTests : AddressContract
{
    private PostgresUnderTest _postgres = null!;

    protected override async Task<IStoreUnderTest> Open(HostileTimeProvider time) => _postgres = await new PostgresUnderTest(time).Start();

    // Every column of every table that can hold text.
    protected override async Task<IReadOnlyList<string>> FindRaw(string text)
    {
        await using var source = NpgsqlDataSource.Create($"{_postgres.Options.ConnectionString};Search Path=silo;Pooling=false");
        var columns = new List<(string Table, string Column, string Type)>();
        await using (var command = source.CreateCommand(
            """
            SELECT table_name, column_name, data_type FROM information_schema.columns
            WHERE table_schema = 'silo' AND data_type IN ('text', 'bytea')
            """))
        await using (var rows = await command.ExecuteReaderAsync())
        {
            while (await rows.ReadAsync()) columns.Add((rows.GetString(0), rows.GetString(1), rows.GetString(2)));
        }

        var found = new List<string>();
        foreach (var (table, column, type) in columns)
        {
            var needle = type == "text" ? "$1::text" : "convert_to($1, 'UTF8')";
            await using var command = source.CreateCommand($"SELECT count(*) FROM \"{table}\" WHERE position({needle} IN \"{column}\") > 0");
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = text });
            if ((long)(await command.ExecuteScalarAsync())! > 0) found.Add($"{table}.{column}");
        }

        return found;
    }

    [Fact]
    public async Task What_a_writer_has_under_way_is_not_settled_and_what_begins_later_does_not_matter()
    {
        await using var source = NpgsqlDataSource.Create(
            $"{_postgres.Options.ConnectionString};Search Path=silo;Pooling=false;Application Name=Silo writer stalled");
        await using var stalled = await Begin(source);
        var end = await Store.Addresses.MarkEnd(default);
        await using var later = await Begin(source);
        Assert.False(await Store.Addresses.IsSettled(end, default));
        await Run(stalled, "COMMIT");
        Assert.True(await Store.Addresses.IsSettled(end, default));
        Assert.False(await Store.Addresses.IsSettled(await Store.Addresses.MarkEnd(default), default));
    }

    private static async Task<NpgsqlConnection> Begin(NpgsqlDataSource source)
    {
        var connection = await source.OpenConnectionAsync();
        await Run(connection, "BEGIN");
        await Run(connection, "SELECT pg_current_xact_id()");
        return connection;
    }

    private static async Task Run(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
