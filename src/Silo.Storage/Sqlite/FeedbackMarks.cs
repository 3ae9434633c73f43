using SQLitePCL;

namespace Silo.Storage.Sqlite;

/// <summary>Writes what was told of units that left, and drops what is too old to be told of.</summary>
internal sealed class FeedbackMarks(sqlite3 database) : IDisposable
{
    // Neighbours at the beginning of the table; few enough that other writes hardly wait.
    private const int DropAtOnce = 5_000;

    public const string Find = "SELECT state FROM feedback_marks WHERE day = ?1 AND tenant_key = ?2 AND unit = ?3";

    private readonly Statement _write = new(database,
        """
        INSERT INTO feedback_marks (day, tenant_key, unit, state) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (day, tenant_key, unit) DO UPDATE SET state = excluded.state
        """);

    private readonly Statement _drop = new(database,
        """
        DELETE FROM feedback_marks WHERE (day, tenant_key, unit) IN (
            SELECT day, tenant_key, unit FROM feedback_marks WHERE day < ?1 ORDER BY day, tenant_key, unit LIMIT ?2)
        """);

    public void Write(long tenantKey, IReadOnlyList<FeedbackMark> marks)
    {
        Span<byte> unit = stackalloc byte[FeedbackKey.UnitBytes];
        foreach (var (key, state) in marks)
        {
            key.WriteUnit(unit);
            _write.Bind(0, key.Day).Bind(1, tenantKey).Bind(2, unit).Bind(3, state).Execute();
        }
    }

    /// <summary>True when there may be more.</summary>
    public bool DropBefore(int day) => _drop.Bind(0, day).Bind(1, DropAtOnce).Execute() == DropAtOnce;

    public void Dispose()
    {
        _write.Dispose();
        _drop.Dispose();
    }
}
