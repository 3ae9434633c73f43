using SQLitePCL;

namespace Silo.Storage.Sqlite;

/// <summary>
/// A prepared statement that is used again and again without allocating. Parameters and columns count from 0. Not thread-safe:
/// it belongs to whoever holds its connection.
/// </summary>
internal sealed class Statement : IDisposable
{
    private const uint PreparePersistent = 1;

    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _statement;

    public Statement(sqlite3 database, string sql)
    {
        _database = database;
        var result = raw.sqlite3_prepare_v3(database, sql, PreparePersistent, out _statement);
        if (result != raw.SQLITE_OK) throw SqliteFailure.Of(database, result);
    }

    public Statement Bind(int index, long value)
    {
        Check(raw.sqlite3_bind_int64(_statement, index + 1, value));
        return this;
    }

    public Statement Bind(int index, long? value) => value is { } number ? Bind(index, number) : BindNull(index);

    public Statement Bind(int index, bool value) => Bind(index, value ? 1L : 0L);

    public Statement Bind(int index, string? value)
    {
        if (value is null) return BindNull(index);
        Check(raw.sqlite3_bind_text(_statement, index + 1, value));
        return this;
    }

    public Statement Bind(int index, ReadOnlySpan<byte> value)
    {
        // An empty span may hold a null pointer, which would bind NULL.
        Check(value.IsEmpty ? raw.sqlite3_bind_zeroblob(_statement, index + 1, 0) : raw.sqlite3_bind_blob(_statement, index + 1, value));
        return this;
    }

    /// <summary>True while there is a row. Call <see cref="Reset"/> when done with the rows.</summary>
    public bool Step()
    {
        var result = raw.sqlite3_step(_statement);
        if (result == raw.SQLITE_ROW) return true;
        if (result == raw.SQLITE_DONE) return false;
        var failure = SqliteFailure.Of(_database, result);
        raw.sqlite3_reset(_statement);
        throw failure;
    }

    /// <summary>Runs to the end and returns how many rows the statement changed.</summary>
    public int Execute()
    {
        while (Step())
        {
        }

        Reset();
        return raw.sqlite3_changes(_database);
    }

    /// <summary>The first column of the first row, or null without a row.</summary>
    public long? ReadLong()
    {
        long? value = Step() ? Long(0) : null;
        Reset();
        return value;
    }

    public void Reset() => raw.sqlite3_reset(_statement);

    public bool IsNull(int column) => raw.sqlite3_column_type(_statement, column) == raw.SQLITE_NULL;

    public long Long(int column) => raw.sqlite3_column_int64(_statement, column);

    public int Int(int column) => raw.sqlite3_column_int(_statement, column);

    public string Text(int column) => raw.sqlite3_column_text(_statement, column).utf8_to_string();

    public string? TextOrNull(int column) => IsNull(column) ? null : Text(column);

    public byte[] Bytes(int column) => raw.sqlite3_column_blob(_statement, column).ToArray();

    public ReadOnlySpan<byte> Span(int column) => raw.sqlite3_column_blob(_statement, column);

    public DateTimeOffset Instant(int column) => new(Long(column), TimeSpan.Zero);

    public void Dispose() => _statement.Dispose();

    private Statement BindNull(int index)
    {
        Check(raw.sqlite3_bind_null(_statement, index + 1));
        return this;
    }

    private void Check(int result)
    {
        if (result != raw.SQLITE_OK) throw SqliteFailure.Of(_database, result);
    }
}
