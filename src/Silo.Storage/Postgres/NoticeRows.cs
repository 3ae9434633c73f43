using NpgsqlTypes;

namespace Silo.Storage.Postgres;

/// <summary>The notices of one batch, and what they tell of their messages.</summary>
internal sealed class NoticeRows
{
    private readonly Rows _notices = new(BatchSql.InsertNotices);
    private readonly Rows _facts = new(BatchSql.InsertFacts);
    private readonly (List<long> Tenant, List<long> Sequence, List<long> At, List<int> Kind, List<byte[]> Payload, List<string?> Message,
        List<string?> Set) _notice;
    private readonly (List<string> Message, List<int> Day, List<string?> Set, List<byte[]> Facts) _fact;

    public NoticeRows()
    {
        _notice = (
            _notices.Column<long>(NpgsqlDbType.Bigint), _notices.Column<long>(NpgsqlDbType.Bigint), _notices.Column<long>(NpgsqlDbType.Bigint),
            _notices.Column<int>(NpgsqlDbType.Integer), _notices.Column<byte[]>(NpgsqlDbType.Bytea),
            _notices.Column<string?>(NpgsqlDbType.Text), _notices.Column<string?>(NpgsqlDbType.Text));
        _fact = (
            _facts.Column<string>(NpgsqlDbType.Text), _facts.Column<int>(NpgsqlDbType.Integer),
            _facts.Column<string?>(NpgsqlDbType.Text), _facts.Column<byte[]>(NpgsqlDbType.Bytea));
    }

    /// <summary>Those that have rows.</summary>
    public IEnumerable<Rows> All => new[] { _facts, _notices }.Where(r => r.Count > 0);

    public void Add(long tenantKey, EventAppend appended, byte[] payload)
    {
        _notice.Tenant.Add(tenantKey);
        _notice.Sequence.Add(appended.Sequence);
        _notice.At.Add(appended.At.UtcTicks);
        _notice.Kind.Add(appended.Kind);
        _notice.Payload.Add(payload);
        _notice.Message.Add(appended.Notice!.MessageId);
        _notice.Set.Add(appended.Notice.ConfigurationSetName);
    }

    public void Add(MessageFacts facts)
    {
        _fact.Message.Add(facts.MessageId);
        _fact.Day.Add(EventDays.Number(facts.AcceptedAt));
        _fact.Set.Add(facts.ConfigurationSetName);
        _fact.Facts.Add(Rows.Whole(facts.Facts));
    }

    public void Clear()
    {
        _notices.Clear();
        _facts.Clear();
    }
}
