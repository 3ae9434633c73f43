using System.Buffers;
using System.Text;

namespace Silo.Server.SesApi.Signing;

/// <summary>Bytes that are put together in one pooled buffer. Whoever makes one disposes it.</summary>
internal ref struct PooledText(int capacity)
{
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(capacity);
    private int _length = 0;

    public readonly ReadOnlySpan<byte> Written => _buffer.AsSpan(0, _length);

    public void Append(scoped ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Free(bytes.Length));
        _length += bytes.Length;
    }

    public void Append(scoped ReadOnlySpan<char> text)
    {
        var free = Free(Encoding.UTF8.GetMaxByteCount(text.Length));
        _length += Encoding.UTF8.GetBytes(text, free);
    }

    public void Append(byte value)
    {
        Free(1)[0] = value;
        _length++;
    }

    /// <summary>The byte itself when it is unreserved (RFC 3986 2.3), else its escape in upper-case hex.</summary>
    public void AppendEscaped(byte value)
    {
        if (IsUnreserved(value))
        {
            Append(value);
            return;
        }

        var free = Free(3);
        free[0] = (byte)'%';
        free[1] = HexDigit(value >> 4);
        free[2] = HexDigit(value & 15);
        _length += 3;
    }

    public void AppendHexLower(scoped ReadOnlySpan<byte> bytes)
    {
        Convert.TryToHexStringLower(bytes, Free(bytes.Length * 2), out var written);
        _length += written;
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        _length = 0;
    }

    private static bool IsUnreserved(byte value) => char.IsAsciiLetterOrDigit((char)value)
        || value is (byte)'-' or (byte)'_' or (byte)'.' or (byte)'~';

    private static byte HexDigit(int value) => (byte)(value < 10 ? '0' + value : 'A' + value - 10);

    private Span<byte> Free(int bytes)
    {
        if (_buffer.Length - _length < bytes)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_length + bytes, _buffer.Length * 2));
            Written.CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }

        return _buffer.AsSpan(_length);
    }
}
