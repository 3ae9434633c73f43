using Npgsql;

namespace Silo.Storage.Postgres;

/// <summary>
/// Reads, each of one statement, so as of one instant. A failure is a <see cref="StorageException"/>. A cancellation ends the wait for a
/// connection; a statement that began is read to its end.
/// </summary>
internal sealed class PostgresReaders(NpgsqlDataSource source)
{
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

    public ValueTask<T> Read<T>(
        string sql, Func<NpgsqlDataReader, Task<T>> read, CancellationToken cancellationToken, params NpgsqlParameter[] parameters) =>
        With(async connection =>
        {
            await using var command = new NpgsqlCommand(sql, connection);
            foreach (var parameter in parameters) command.Parameters.Add(parameter.Clone());
            await using var rows = await command.ExecuteReaderAsync(CancellationToken.None);
            return await read(rows);
        }, cancellationToken);

    /// <summary>
    /// Runs a read that may run twice: connections that waited in the pool over a restart of the server are found broken when used.
    /// </summary>
    public async ValueTask<T> With<T>(Func<NpgsqlConnection, Task<T>> read, CancellationToken cancellationToken)
    {
        for (var again = false; ; again = true)
        {
            try
            {
                await using var connection = await source.OpenConnectionAsync(cancellationToken);
                return await read(connection);
            }
            catch (NpgsqlException e) when (!again && e is not PostgresException { InvariantSeverity: "ERROR" })
            {
                source.Clear();
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException)
            {
                throw new StorageException($"The store could not be read: {e.Message}", e);
            }
        }
    }
}
