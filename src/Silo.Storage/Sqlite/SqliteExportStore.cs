using Dapper;
using Silo.Storage.Writing;

namespace Silo.Storage.Sqlite;

internal sealed class SqliteExportStore(Writer writer, ReaderPool readers) : IExportStore
{
    // Parts of some hundred kilobytes; few enough that other writes hardly wait.
    private const int DropAtOnce = 4;

    public async ValueTask Put(string file, int number, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) =>
        await writer.Change(ControlPlane.InsightsLine, batch => batch.Connection.Execute(
            """
            INSERT INTO export_parts (file, number, bytes) VALUES (@file, @number, @bytes)
            ON CONFLICT (file, number) DO UPDATE SET bytes = excluded.bytes
            """, new { file, number, bytes = bytes.ToArray() }), cancellationToken);

    public ValueTask<ReadOnlyMemory<byte>?> Read(string file, int number, CancellationToken cancellationToken) => readers.Read(
        reader => reader.Connection.ExecuteScalar<byte[]?>(
            "SELECT bytes FROM export_parts WHERE file = @file AND number = @number", new { file, number }) is { } bytes
            ? (ReadOnlyMemory<byte>?)bytes
            : null, cancellationToken);

    public async ValueTask Drop(string file, CancellationToken cancellationToken)
    {
        // Exports hold addresses: what is only unlinked would stay readable in the file's pages.
        while (await writer.Change(ControlPlane.InsightsLine, batch =>
        {
            batch.Connection.Execute("PRAGMA secure_delete = ON");
            try
            {
                return batch.Connection.Execute(
                    """
                    DELETE FROM export_parts WHERE file = @file AND number IN (
                        SELECT number FROM export_parts WHERE file = @file ORDER BY number DESC LIMIT @DropAtOnce)
                    """, new { file, DropAtOnce }) == DropAtOnce;
            }
            finally
            {
                batch.Connection.Execute("PRAGMA secure_delete = OFF");
            }
        }, cancellationToken))
        {
        }
    }

    public ValueTask<string?> Next(string? after, CancellationToken cancellationToken) => readers.Read(
        reader => reader.Connection.ExecuteScalar<string?>(
            "SELECT file FROM export_parts WHERE file > @after ORDER BY file LIMIT 1", new { after = after ?? "" }), cancellationToken);
}
