using Npgsql;
using NpgsqlTypes;

namespace Silo.Storage.Postgres;

/// <summary>The keys of sends of one batch, and how they are found and dropped.</summary>
internal sealed class SendKeyRows
{
    public const string Find =
        """
        SELECT message_id, content, at FROM send_keys
        WHERE slot = ANY ($1) AND hour = ANY ($2) AND call = $3 AND at >= $4 ORDER BY at LIMIT 1
        """;

    private const int Slots = 4;

    private const string Insert =
        "INSERT INTO send_keys (slot, hour, call, tenant_key, content, message_id, at) SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7)";

    private readonly Rows _rows = new(Insert);
    private readonly (List<short> Slot, List<int> Hour, List<byte[]> Call, List<long> Tenant, List<byte[]> Content, List<string> Message,
        List<long> At) _mark;

    public SendKeyRows()
    {
        _mark = (
            _rows.Column<short>(NpgsqlDbType.Smallint), _rows.Column<int>(NpgsqlDbType.Integer), _rows.Column<byte[]>(NpgsqlDbType.Bytea),
            _rows.Column<long>(NpgsqlDbType.Bigint), _rows.Column<byte[]>(NpgsqlDbType.Bytea), _rows.Column<string>(NpgsqlDbType.Text),
            _rows.Column<long>(NpgsqlDbType.Bigint));
    }

    public Rows Rows => _rows;

    /// <summary>The parts in which keys of these hours lie.</summary>
    public static short[] SlotsOf(int[] hours) => [.. hours.Select(SlotOf).Distinct()];

    /// <summary>Empties the part whose turn comes two days after this instant; nothing of the last day lies there.</summary>
    public static async Task Empty(NpgsqlDataSource source, DateTimeOffset now)
    {
        var table = FormattableString.Invariant($"send_keys_{SlotOf(SendKey.HourOf(now.AddDays(2)))}");
        await using var look = source.CreateCommand($"SELECT EXISTS (SELECT 1 FROM {table})");
        if (await look.ExecuteScalarAsync(CancellationToken.None) is not true) return;
        await using var empty = source.CreateCommand($"TRUNCATE {table}");
        await empty.ExecuteNonQueryAsync(CancellationToken.None);
    }

    public void Add(long tenantKey, SendMark mark)
    {
        var hour = SendKey.HourOf(mark.At);
        _mark.Slot.Add(SlotOf(hour));
        _mark.Hour.Add(hour);
        _mark.Call.Add(SendKey.BytesOf(mark.Key.Call));
        _mark.Tenant.Add(tenantKey);
        _mark.Content.Add(SendKey.BytesOf(mark.Key.Content));
        _mark.Message.Add(mark.MessageId);
        _mark.At.Add(mark.At.UtcTicks);
    }

    public void Clear() => _rows.Clear();

    private static short SlotOf(int hour) => (short)(hour / 24 % Slots);
}
