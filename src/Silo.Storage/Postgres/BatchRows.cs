using System.Runtime.InteropServices;
using Npgsql;
using NpgsqlTypes;
using Silo.Core.Suppression;
using Silo.Core.Tenants;

namespace Silo.Storage.Postgres;

/// <summary>What the writes of one batch come down to: rows to insert, to change and to delete.</summary>
internal sealed class BatchRows
{
    private readonly Rows _messages = new(BatchSql.InsertMessages);
    private readonly Rows _units = new(BatchSql.InsertUnits);
    private readonly Rows _retries = new(BatchSql.RetryUnits);
    private readonly Rows _gone = new(BatchSql.DeleteUnits);
    private readonly Rows _goneMessages = new(BatchSql.DeleteMessages);
    private readonly Rows _perhapsGoneMessages = new(BatchSql.DeleteMessagesWithoutUnits);
    private readonly Rows _overReleases = new(BatchSql.DeleteReleases);
    private readonly Rows _events = new(BatchSql.InsertEvents);
    private readonly Rows _suppressed = new(BatchSql.Suppress);
    private readonly Rows _marks = new(BatchSql.WriteFeedbackMarks);
    private readonly Rows _snapshots = new(BatchSql.WriteSnapshots);
    private readonly Rows _status = new(BatchSql.WriteStatus);
    private readonly NoticeRows _notices = new();
    private readonly RollUpRows _rollUps = new();

    private readonly SendKeyRows _sends = new();
    private readonly Dictionary<long, int> _snapshotOfTenant = [];
    private readonly Dictionary<(long, FeedbackKey), int> _markOfUnit = [];
    private readonly (List<long> Key, List<byte[]> Envelope, List<byte[]> Content) _message;
    private readonly (List<long> Id, List<long> Tenant, List<long> Message, List<int> Of, List<string> Recipient, List<long> Due,
        List<short> Stream, List<string?> Pool, List<string?> Provider, List<string?> SendingDomain) _unit;
    private readonly (List<long> Id, List<long> Due, List<int> Attempts, List<long?> First, List<int> Crashes,
        List<bool> Duplicate, List<long> Release, List<int> DelaysTold, List<string?> Pool, List<string?> OverflowPool) _retry;
    private readonly List<long> _goneUnit;
    private readonly List<long> _goneMessage;
    private readonly (List<long> Key, List<int> Units) _perhapsGoneMessage;
    private readonly (List<long> Tenant, List<long> Sequence, List<long> At, List<int> Kind, List<byte[]> Payload) _event;
    private readonly (List<long> List, List<string> Address, List<string> Folded, List<int> Reason, List<long> At, List<string?> Message) _entry;
    private readonly (List<int> Day, List<long> Tenant, List<byte[]> Unit, List<int> State) _mark;
    private readonly (List<long> Tenant, List<long> Applied, List<byte[]> State, List<byte[]> Counters) _snapshot;
    private readonly (List<long> Tenant, List<string> Sending, List<string?> Impact) _state;

    public BatchRows()
    {
        _message = (Long(_messages), Binary(_messages), Binary(_messages));
        _unit = (Long(_units), Long(_units), Long(_units), Int(_units), _units.Column<string>(NpgsqlDbType.Text), Long(_units),
            _units.Column<short>(NpgsqlDbType.Smallint), _units.Column<string?>(NpgsqlDbType.Text),
            _units.Column<string?>(NpgsqlDbType.Text), _units.Column<string?>(NpgsqlDbType.Text));
        _retry = (Long(_retries), Long(_retries), Int(_retries), _retries.Column<long?>(NpgsqlDbType.Bigint), Int(_retries),
            _retries.Column<bool>(NpgsqlDbType.Boolean), Long(_retries), Int(_retries),
            _retries.Column<string?>(NpgsqlDbType.Text), _retries.Column<string?>(NpgsqlDbType.Text));
        _goneUnit = Long(_gone);
        _goneMessage = Long(_goneMessages);
        _perhapsGoneMessage = (Long(_perhapsGoneMessages), Int(_perhapsGoneMessages));
        OverReleases = Long(_overReleases);
        _event = (Long(_events), Long(_events), Long(_events), Int(_events), Binary(_events));
        _entry = (Long(_suppressed), _suppressed.Column<string>(NpgsqlDbType.Text), _suppressed.Column<string>(NpgsqlDbType.Text), Int(_suppressed),
            Long(_suppressed), _suppressed.Column<string?>(NpgsqlDbType.Text));
        _mark = (Int(_marks), Long(_marks), Binary(_marks), Int(_marks));
        _snapshot = (Long(_snapshots), Long(_snapshots), Binary(_snapshots), Binary(_snapshots));
        _state = (Long(_status), _status.Column<string>(NpgsqlDbType.Text), _status.Column<string?>(NpgsqlDbType.Text));
    }

    /// <summary>Releases whose last unit is settled.</summary>
    public List<long> OverReleases { get; }

    public int EventCount => _events.Count;

    public void Append(long tenantKey, MessageAppend append, byte[] envelope)
    {
        _message.Key.Add(append.MessageKey);
        _message.Envelope.Add(envelope);
        _message.Content.Add(Rows.Whole(append.Content));
        for (var i = 0; i < append.Recipients.Count; i++)
        {
            _unit.Id.Add(append.MessageKey + 1 + i);
            _unit.Tenant.Add(tenantKey);
            _unit.Message.Add(append.MessageKey);
            _unit.Of.Add(append.Recipients.Count);
            _unit.Recipient.Add(append.Recipients[i]);
            _unit.Due.Add(append.DueAt.UtcTicks);
            _unit.Stream.Add((short)append.Stream);
            _unit.Pool.Add(append.Pool);
            _unit.Provider.Add(append.Providers?[i]);
            _unit.SendingDomain.Add(append.SendingDomain);
        }
    }

    public void Settle(UnitSettlement settlement)
    {
        if (settlement.Retry is { } retry)
        {
            _retry.Id.Add(settlement.UnitId);
            _retry.Due.Add(retry.DueAt.UtcTicks);
            _retry.Attempts.Add(retry.Attempts);
            _retry.First.Add(retry.FirstAttemptAt?.UtcTicks);
            _retry.Crashes.Add(retry.Crashes);
            _retry.Duplicate.Add(retry.PossibleDuplicate);
            _retry.Release.Add(settlement.ReleaseId);
            _retry.DelaysTold.Add(retry.DelaysTold);
            _retry.Pool.Add(retry.Pool);
            _retry.OverflowPool.Add(retry.OverflowPool);
            return;
        }

        _goneUnit.Add(settlement.UnitId);
        if (settlement.UnitsOfMessage == 1)
        {
            _goneMessage.Add(settlement.MessageKey);
            return;
        }

        _perhapsGoneMessage.Key.Add(settlement.MessageKey);
        _perhapsGoneMessage.Units.Add(settlement.UnitsOfMessage);
    }

    public void Append(long tenantKey, EventAppend appended)
    {
        _event.Tenant.Add(tenantKey);
        _event.Sequence.Add(appended.Sequence);
        _event.At.Add(appended.At.UtcTicks);
        _event.Kind.Add(appended.Kind);
        var payload = Rows.Whole(appended.Payload);
        _event.Payload.Add(payload);
        if (appended.Notice is not null) _notices.Add(tenantKey, appended, payload);
    }

    public void Keep(MessageFacts facts) => _notices.Add(facts);

    public void Add(long tenantKey, RollUpChanges changes) => _rollUps.Add(tenantKey, changes);

    public void Keep(long tenantKey, SendMark mark) => _sends.Add(tenantKey, mark);

    public void Suppress(long list, SuppressionEntry entry)
    {
        _entry.List.Add(list);
        _entry.Address.Add(entry.Address);
        _entry.Folded.Add(SuppressionEntry.Fold(entry.Address));
        _entry.Reason.Add((int)entry.Reason);
        _entry.At.Add(entry.UpdatedAt.UtcTicks);
        _entry.Message.Add(entry.MessageId);
    }

    /// <summary>Of several marks of a unit the last one is written: one statement changes no row twice.</summary>
    public void Mark(long tenantKey, FeedbackMark mark)
    {
        ref var at = ref CollectionsMarshal.GetValueRefOrAddDefault(_markOfUnit, (tenantKey, mark.Key), out var exists);
        if (exists)
        {
            _mark.State[at] = mark.State;
            return;
        }

        at = _mark.Tenant.Count;
        var unit = new byte[FeedbackKey.UnitBytes];
        mark.Key.WriteUnit(unit);
        _mark.Day.Add(mark.Key.Day);
        _mark.Tenant.Add(tenantKey);
        _mark.Unit.Add(unit);
        _mark.State.Add(mark.State);
    }

    /// <summary>Of several snapshots of a tenant the last one is written.</summary>
    public void Write(long tenantKey, TenantSnapshot snapshot)
    {
        ref var at = ref CollectionsMarshal.GetValueRefOrAddDefault(_snapshotOfTenant, tenantKey, out var exists);
        if (!exists)
        {
            at = _snapshot.Tenant.Count;
            _snapshot.Tenant.Add(tenantKey);
            _snapshot.Applied.Add(0);
            _snapshot.State.Add([]);
            _snapshot.Counters.Add([]);
            _state.Tenant.Add(tenantKey);
            _state.Sending.Add("");
            _state.Impact.Add(null);
        }

        _snapshot.Applied[at] = snapshot.AppliedSequence;
        _snapshot.State[at] = Rows.Whole(snapshot.State);
        _snapshot.Counters[at] = Rows.Whole(snapshot.Counters);
        _state.Sending[at] = snapshot.SendingStatus;
        _state.Impact[at] = snapshot.ReputationImpact;
    }

    /// <summary>What removes follows what inserts, and what others may wait for comes last.</summary>
    public void AddData(NpgsqlBatch batch, long incarnation, int day, long logOffset)
    {
        foreach (var rows in new[] { _messages, _units, _retries, _gone, _goneMessages, _perhapsGoneMessages, _marks, _sends.Rows })
        {
            if (rows.Count > 0) batch.BatchCommands.Add(rows.ToCommand());
        }

        if (_events.Count > 0)
        {
            batch.BatchCommands.Add(_events.ToCommand(
                new NpgsqlParameter<int> { TypedValue = day }, new NpgsqlParameter<long> { TypedValue = logOffset }));
        }

        foreach (var rows in _notices.All) batch.BatchCommands.Add(rows.ToCommand());
        foreach (var command in _rollUps.Commands(incarnation)) batch.BatchCommands.Add(command);
    }

    public void AddEnd(NpgsqlBatch batch)
    {
        foreach (var rows in new[] { _overReleases, _suppressed, _snapshots, _status })
        {
            if (rows.Count > 0) batch.BatchCommands.Add(rows.ToCommand());
        }
    }

    public void Clear()
    {
        Rows[] all =
        [
            _messages, _units, _retries, _gone, _goneMessages, _perhapsGoneMessages, _overReleases, _events, _suppressed, _marks, _snapshots,
            _status,
        ];
        foreach (var rows in all) rows.Clear();
        _notices.Clear();
        _rollUps.Clear();
        _sends.Clear();
        _snapshotOfTenant.Clear();
        _markOfUnit.Clear();
    }

    private static List<long> Long(Rows rows) => rows.Column<long>(NpgsqlDbType.Bigint);

    private static List<int> Int(Rows rows) => rows.Column<int>(NpgsqlDbType.Integer);

    private static List<byte[]> Binary(Rows rows) => rows.Column<byte[]>(NpgsqlDbType.Bytea);
}
