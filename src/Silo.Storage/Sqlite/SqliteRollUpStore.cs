using Dapper;

namespace Silo.Storage.Sqlite;

internal sealed class SqliteRollUpStore(ReaderPool readers) : IRollUpStore
{
    public ValueTask<IReadOnlyList<RollUpSum>> Read(RollUpQuery query, int limit, CancellationToken cancellationToken) =>
        readers.Read(reader =>
        {
            using var rows = reader.Connection.ExecuteReader(RollUpSql.Read(query), new
            {
                query.TenantKey, query.FromHour, query.ToHour, query.Identity, query.ConfigurationSet, query.Provider, Limit = limit,
            });
            var sums = new List<RollUpSum>();
            while (rows.Read()) sums.Add(RollUpSql.SumOf(rows));
            return (IReadOnlyList<RollUpSum>)sums;
        }, cancellationToken);
}
