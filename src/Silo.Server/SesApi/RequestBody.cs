using System.Buffers;
using System.IO.Pipelines;
using System.Security.Cryptography;

namespace Silo.Server.SesApi;

/// <summary>
/// A request body, read once into a pooled buffer that is counted against the budget, and hashed in one go: no hash object, which
/// costs as much as hashing some KiB. The bytes are valid until it is disposed.
/// </summary>
internal sealed class RequestBody(BodyBudget budget) : IDisposable
{
    private const int FirstBufferBytes = 4 * 1024;

    // What a client merely announces takes no more than this of the budget; the rest is taken as bytes arrive.
    private const int MaxUnseenBytes = 1024 * 1024;
    private const int GrowthFactor = 4;
    private byte[] _buffer = [];
    private long _taken;
    private int _length;

    public ReadOnlyMemory<byte> Bytes => _buffer.AsMemory(0, _length);

    public byte[] Sha256 { get; } = new byte[SHA256.HashSizeInBytes];

    /// <summary>Null when the whole body was read and is within the limits.</summary>
    public async ValueTask<SesError?> Read(PipeReader reader, long? contentLength, int maxBytes, CancellationToken cancellationToken)
    {
        if (contentLength > maxBytes) return TooLarge(maxBytes);
        if (contentLength is 0)
        {
            SHA256.HashData([], Sha256);
            return null;
        }

        if (!Grow((int)Math.Min(contentLength ?? FirstBufferBytes, MaxUnseenBytes))) return Exhausted;
        while (true)
        {
            var read = await ReadMore(reader, cancellationToken);
            if (read.Buffer.Length > maxBytes - _length) return TooLarge(maxBytes);
            if (read.Buffer.Length > _buffer.Length - _length
                && !Grow(NextSize((int)read.Buffer.Length, (int)(contentLength ?? maxBytes)))) return Exhausted;
            foreach (var segment in read.Buffer)
            {
                segment.Span.CopyTo(_buffer.AsSpan(_length));
                _length += segment.Length;
            }

            reader.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted) break;
        }

        SHA256.HashData(Bytes.Span, Sha256);
        return null;
    }

    public void Dispose()
    {
        if (_buffer.Length > 0) ArrayPool<byte>.Shared.Return(_buffer);
        budget.Return(_taken);
        _buffer = [];
        _taken = 0;
        _length = 0;
    }

    private static SesError Exhausted { get; } = SesError.Unavailable("The service is holding too many request bodies. Try again.");

    private static SesError TooLarge(int maxBytes) => SesError.BadRequest($"The request body must not exceed {maxBytes} bytes.");

    private static async ValueTask<ReadResult> ReadMore(PipeReader reader, CancellationToken cancellationToken)
    {
        try
        {
            return await reader.ReadAsync(cancellationToken);
        }
        catch (IOException broken) when (broken is not BadHttpRequestException)
        {
            // The web server lets a chunk size that overflows out as it is; it is the client's fault like any other broken framing.
            throw new BadHttpRequestException("The request body broke off.", broken);
        }
    }

    private int NextSize(int more, int maxBytes) => Math.Max(_length + more, (int)Math.Min((long)GrowthFactor * _buffer.Length, maxBytes));

    private bool Grow(int bytes)
    {
        // Both buffers exist while one is copied to the other.
        var larger = ArrayPool<byte>.Shared.Rent(bytes);
        if (!budget.TryTake(larger.Length))
        {
            ArrayPool<byte>.Shared.Return(larger);
            return false;
        }

        _buffer.AsSpan(0, _length).CopyTo(larger);
        if (_buffer.Length > 0) ArrayPool<byte>.Shared.Return(_buffer);
        budget.Return(_taken);
        _taken = larger.Length;
        _buffer = larger;
        return true;
    }
}
