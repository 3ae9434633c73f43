using SQLitePCL;
using Silo.Storage.Writing;

namespace Silo.Storage.Sqlite;

/// <summary>
/// The end of the event log: numbers positions, starts segments, and holds tenants to their numbering without an index on it.
/// </summary>
internal sealed class EventWriter(sqlite3 database, SnapshotLag lag, int maxEventsPerSegment) : IDisposable
{
    private readonly Statement _readSequence = new(database, "SELECT applied_sequence FROM snapshots WHERE tenant_key = ?1");

    private readonly Statement _writeSnapshot = new(database,
        "UPDATE snapshots SET applied_sequence = ?2, state = ?3, counters = ?4 WHERE tenant_key = ?1 AND applied_sequence <= ?2");

    private readonly Statement _writeStatus = new(database,
        """
        UPDATE tenants SET sending_status = ?2, reputation_impact = ?3
        WHERE tenant_key = ?1 AND (sending_status IS NOT ?2 OR reputation_impact IS NOT ?3)
        """);

    // The last sequence of each tenant that this batch touched. Others are in the lag, or their snapshot is current.
    private readonly Dictionary<long, long> _lastSequences = [];
    private Statement? _insert;
    private long _segment;
    private long _firstPosition;
    private long _position;
    private int _segmentDay;
    private int _today;

    /// <summary>What the batch changed, for <see cref="SnapshotLag.Publish"/>.</summary>
    public List<LagChange> Changes { get; } = [];

    public void BeginBatch(int today)
    {
        _lastSequences.Clear();
        _today = today;
    }

    public void Append(long tenantKey, IReadOnlyList<EventAppend> events)
    {
        var last = LastSequence(tenantKey);
        foreach (var appended in events)
        {
            if (appended.Sequence != last + 1)
                throw new RefusedWriteException($"Event {appended.Sequence} of tenant {tenantKey} does not follow its last one, {last}.");
            last = appended.Sequence;
            // A day that the clock goes back to has its segment behind it already.
            if (_segment == 0 || _today > _segmentDay || _position - _firstPosition + 1 >= maxEventsPerSegment) StartSegment();
            _insert!
                .Bind(0, ++_position).Bind(1, tenantKey).Bind(2, appended.Sequence).Bind(3, appended.At.UtcTicks).Bind(4, appended.Kind)
                .Bind(5, appended.Payload.Span).Execute();
            Changes.Add(LagChange.Appended(tenantKey, appended.Sequence, _position));
        }

        _lastSequences[tenantKey] = last;
    }

    public void Snapshot(long tenantKey, TenantSnapshot snapshot)
    {
        var last = LastSequence(tenantKey);
        if (snapshot.AppliedSequence > last)
            throw new RefusedWriteException($"The snapshot of tenant {tenantKey} claims event {snapshot.AppliedSequence}; its last one is {last}.");
        var written = _writeSnapshot
            .Bind(0, tenantKey).Bind(1, snapshot.AppliedSequence).Bind(2, snapshot.State.Span).Bind(3, snapshot.Counters.Span).Execute();
        if (written == 0) throw new RefusedWriteException($"Tenant {tenantKey} has a later snapshot than {snapshot.AppliedSequence}.");
        _writeStatus.Bind(0, tenantKey).Bind(1, snapshot.SendingStatus).Bind(2, snapshot.ReputationImpact).Execute();
        _lastSequences[tenantKey] = last;
        Changes.Add(LagChange.Snapshot(tenantKey, snapshot.AppliedSequence));
    }

    /// <summary>The tenant is deleted in this batch: no event follows.</summary>
    public void Forget(long tenantKey)
    {
        _lastSequences[tenantKey] = long.MinValue;
        Changes.Add(LagChange.Gone(tenantKey));
    }

    /// <summary>What to hand to <see cref="Undo"/> if the next write of this tenant is undone alone.</summary>
    public (int Changes, long? LastSequence) Mark(long tenantKey) =>
        (Changes.Count, _lastSequences.TryGetValue(tenantKey, out var last) ? last : null);

    public void Undo(long tenantKey, (int Changes, long? LastSequence) mark)
    {
        Changes.RemoveRange(mark.Changes, Changes.Count - mark.Changes);
        if (mark.LastSequence is { } last) _lastSequences[tenantKey] = last;
        else _lastSequences.Remove(tenantKey);
        ReadEnd();
    }

    /// <summary>Reads from the file again where the log ends.</summary>
    public void ReadEnd()
    {
        _insert?.Dispose();
        _insert = null;
        using var newest = new Statement(database, "SELECT segment_id, first_position, day FROM event_segments ORDER BY segment_id DESC LIMIT 1");
        if (!newest.Step())
        {
            (_segment, _position) = (0, 0);
            return;
        }

        (_segment, _firstPosition, _segmentDay) = (newest.Long(0), newest.Long(1), newest.Int(2));
        newest.Reset();
        using var end = new Statement(database, $"SELECT MAX(position) FROM events_{_segment}");
        _position = Math.Max(_firstPosition - 1, end.ReadLong() ?? 0);
        PrepareInsert();
    }

    public void Dispose()
    {
        _insert?.Dispose();
        _readSequence.Dispose();
        _writeSnapshot.Dispose();
        _writeStatus.Dispose();
    }

    private void StartSegment()
    {
        (_segment, _firstPosition, _segmentDay) = (_segment + 1, _position + 1, Math.Max(_today, _segmentDay));
        using var create = new Statement(database,
            $"""
            CREATE TABLE events_{_segment} (
                position INTEGER PRIMARY KEY, tenant_key INTEGER NOT NULL, sequence INTEGER NOT NULL, at INTEGER NOT NULL,
                kind INTEGER NOT NULL, payload BLOB NOT NULL)
            """);
        create.Execute();
        using var list = new Statement(database, "INSERT INTO event_segments (segment_id, first_position, day) VALUES (?1, ?2, ?3)");
        list.Bind(0, _segment).Bind(1, _firstPosition).Bind(2, _segmentDay).Execute();
        _insert?.Dispose();
        PrepareInsert();
    }

    private void PrepareInsert() => _insert = new Statement(database, $"INSERT INTO events_{_segment} VALUES (?1, ?2, ?3, ?4, ?5, ?6)");

    private long LastSequence(long tenantKey)
    {
        if (_lastSequences.TryGetValue(tenantKey, out var last) || lag.TryGetLastSequence(tenantKey, out last)) return last;
        return _readSequence.Bind(0, tenantKey).ReadLong() ?? throw new RefusedWriteException($"There is no tenant with the key {tenantKey}.");
    }
}
