using Dapper;
using Npgsql;
using Silo.Storage.Insights;

namespace Silo.Storage.Postgres;

/// <summary>Rows of insights for whoever has to erase an address.</summary>
internal static class InsightAddresses
{
    public static async ValueTask<IReadOnlyList<AddressRow>> Read(
        PostgresInsightStore insights, string? after, int limit, CancellationToken cancellationToken)
    {
        var (found, from) = (new List<AddressRow>(), InsightAddress.Parse(after));
        var slices = await insights.ReadSlices(cancellationToken);
        foreach (var day in slices.Select(s => s.Day).Distinct().Where(d => d >= from.Day))
        {
            var rows = await insights.Rows(
                InsightSql.ReadAfter(InsightSlice.TableOf(day)), from.ToParameters(day, limit - found.Count), cancellationToken);
            found.AddRange(rows.Select(r => InsightAddress.ToRow(day, r.Slice, r.Row)));
            if (found.Count == limit) break;
        }

        return found;
    }

    public static ValueTask<int> Replace(PostgresReaders changes, IReadOnlyList<AddressRow> rows, CancellationToken cancellationToken) =>
        changes.With(async connection =>
        {
            await using var transaction = await connection.BeginTransactionAsync(CancellationToken.None);
            // Nobody drops or changes rows meanwhile.
            await connection.ExecuteAsync("SELECT position FROM insight_state FOR UPDATE");
            var days = (await PostgresInsightStore.ReadSlices(connection)).Select(s => s.Day).ToHashSet();
            var changed = 0;
            foreach (var row in rows)
            {
                var (at, text) = (InsightAddress.Parse(row.Place), InsightSql.TextOf(row.Text));
                if (!days.Contains(at.Day)) continue;
                changed += await connection.ExecuteAsync(
                    $"""
                    UPDATE {InsightSlice.TableOf(at.Day)} SET recipient = @Recipient, from_address = @From, subject = @Subject
                    WHERE slice = @Slice AND tenant_key = @TenantKey AND accepted_ms = @AcceptedMs AND message = @message AND number = @number
                    """,
                    new
                    {
                        text.Recipient, text.From, text.Subject, at.Slice, at.Key.TenantKey, at.Key.AcceptedMs,
                        message = InsightSql.Bytes(at.Key.Message), number = (long)at.Number,
                    });
            }

            await transaction.CommitAsync(CancellationToken.None);
            return changed;
        }, cancellationToken);
}
