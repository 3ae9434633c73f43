using Dapper;

namespace Silo.Storage.Postgres;

internal sealed class PostgresRollUpStore(PostgresReaders readers) : IRollUpStore
{
    public ValueTask<IReadOnlyList<RollUpSum>> Read(RollUpQuery query, int limit, CancellationToken cancellationToken) =>
        readers.With<IReadOnlyList<RollUpSum>>(async connection =>
        {
            await using var rows = await connection.ExecuteReaderAsync(new CommandDefinition(RollUpSql.Read(query), new
            {
                query.TenantKey, query.FromHour, query.ToHour, query.Identity, query.ConfigurationSet, query.Provider, Limit = limit,
            }));
            var sums = new List<RollUpSum>();
            while (await rows.ReadAsync(CancellationToken.None)) sums.Add(RollUpSql.SumOf(rows));
            return sums;
        }, cancellationToken);
}
