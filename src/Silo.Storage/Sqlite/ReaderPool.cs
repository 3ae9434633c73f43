using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;

namespace Silo.Storage.Sqlite;

/// <summary>A few read-only connections, opened when first needed. A read sees the file as of one commit.</summary>
internal sealed class ReaderPool(DatabaseFile file) : IDisposable
{
    private readonly SemaphoreSlim _free = new(file.Options.Readers);
    private readonly ConcurrentStack<Reader> _idle = new();

    /// <summary>Runs a read on the caller's thread. Throws <see cref="StorageException"/> when the file cannot be read.</summary>
    public async ValueTask<T> Read<T>(Func<Reader, T> read, CancellationToken cancellationToken)
    {
        await _free.WaitAsync(cancellationToken);
        Reader? reader = null;
        try
        {
            if (!_idle.TryPop(out reader)) reader = new Reader(file.OpenReader());
            reader.Begin();
            var result = read(reader);
            reader.End();
            _idle.Push(reader);
            reader = null;
            return result;
        }
        catch (SqliteException e)
        {
            throw new StorageException($"The store could not be read: {e.Message}", e);
        }
        finally
        {
            // One that failed may be in any state.
            reader?.Dispose();
            _free.Release();
        }
    }

    /// <summary>A read that walks over much of the file, away from the caller's thread.</summary>
    public ValueTask<T> ReadMuch<T>(Func<Reader, T> read, CancellationToken cancellationToken) =>
        new(Task.Run(() => Read(read, cancellationToken).AsTask(), cancellationToken));

    public void Dispose()
    {
        while (_idle.TryPop(out var reader)) reader.Dispose();
        _free.Dispose();
    }
}

/// <summary>One read-only connection with the statements that it has used.</summary>
internal sealed class Reader(SqliteConnection connection) : IDisposable
{
    private readonly Dictionary<string, Statement> _statements = [];

    /// <summary>For reads of the control plane.</summary>
    public SqliteConnection Connection => connection;

    /// <summary>A statement kept for the next time. Only for texts from a fixed set.</summary>
    public Statement Prepared(string sql)
    {
        if (!_statements.TryGetValue(sql, out var statement)) _statements.Add(sql, statement = new Statement(connection.Handle!, sql));
        return statement;
    }

    public Statement Once(string sql) => new(connection.Handle!, sql);

    public void Begin() => Prepared("BEGIN").Execute();

    public void End() => Prepared("COMMIT").Execute();

    public void Dispose()
    {
        foreach (var statement in _statements.Values) statement.Dispose();
        connection.Dispose();
    }
}
