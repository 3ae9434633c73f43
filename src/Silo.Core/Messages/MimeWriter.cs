using System.Text;

namespace Silo.Core.Messages;

/// <summary>One growing buffer of message bytes, with the column that header folding needs.</summary>
internal sealed class MimeWriter(int capacity)
{
    /// <summary>Characters of a header line that should not be passed (RFC 5322 2.1.1).</summary>
    public const int FoldColumn = 78;

    private byte[] _buffer = GC.AllocateUninitializedArray<byte>(capacity);
    private int _length;
    private int _lineStart;

    public int Length => _length;

    public int Column => _length - _lineStart;

    public ReadOnlyMemory<byte> Written => _buffer.AsMemory(0, _length);

    public Span<byte> GetSpan(int size)
    {
        if (_buffer.Length - _length < size)
        {
            Array.Resize(ref _buffer, (int)Math.Min(Array.MaxLength, Math.Max((long)_length + size, _buffer.Length * 2L)));
        }

        return _buffer.AsSpan(_length);
    }

    public void Advance(int size) => _length += size;

    public void Write(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(GetSpan(bytes.Length));
        _length += bytes.Length;
    }

    public void Write(byte value)
    {
        GetSpan(1)[0] = value;
        _length++;
    }

    /// <summary>An octet as its two hexadecimal digits behind a mark: =3D, %3D.</summary>
    public void WriteEscape(byte mark, byte value)
    {
        const string digits = "0123456789ABCDEF";
        var span = GetSpan(3);
        span[0] = mark;
        span[1] = (byte)digits[value >> 4];
        span[2] = (byte)digits[value & 15];
        _length += 3;
    }

    /// <summary>Text that is ASCII, or UTF-8 where the message may hold it.</summary>
    public void Write(ReadOnlySpan<char> text) => _length += Encoding.UTF8.GetBytes(text, GetSpan(text.Length * 3));

    public void WriteLine()
    {
        Write("\r\n"u8);
        _lineStart = _length;
    }

    /// <summary>Ends the line and begins a continuation, whose leading blank is part of the header's value.</summary>
    public void Fold()
    {
        WriteLine();
        Write((byte)' ');
    }

    /// <summary>A header of printable ASCII, folded before blanks where lines would pass 78 characters; the value unfolds to what it was.</summary>
    public void WriteHeader(string name, ReadOnlySpan<char> value)
    {
        Write(name);
        Write(": "u8);
        WriteFolded(value);
        WriteLine();
    }

    public void WriteFolded(ReadOnlySpan<char> value)
    {
        while (value.Length > 0)
        {
            var word = value.IndexOfAnyExcept(' ');
            if (word < 0) word = value.Length;
            var end = value[word..].IndexOf(' ');
            end = end < 0 ? value.Length : word + end;
            // A continuation must hold more than blanks (RFC 5322 3.2.2), and the first line more than the name.
            if (word > 0 && word < end && Column + end > FoldColumn && !LineIsBlank()) WriteLine();
            Write(value[..end]);
            value = value[end..];
        }
    }

    private bool LineIsBlank()
    {
        var line = _buffer.AsSpan(_lineStart, Column);
        var start = line.IndexOf(": "u8);
        return (start < 0 ? line : line[(start + 2)..]).IndexOfAnyExcept((byte)' ') < 0;
    }
}
