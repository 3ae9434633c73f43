using SQLitePCL;

namespace Silo.Storage.Sqlite;

/// <summary>Writes keys of sends, and drops those that are too old.</summary>
internal sealed class SendKeyWriter(sqlite3 database) : IDisposable
{
    // Neighbours at the beginning of the table; few enough that other writes hardly wait.
    private const int DropAtOnce = 5_000;

    public const string Find =
        "SELECT message_id, content, at FROM send_keys WHERE hour = ?1 AND call = ?2 AND at >= ?3 ORDER BY at LIMIT 1";

    private readonly Statement _write = new(database,
        "INSERT INTO send_keys (hour, call, tenant_key, content, message_id, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)");

    private readonly Statement _drop = new(database,
        """
        DELETE FROM send_keys WHERE (hour, call, tenant_key) IN (
            SELECT hour, call, tenant_key FROM send_keys WHERE hour < ?1 ORDER BY hour, call, tenant_key LIMIT ?2)
        """);

    /// <summary>A key that is there already fails the write alone.</summary>
    public void Write(long tenantKey, SendMark mark) => _write
        .Bind(0, SendKey.HourOf(mark.At)).Bind(1, SendKey.BytesOf(mark.Key.Call)).Bind(2, tenantKey)
        .Bind(3, SendKey.BytesOf(mark.Key.Content)).Bind(4, mark.MessageId).Bind(5, mark.At.UtcTicks).Execute();

    /// <summary>True when there may be more.</summary>
    public bool DropBefore(int hour) => _drop.Bind(0, hour).Bind(1, DropAtOnce).Execute() == DropAtOnce;

    public void Dispose()
    {
        _write.Dispose();
        _drop.Dispose();
    }
}
