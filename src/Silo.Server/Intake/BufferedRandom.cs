using System.Security.Cryptography;

namespace Silo.Server.Intake;

/// <summary>Random bytes in small portions, fetched many at a time: a call to the source costs more than what is made of its bytes.</summary>
internal sealed class BufferedRandom(RandomNumberGenerator source)
{
    private const int BufferBytes = 4 * 1024;

    private readonly Lock _lock = new();
    private readonly byte[] _bytes = new byte[BufferBytes];
    private int _used = BufferBytes;

    /// <param name="target">At most 4 KiB.</param>
    public void GetBytes(Span<byte> target)
    {
        lock (_lock)
        {
            if (_used + target.Length > BufferBytes)
            {
                source.GetBytes(_bytes);
                _used = 0;
            }

            var portion = _bytes.AsSpan(_used, target.Length);
            portion.CopyTo(target);
            // Given out once, and not to be found in memory afterwards.
            portion.Clear();
            _used += target.Length;
        }
    }
}
