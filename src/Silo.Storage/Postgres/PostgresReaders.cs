using Npgsql;

namespace Silo.Storage.Postgres;

/// <summary>
/// Reads, each of one statement, so as of one instant. A failure is a <see cref="StorageException"/>. A cancellation ends the wait for a
/// connection; a statement that began is read to its end.
/// </summary>
internal sealed class PostgresReaders(NpgsqlDataSource source)
{
    public NpgsqlDataSource Source => source;

    public async ValueTask<IReadOnlyList<T>> List<T>(
        string sql, Func<NpgsqlDataReader, T> row, CancellationToken cancellationToken, params NpgsqlParameter[] parameters)
    {
        return await Read<IReadOnlyList<T>>(sql, async rows =>
        {
            var list = new List<T>();
            while (await rows.ReadAsync(CancellationToken.None)) list.Add(row(rows));
            return list;
        }, cancellationToken, parameters);
    }

    public async ValueTask<T> Read<T>(
        string sql, Func<NpgsqlDataReader, Task<T>> read, CancellationToken cancellationToken, params NpgsqlParameter[] parameters)
    {
        try
        {
            await using var connection = await source.OpenConnectionAsync(cancellationToken);
            await using var command = new NpgsqlCommand(sql, connection);
            foreach (var parameter in parameters) command.Parameters.Add(parameter);
            await using var rows = await command.ExecuteReaderAsync(CancellationToken.None);
            return await read(rows);
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException)
        {
            throw new StorageException($"The store could not be read: {e.Message}", e);
        }
    }
}
