namespace Silo.Storage;

/// <summary>The files of export jobs, in parts: any silo of the store can read what another one has written.</summary>
public interface IExportStore
{
    /// <summary>Puts a part, in place of what it was before.</summary>
    /// <param name="file">1 to 128 characters.</param>
    /// <param name="number">0, 1, 2 … within the file.</param>
    ValueTask Put(string file, int number, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken);

    /// <summary>Null when the file has no such part.</summary>
    ValueTask<ReadOnlyMemory<byte>?> Read(string file, int number, CancellationToken cancellationToken);

    /// <summary>Drops all parts of a file.</summary>
    ValueTask Drop(string file, CancellationToken cancellationToken);

    /// <summary>The first file behind this name, in their ordinal order; null when there is none.</summary>
    ValueTask<string?> Next(string? after, CancellationToken cancellationToken);
}
