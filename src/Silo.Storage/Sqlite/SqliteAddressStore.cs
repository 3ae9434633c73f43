using System.Globalization;
using System.Text;
using Dapper;
using Silo.Storage.Writing;

namespace Silo.Storage.Sqlite;

internal sealed class SqliteAddressStore(Writer writer, ReaderPool readers) : IAddressStore
{
    private const string UnitsOf =
        """
        SELECT u.tenant_key, t.name, COUNT(*) FROM units u JOIN tenants t ON t.tenant_key = u.tenant_key
        WHERE u.recipient = ?1 COLLATE NOCASE GROUP BY u.tenant_key
        """;

    public ValueTask<IReadOnlyList<AddressedUnits>> FindUnits(string recipient, CancellationToken cancellationToken) =>
        readers.ReadMuch<IReadOnlyList<AddressedUnits>>(reader =>
        {
            var found = new List<AddressedUnits>();
            var rows = reader.Prepared(UnitsOf).Bind(0, recipient);
            while (rows.Step()) found.Add(new(rows.Long(0), rows.Text(1), rows.Long(2)));
            rows.Reset();
            return found;
        }, cancellationToken);

    public ValueTask<IReadOnlyList<AddressRow>> Read(AddressTable table, string? after, int limit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        return readers.ReadMuch(reader => table switch
        {
            AddressTable.Events => ReadEvents(reader, after, limit),
            AddressTable.Notices => ReadNotices(reader, after, limit),
            AddressTable.MessageFacts => ReadFacts(reader, after, limit),
            AddressTable.Insights => InsightAddresses.Read(reader, after, limit),
            AddressTable.AuditResources => ReadAudit(reader, after, limit),
            _ => ReadEnvelopes(reader, after, limit),
        }, cancellationToken);
    }

    public async ValueTask<int> Replace(AddressTable table, IReadOnlyList<AddressRow> rows, CancellationToken cancellationToken)
    {
        if (rows.Count == 0) return 0;
        return await writer.Change(ControlPlane.AddressLine, batch =>
        {
            // What is only unlinked stays readable in the file's pages until something else is written there.
            batch.Connection.Execute("PRAGMA secure_delete = ON");
            try
            {
                return table switch
                {
                    AddressTable.Events => ReplaceEvents(batch, rows),
                    AddressTable.Notices => ReplaceNotices(batch, rows),
                    AddressTable.MessageFacts => ReplaceFacts(batch, rows),
                    AddressTable.Insights => InsightAddresses.Replace(batch, rows),
                    AddressTable.AuditResources => ReplaceAudit(batch, rows),
                    _ => throw new ArgumentOutOfRangeException(nameof(table), table, null),
                };
            }
            finally
            {
                batch.Connection.Execute("PRAGMA secure_delete = OFF");
            }
        }, cancellationToken);
    }

    // There is one writer, and what it has stored is read.
    public ValueTask<string> MarkEnd(CancellationToken cancellationToken) => ValueTask.FromResult("");

    public ValueTask<bool> IsSettled(string end, CancellationToken cancellationToken) => ValueTask.FromResult(true);

    private static IReadOnlyList<AddressRow> ReadEvents(Reader reader, string? after, int limit)
    {
        var found = new List<AddressRow>();
        var position = Number(after);
        var segments = EventSegment.ReadAll(reader.Connection.Handle!);
        for (var i = Math.Max(0, segments.FindLastIndex(s => s.FirstPosition <= position + 1)); i < segments.Count && found.Count < limit; i++)
        {
            using var rows = reader.Once(
                $"SELECT position, tenant_key, payload FROM {segments[i].Table} WHERE position > ?1 ORDER BY position LIMIT ?2");
            rows.Bind(0, position).Bind(1, limit - found.Count);
            while (rows.Step()) found.Add(new(Text(rows.Long(0)), rows.Long(1), rows.Bytes(2)));
        }

        return found;
    }

    private static IReadOnlyList<AddressRow> ReadNotices(Reader reader, string? after, int limit)
    {
        var found = new List<AddressRow>();
        var (tenant, sequence) = NoticePlace(after);
        var rows = reader.Prepared(
            """
            SELECT tenant_key, sequence, payload FROM notices WHERE (tenant_key, sequence) > (?1, ?2) ORDER BY tenant_key, sequence LIMIT ?3
            """).Bind(0, tenant).Bind(1, sequence).Bind(2, limit);
        while (rows.Step()) found.Add(new($"{Text(rows.Long(0))}:{Text(rows.Long(1))}", rows.Long(0), rows.Bytes(2)));
        rows.Reset();
        return found;
    }

    private static IReadOnlyList<AddressRow> ReadFacts(Reader reader, string? after, int limit)
    {
        var found = new List<AddressRow>();
        var rows = reader.Prepared("SELECT message_id, facts FROM message_facts WHERE message_id > ?1 ORDER BY message_id LIMIT ?2")
            .Bind(0, after ?? "").Bind(1, limit);
        while (rows.Step()) found.Add(new(rows.Text(0), 0, rows.Bytes(1)));
        rows.Reset();
        return found;
    }

    private static IReadOnlyList<AddressRow> ReadEnvelopes(Reader reader, string? after, int limit)
    {
        var found = new List<AddressRow>();
        var rows = reader.Prepared("SELECT message_key, envelope FROM messages WHERE message_key > ?1 ORDER BY message_key LIMIT ?2")
            .Bind(0, Number(after)).Bind(1, limit);
        while (rows.Step()) found.Add(new(Text(rows.Long(0)), 0, rows.Bytes(1)));
        rows.Reset();
        return found;
    }

    private static IReadOnlyList<AddressRow> ReadAudit(Reader reader, string? after, int limit)
    {
        var found = new List<AddressRow>();
        var rows = reader.Prepared(
            """
            SELECT e.id, coalesce(t.tenant_key, 0), e.resource FROM audit_events e LEFT JOIN tenants t ON t.name = e.tenant_name
            WHERE e.id > ?1 AND instr(e.resource, '@') > 0 ORDER BY e.id LIMIT ?2
            """).Bind(0, Number(after)).Bind(1, limit);
        while (rows.Step()) found.Add(new(Text(rows.Long(0)), rows.Long(1), Encoding.UTF8.GetBytes(rows.Text(2))));
        rows.Reset();
        return found;
    }

    private static int ReplaceEvents(BatchWriter batch, IReadOnlyList<AddressRow> rows)
    {
        var changed = 0;
        var segments = EventSegment.ReadAll(batch.Connection.Handle!);
        foreach (var row in rows)
        {
            var position = Number(row.Place);
            var segment = segments.FindLastIndex(s => s.FirstPosition <= position);
            if (segment < 0) continue;
            using var update = new Statement(
                batch.Connection.Handle!, $"UPDATE {segments[segment].Table} SET payload = ?2 WHERE position = ?1");
            changed += update.Bind(0, position).Bind(1, row.Text.Span).Execute();
        }

        return changed;
    }

    private static int ReplaceNotices(BatchWriter batch, IReadOnlyList<AddressRow> rows)
    {
        using var update = new Statement(
            batch.Connection.Handle!, "UPDATE notices SET payload = ?3 WHERE tenant_key = ?1 AND sequence = ?2");
        var changed = 0;
        foreach (var row in rows)
        {
            var (tenant, sequence) = NoticePlace(row.Place);
            changed += update.Bind(0, tenant).Bind(1, sequence).Bind(2, row.Text.Span).Execute();
        }

        return changed;
    }

    private static int ReplaceFacts(BatchWriter batch, IReadOnlyList<AddressRow> rows)
    {
        using var update = new Statement(batch.Connection.Handle!, "UPDATE message_facts SET facts = ?2 WHERE message_id = ?1");
        var changed = 0;
        foreach (var row in rows) changed += update.Bind(0, row.Place).Bind(1, row.Text.Span).Execute();
        return changed;
    }

    private static int ReplaceAudit(BatchWriter batch, IReadOnlyList<AddressRow> rows)
    {
        using var update = new Statement(batch.Connection.Handle!, "UPDATE audit_events SET resource = ?2 WHERE id = ?1");
        var changed = 0;
        foreach (var row in rows) changed += update.Bind(0, Number(row.Place)).Bind(1, Encoding.UTF8.GetString(row.Text.Span)).Execute();
        return changed;
    }

    private static (long Tenant, long Sequence) NoticePlace(string? place)
    {
        if (place is null) return (0, 0);
        var colon = place.IndexOf(':', StringComparison.Ordinal);
        return (Number(place[..colon]), Number(place[(colon + 1)..]));
    }

    private static long Number(string? text) => text is null ? 0 : long.Parse(text, CultureInfo.InvariantCulture);

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
