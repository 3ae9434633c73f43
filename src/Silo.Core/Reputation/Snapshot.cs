using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Silo.Core.Reputation;

/// <summary>
/// Writes counts as LEB128 varints: a row is its distance from the one before it plus one, a mask of the columns that are not zero,
/// and those; a distance of 0 ends the rows. Empty rows take no room. In version 1 the mask was two bytes, not a varint.
/// </summary>
internal ref struct SnapshotWriter(IBufferWriter<byte> output)
{
    private int _age = -1;

    public readonly void Write(ulong value)
    {
        var span = output.GetSpan(10);
        var length = 0;
        for (; value >= 0x80; value >>= 7) span[length++] = (byte)(value | 0x80);
        span[length++] = (byte)value;
        output.Advance(length);
    }

    public void WriteRow(ReadOnlySpan<uint> columns, int age)
    {
        var mask = 0u;
        for (var i = 0; i < columns.Length; i++)
            if (columns[i] != 0) mask |= 1u << i;
        if (mask == 0) return;
        Write((ulong)(age - _age));
        _age = age;
        Write(mask);
        for (; mask != 0; mask &= mask - 1) Write(columns[BitOperations.TrailingZeroCount(mask)]);
    }

    public readonly void Write(string text)
    {
        var length = Encoding.UTF8.GetByteCount(text);
        Write((ulong)length);
        Encoding.UTF8.GetBytes(text, output.GetSpan(length));
        output.Advance(length);
    }

    public void EndRows()
    {
        Write(0);
        _age = -1;
    }
}

/// <summary>Reads what <see cref="SnapshotWriter"/> wrote and nothing else: whatever is out of range is malformed.</summary>
internal ref struct SnapshotReader(ReadOnlySpan<byte> input)
{
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    private ReadOnlySpan<byte> _rest = input;

    public readonly bool IsAtEnd => _rest.IsEmpty;

    /// <summary>Set by who has read the version.</summary>
    public bool IsFirstVersion { get; set; }

    public static InvalidDataException Malformed() => new("The snapshot of the reputation counters is malformed.");

    public ulong Read(ulong max)
    {
        var value = 0ul;
        for (var shift = 0; shift < 63; shift += 7)
        {
            if (_rest.IsEmpty) throw Malformed();
            var next = _rest[0];
            _rest = _rest[1..];
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80) return value <= max ? value : throw Malformed();
        }

        throw Malformed();
    }

    public bool TryReadAge(ref int age, int length)
    {
        var distance = (int)Read((ulong)(length - 1 - age));
        age += distance;
        return distance > 0;
    }

    public void ReadRow(scoped Span<uint> columns)
    {
        var mask = IsFirstVersion ? ReadShortMask() : (uint)Read(uint.MaxValue);
        if (mask == 0 || mask >> columns.Length != 0) throw Malformed();
        for (; mask != 0; mask &= mask - 1)
        {
            var count = (uint)Read(uint.MaxValue);
            columns[BitOperations.TrailingZeroCount(mask)] = count != 0 ? count : throw Malformed();
        }
    }

    /// <param name="maxLength">In bytes of UTF-8.</param>
    public string ReadText(int maxLength)
    {
        var length = (int)Read((ulong)maxLength);
        if (_rest.Length < length) throw Malformed();
        string text;
        try
        {
            text = Strict.GetString(_rest[..length]);
        }
        catch (ArgumentException)
        {
            throw Malformed();
        }

        _rest = _rest[length..];
        return text;
    }

    private uint ReadShortMask()
    {
        if (_rest.Length < 2) throw Malformed();
        var mask = BinaryPrimitives.ReadUInt16LittleEndian(_rest);
        _rest = _rest[2..];
        return mask;
    }
}
