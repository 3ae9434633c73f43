using Npgsql;

namespace Silo.Storage.Postgres;

/// <summary>
/// The connection on which batches are stored, each exactly once. A batch carries the next number, and the row that holds the last one is
/// changed with it; after a broken connection that row tells whether the batch was stored.
/// </summary>
internal sealed class WriterSession(
    PostgresConnections connections, long incarnation, long logOffset, EventDays days, TimeProvider time)
    : IAsyncDisposable
{
    // A writer that lost its connection may have left the old session in the middle of a batch, waiting for the rest of it.
    private const string EndStragglers =
        """
        SELECT count(pg_terminate_backend(pid, 2000)) FROM pg_stat_activity
        WHERE application_name = $1 AND datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()
        """;

    // An update, so that its own commit waits for whatever the batch's commit would have waited for: the disk, the standby.
    private const string ReadLast = "UPDATE batches SET number = number WHERE incarnation = $1 RETURNING number, transaction_number";

    private NpgsqlConnection? _connection;
    private long _stored;
    private bool _mayBeStored;
    private bool _warned;

    /// <summary>
    /// Stores the batch. After a failure that is not <see cref="PostgresFailure.IsRolledBack"/> the same batch is to be given again:
    /// whether it was stored is found out then.
    /// </summary>
    /// <exception cref="LostCommitsException">The database has forgotten a batch that it had acknowledged.</exception>
    public async Task<BatchAnswer> Store(Batch batch)
    {
        if (_connection is null && await Connect() is { } storedAlready) return storedAlready;
        (_mayBeStored, _warned) = (true, false);
        try
        {
            var answer = await Send(batch, _connection!);
            // The wait for a standby was cut short: on this disk, but perhaps not on the other.
            if (_warned) throw new NpgsqlException("The database stored the batch and did not wait for its standby.");
            (_stored, _mayBeStored) = (_stored + 1, false);
            return answer;
        }
        catch (Exception e) when (PostgresFailure.IsRolledBack(e) && !PostgresFailure.IsOutOfStep(e))
        {
            _mayBeStored = false;
            // What was the primary may be none any more.
            if (PostgresFailure.IsReadOnly(e)) await Break();
            throw;
        }
        catch
        {
            await Break();
            throw;
        }
    }

    public ValueTask DisposeAsync() => Break();

    private async ValueTask Break()
    {
        if (_connection is not { } connection) return;
        _connection = null;
        connections.Writer.Clear();
        await connection.DisposeAsync();
    }

    private async Task<BatchAnswer?> Connect()
    {
        var connection = await connections.Writer.OpenConnectionAsync();
        try
        {
            connection.Notice += (_, e) => _warned |= e.Notice.InvariantSeverity == "WARNING";
            await using (var end = new NpgsqlCommand(EndStragglers, connection))
            {
                end.Parameters.Add(new NpgsqlParameter<string> { TypedValue = connections.WriterName });
                await end.ExecuteScalarAsync();
            }

            _warned = false;
            var (number, transaction) = await ReadLastBatch(connection);
            if (_warned) throw new NpgsqlException("The database did not wait for its standby.");
            _connection = connection;
            if (number == _stored) return null;
            if (number != _stored + 1 || !_mayBeStored) throw new LostCommitsException(_stored, number);
            (_stored, _mayBeStored) = (number, false);
            return new(transaction, null, null);
        }
        finally
        {
            if (_connection is null) await connection.DisposeAsync();
        }
    }

    private async Task<(long Number, long Transaction)> ReadLastBatch(NpgsqlConnection connection)
    {
        await using var last = new NpgsqlCommand(ReadLast, connection);
        last.Parameters.Add(Long(incarnation));
        await using var row = await last.ExecuteReaderAsync();
        return await row.ReadAsync() ? (row.GetInt64(0), row.GetInt64(1)) : throw new LostCommitsException(_stored, -1);
    }

    private async Task<BatchAnswer> Send(Batch batch, NpgsqlConnection connection)
    {
        await using var commands = new NpgsqlBatch(connection);
        commands.BatchCommands.Add(Command(BatchSql.Begin, Long(incarnation), Long(_stored + 1)));
        batch.Rows.AddData(commands, incarnation, days.Of(time.GetUtcNow()), logOffset);
        foreach (var release in batch.Releases)
        {
            commands.BatchCommands.Add(Command(BatchSql.InsertRelease, Long(release.ReleaseId), Long(incarnation),
                new NpgsqlParameter<long[]> { TypedValue = [.. release.UnitIds] }));
        }

        foreach (var change in batch.Changes) commands.BatchCommands.Add(change.ToCommand());
        batch.Rows.AddEnd(commands);
        commands.BatchCommands.Add(Command(BatchSql.Fence, Long(incarnation)));

        await using var results = await commands.ExecuteReaderAsync();
        await results.ReadAsync();
        var transaction = results.GetInt64(0);
        var released = new HashSet<long>[batch.Releases.Count];
        for (var i = 0; i < released.Length; i++)
        {
            await results.NextResultAsync();
            released[i] = await results.ReadAsync() ? [.. results.GetFieldValue<long[]>(0)] : [];
        }

        var answers = new long[batch.Changes.Count];
        for (var i = 0; i < answers.Length; i++)
        {
            await results.NextResultAsync();
            await results.ReadAsync();
            answers[i] = results.GetInt64(0);
        }

        // To the end: what fails there rolls everything back.
        while (await results.NextResultAsync())
        {
        }

        return new(transaction, released, answers);
    }

    private static NpgsqlBatchCommand Command(string sql, params ReadOnlySpan<NpgsqlParameter> parameters)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var parameter in parameters) command.Parameters.Add(parameter);
        return command;
    }

    private static NpgsqlParameter<long> Long(long value) => new() { TypedValue = value };
}

/// <summary>
/// The database is behind what it acknowledged: a standby that was not synchronous took over, or an old backup came back.
/// </summary>
internal sealed class LostCommitsException(long stored, long found)
    : Exception($"the database lost commits that it had acknowledged (batch {stored} was stored, {found} is the last it knows)");
