using Silo.Storage.Insights;

namespace Silo.Storage.Sqlite;

/// <summary>Rows of insights for whoever has to erase an address.</summary>
internal static class InsightAddresses
{
    public static IReadOnlyList<AddressRow> Read(Reader reader, string? after, int limit)
    {
        var (found, from) = (new List<AddressRow>(), InsightAddress.Parse(after));
        foreach (var day in InsightWriter.ReadSlices(reader.Connection).Select(s => s.Day).Distinct().Where(d => d >= from.Day))
        {
            var rows = SqliteInsightStore.Rows(
                reader, InsightSql.ReadAfter(InsightSlice.TableOf(day)), from.ToParameters(day, limit - found.Count));
            found.AddRange(rows.Select(r => InsightAddress.ToRow(day, r.Slice, r.Row)));
            if (found.Count == limit) break;
        }

        return found;
    }

    public static int Replace(BatchWriter batch, IReadOnlyList<AddressRow> rows)
    {
        var changed = 0;
        var days = InsightWriter.ReadSlices(batch.Connection).Select(s => s.Day).ToHashSet();
        foreach (var row in rows)
        {
            var (at, text) = (InsightAddress.Parse(row.Place), InsightSql.TextOf(row.Text));
            if (!days.Contains(at.Day)) continue;
            using var update = new Statement(
                batch.Connection.Handle!,
                $"""
                UPDATE {InsightSlice.TableOf(at.Day)} SET recipient = ?6, from_address = ?7, subject = ?8
                WHERE slice = ?1 AND tenant_key = ?2 AND accepted_ms = ?3 AND message = ?4 AND number = ?5
                """);
            changed += update
                .Bind(0, at.Slice).Bind(1, at.Key.TenantKey).Bind(2, at.Key.AcceptedMs).Bind(3, InsightSql.Bytes(at.Key.Message).AsSpan())
                .Bind(4, at.Number).Bind(5, text.Recipient).Bind(6, text.From).Bind(7, text.Subject).Execute();
        }

        return changed;
    }
}
