using SQLitePCL;
using Silo.Storage.Writing;

namespace Silo.Storage.Sqlite;

/// <summary>Messages and units, from append to the settlement that removes them.</summary>
internal sealed class MessageWriter(sqlite3 database, UnitsInHand inHand) : IDisposable
{
    private readonly Statement _insertMessage = new(database, "INSERT INTO messages (message_key, envelope, content) VALUES (?1, ?2, ?3)");

    private readonly Statement _insertUnit = new(database,
        """
        INSERT INTO units (unit_id, tenant_key, message_key, units_of_message, recipient, due, stream, pool, provider, sending_domain)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
        """);

    private readonly Statement _deleteUnit = new(database, "DELETE FROM units WHERE unit_id = ?1");

    private readonly Statement _retryUnit = new(database,
        """
        UPDATE units SET due = ?2, attempts = ?3, first_attempt = ?4, crashes = ?5, possible_duplicate = ?6,
            settled_release = MAX(settled_release, ?7), delays_told = ?8,
            pool = COALESCE(?9, pool), overflow_pool = ?10
        WHERE unit_id = ?1
        """);

    private readonly Statement _anyUnit = new(database, "SELECT 1 FROM units WHERE unit_id BETWEEN ?1 AND ?2 LIMIT 1");
    private readonly Statement _deleteMessage = new(database, "DELETE FROM messages WHERE message_key = ?1");

    public void Append(long tenantKey, MessageAppend append, ReadOnlySpan<byte> envelope)
    {
        _insertMessage.Bind(0, append.MessageKey).Bind(1, envelope).Bind(2, append.Content.Span).Execute();
        _insertUnit
            .Bind(1, tenantKey).Bind(2, append.MessageKey).Bind(3, append.Recipients.Count).Bind(5, append.DueAt.UtcTicks)
            .Bind(6, (long)append.Stream).Bind(7, append.Pool).Bind(9, append.SendingDomain);
        for (var i = 0; i < append.Recipients.Count; i++)
            _insertUnit.Bind(0, append.MessageKey + 1 + i).Bind(4, append.Recipients[i]).Bind(8, append.Providers?[i]).Execute();
    }

    public void Settle(UnitSettlement settlement)
    {
        // What was told before would be booked twice: the unit is gone, or this release of it was settled.
        if (settlement.ReleaseId != 0 && inHand.ReleaseOf(settlement.UnitId) != settlement.ReleaseId)
            throw new RefusedWriteException($"Unit {settlement.UnitId} is not in hand under the release {settlement.ReleaseId}.");
        if (settlement.Retry is { } retry) Requeue(settlement, retry);
        else Remove(settlement);
    }

    public void Dispose()
    {
        Statement[] own = [_insertMessage, _insertUnit, _deleteUnit, _retryUnit, _anyUnit, _deleteMessage];
        foreach (var statement in own) statement.Dispose();
    }

    private void Requeue(UnitSettlement settlement, UnitRetry retry)
    {
        _retryUnit
            .Bind(0, settlement.UnitId).Bind(1, retry.DueAt.UtcTicks).Bind(2, retry.Attempts).Bind(3, retry.FirstAttemptAt?.UtcTicks)
            .Bind(4, retry.Crashes).Bind(5, retry.PossibleDuplicate).Bind(6, settlement.ReleaseId)
            .Bind(7, retry.DelaysTold).Bind(8, retry.Pool).Bind(9, retry.OverflowPool).Execute();
        if (settlement.ReleaseId != 0) inHand.Settled(settlement.UnitId);
    }

    private void Remove(UnitSettlement settlement)
    {
        if (_deleteUnit.Bind(0, settlement.UnitId).Execute() == 0) return;
        inHand.Settled(settlement.UnitId);
        var message = settlement.MessageKey;
        if (settlement.UnitsOfMessage > 1 && _anyUnit.Bind(0, message + 1).Bind(1, message + settlement.UnitsOfMessage).ReadLong() is not null) return;
        _deleteMessage.Bind(0, message).Execute();
    }
}
