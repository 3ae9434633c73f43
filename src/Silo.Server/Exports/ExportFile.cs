using System.IO.Compression;
using Silo.Storage;

namespace Silo.Server.Exports;

/// <summary>Writes a file of the store part by part, each compressed by itself.</summary>
internal sealed class ExportFile(IExportStore store, string file) : IDisposable
{
    /// <summary>Bytes of text from which on a part is stored.</summary>
    public const int PartBytes = 1 << 20;

    private readonly MemoryStream _text = new();

    public int Parts { get; private set; }

    /// <summary>Whether a part is full and is to be stored.</summary>
    public bool IsFull => _text.Length >= PartBytes;

    public void Add(ReadOnlySpan<byte> line) => _text.Write(line);

    /// <summary>Stores what was added; nothing when nothing was.</summary>
    public async ValueTask Flush(CancellationToken cancellationToken)
    {
        if (_text.Length == 0) return;
        await store.Put(file, Parts, Pack(_text.GetBuffer().AsSpan(0, (int)_text.Length)), cancellationToken);
        Parts++;
        _text.SetLength(0);
    }

    public void Dispose() => _text.Dispose();

    public static byte[] Pack(ReadOnlySpan<byte> text)
    {
        using var packed = new MemoryStream();
        using (var zip = new GZipStream(packed, CompressionLevel.Fastest)) zip.Write(text);
        return packed.ToArray();
    }

    public static byte[] Unpack(ReadOnlyMemory<byte> part)
    {
        using var packed = new MemoryStream(part.ToArray());
        using var zip = new GZipStream(packed, CompressionMode.Decompress);
        using var text = new MemoryStream();
        zip.CopyTo(text);
        return text.ToArray();
    }
}
