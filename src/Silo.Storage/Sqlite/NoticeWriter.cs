using SQLitePCL;

namespace Silo.Storage.Sqlite;

/// <summary>Writes notices beside their events, with what they tell of their message, and drops what was kept of old messages.</summary>
internal sealed class NoticeWriter(sqlite3 database) : IDisposable
{
    // Rows of some kilobytes; few enough that other writes hardly wait.
    private const int DropAtOnce = 1_000;

    private readonly Statement _insert = new(database,
        "INSERT INTO notices (tenant_key, sequence, at, kind, payload, message_id, set_name) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");

    private readonly Statement _insertFacts = new(database,
        "INSERT OR IGNORE INTO message_facts (message_id, day, set_name, facts) VALUES (?1, ?2, ?3, ?4)");

    private readonly Statement _drop = new(database,
        "DELETE FROM message_facts WHERE id IN (SELECT id FROM message_facts WHERE day < ?1 ORDER BY day LIMIT ?2)");

    public static int DayOf(DateTimeOffset instant) => (int)(instant.UtcTicks / TimeSpan.TicksPerDay);

    public void Write(long tenantKey, IReadOnlyList<EventAppend> events)
    {
        foreach (var appended in events)
        {
            if (appended.Notice is not { } notice) continue;
            _insert
                .Bind(0, tenantKey).Bind(1, appended.Sequence).Bind(2, appended.At.UtcTicks).Bind(3, appended.Kind)
                .Bind(4, appended.Payload.Span).Bind(5, notice.MessageId).Bind(6, notice.ConfigurationSetName).Execute();
        }
    }

    public void Write(MessageFacts facts) => _insertFacts
        .Bind(0, facts.MessageId).Bind(1, DayOf(facts.AcceptedAt)).Bind(2, facts.ConfigurationSetName).Bind(3, facts.Facts.Span).Execute();

    /// <summary>True when there may be more.</summary>
    public bool DropFactsBefore(int day) => _drop.Bind(0, day).Bind(1, DropAtOnce).Execute() == DropAtOnce;

    public void Dispose()
    {
        _insert.Dispose();
        _insertFacts.Dispose();
        _drop.Dispose();
    }
}
