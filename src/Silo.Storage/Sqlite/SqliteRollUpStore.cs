using Dapper;

namespace Silo.Storage.Sqlite;

internal sealed class SqliteRollUpStore(ReaderPool readers) : IRollUpStore
{
    public ValueTask<IReadOnlyList<RollUpSum>> Read(RollUpQuery query, int limit, CancellationToken cancellationToken)
    {
        var (sql, parameters) = RollUpSql.Read(query, limit, hints: true);
        return readers.Read(reader =>
        {
            using var rows = reader.Connection.ExecuteReader(sql, parameters);
            var sums = new List<RollUpSum>();
            while (rows.Read()) sums.Add(RollUpSql.SumOf(rows, query));
            return (IReadOnlyList<RollUpSum>)sums;
        }, cancellationToken);
    }
}
