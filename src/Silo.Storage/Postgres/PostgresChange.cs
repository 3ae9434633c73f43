using Npgsql;
using Silo.Storage.Writing;

namespace Silo.Storage.Postgres;

/// <summary>A change of tenants or resources that runs inside a batch: one call of a function that answers a number.</summary>
/// <param name="line">The tenant's key, if the change ends what this incarnation may write for it.</param>
internal sealed class PostgresChange(long line, string sql, Func<IEnumerable<NpgsqlParameter>> parameters) : PendingWrite(line)
{
    /// <summary>Whether it ends or may end that the tenant is this incarnation's own.</summary>
    public bool IsOfTenant => Line > 0;

    /// <summary>Told the answer when the batch is stored, on the writer's line; null when it was stored and the answer is lost.</summary>
    public required Action<long?> Answered { get; init; }

    public NpgsqlBatchCommand ToCommand()
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var parameter in parameters()) command.Parameters.Add(parameter);
        return command;
    }
}
