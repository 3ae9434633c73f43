using Dapper;
using Silo.Storage.Insights;
using Silo.Storage.Writing;

namespace Silo.Storage.Sqlite;

internal sealed class SqliteInsightStore(Writer writer, ReaderPool readers) : IInsightStore
{
    private static readonly InsightSql Sql = new(isPostgres: false);

    public ValueTask<long> ReadPosition(CancellationToken cancellationToken) =>
        readers.Read(reader => InsightWriter.ReadPosition(reader.Connection), cancellationToken);

    public async ValueTask<bool> Write(InsightBatch batch, CancellationToken cancellationToken) =>
        await writer.Change(ControlPlane.InsightsLine, b => InsightWriter.Write(b, batch), cancellationToken);

    // One read, so as of one commit: what is dropped meanwhile is still there.
    public ValueTask<InsightPage> Search(InsightQuery query, InsightPlace? after, int limit, CancellationToken cancellationToken) =>
        readers.ReadMuch(reader => InsightWalk.Page(
            query, InsightWriter.ReadSlices(reader.Connection), after, limit,
            (slices, row, room) => ValueTask.FromResult(Read(reader, query, slices, row, room))).AsTask().GetAwaiter().GetResult(), cancellationToken);

    public ValueTask<IReadOnlyList<InsightRow>> Find(
        long acceptedMs, UInt128 message, long? tenantKey, CancellationToken cancellationToken) =>
        readers.ReadMuch<IReadOnlyList<InsightRow>>(reader =>
        {
            var slices = InsightWriter.ReadSlices(reader.Connection);
            var at = InsightSlice.Find(slices, acceptedMs);
            return at < 0 ? [] : [.. Rows(reader, InsightSql.Find(slices[at].Table, tenantKey is not null), new
            {
                slice = slices[at].Number, accepted = acceptedMs, message = InsightSql.Bytes(message), tenant = tenantKey,
            }).Select(r => r.Row)];
        }, cancellationToken);

    internal static List<(long Slice, InsightRow Row)> Rows(Reader reader, string sql, object parameters)
    {
        using var rows = (System.Data.Common.DbDataReader)reader.Connection.ExecuteReader(sql, parameters);
        var found = new List<(long, InsightRow)>();
        while (rows.Read()) found.Add(InsightSql.RowOf(rows));
        return found;
    }

    private static IReadOnlyList<(long Slice, InsightRow Row)> Read(
        Reader reader, InsightQuery query, IReadOnlyList<InsightSlice> slices, (InsightKey, int)? row, int limit)
    {
        var parameters = new DynamicParameters();
        var sql = Sql.Search(query, slices[0].Table, [.. slices.Select(s => s.Number)], row, limit, parameters);
        return Rows(reader, sql, parameters);
    }
}
