using Dapper;

namespace Silo.Storage.Postgres;

internal sealed class PostgresRollUpStore(PostgresReaders readers) : IRollUpStore
{
    public ValueTask<IReadOnlyList<RollUpSum>> Read(RollUpQuery query, int limit, CancellationToken cancellationToken)
    {
        var (sql, parameters) = RollUpSql.Read(query, limit, hints: false);
        return readers.With<IReadOnlyList<RollUpSum>>(async connection =>
        {
            await using var rows = await connection.ExecuteReaderAsync(new CommandDefinition(sql, parameters));
            var sums = new List<RollUpSum>();
            while (await rows.ReadAsync(CancellationToken.None)) sums.Add(RollUpSql.SumOf(rows, query));
            return sums;
        }, cancellationToken);
    }
}
