using Npgsql;

namespace Silo.Storage.Postgres;

/// <param name="changes">Beside the batches: whoever writes a file holds up nobody's mail.</param>
internal sealed class PostgresExportStore(PostgresReaders readers, PostgresReaders changes) : IExportStore
{
    private const string PutPart =
        """
        INSERT INTO export_parts (file, number, bytes) VALUES ($1, $2, $3)
        ON CONFLICT (file, number) DO UPDATE SET bytes = excluded.bytes RETURNING number
        """;

    public async ValueTask Put(string file, int number, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) =>
        await changes.List(PutPart, r => r.GetInt32(0), cancellationToken, Text(file), Int(number),
            new NpgsqlParameter<byte[]> { TypedValue = bytes.ToArray() });

    public async ValueTask<ReadOnlyMemory<byte>?> Read(string file, int number, CancellationToken cancellationToken) =>
        await readers.List(
            "SELECT bytes FROM export_parts WHERE file = $1 AND number = $2", r => r.GetFieldValue<byte[]>(0), cancellationToken, Text(file),
            Int(number)) is [var bytes] ? (ReadOnlyMemory<byte>?)bytes : null;

    public async ValueTask Drop(string file, CancellationToken cancellationToken) =>
        await changes.List("DELETE FROM export_parts WHERE file = $1 RETURNING number", r => r.GetInt32(0), cancellationToken, Text(file));

    public async ValueTask<string?> Next(string? after, CancellationToken cancellationToken) =>
        (await readers.List(
            "SELECT file FROM export_parts WHERE file > $1 ORDER BY file LIMIT 1", r => r.GetString(0), cancellationToken, Text(after ?? "")))
            .FirstOrDefault();

    private static NpgsqlParameter<string> Text(string value) => new() { TypedValue = value };

    private static NpgsqlParameter<int> Int(int value) => new() { TypedValue = value };
}
