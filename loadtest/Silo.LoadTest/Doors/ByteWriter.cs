using System.Buffers.Text;
using System.Text;
using Silo.LoadTest.Marks;

namespace Silo.LoadTest.Doors;

/// <summary>Puts a request together from parts that were made before and parts that differ, in memory that is used again.</summary>
internal sealed class ByteWriter(int capacity)
{
    private byte[] _bytes = new byte[capacity];

    public int Length { get; private set; }

    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, Length);

    public void Clear() => Length = 0;

    /// <summary>Back to what was written before, as where a number was to be filled in.</summary>
    public void Truncate(int length) => Length = length;

    public ByteWriter Add(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Room(bytes.Length));
        Length += bytes.Length;
        return this;
    }

    /// <param name="text">ASCII.</param>
    public ByteWriter Add(string text)
    {
        Length += Encoding.ASCII.GetBytes(text, Room(text.Length));
        return this;
    }

    public ByteWriter Add(long number)
    {
        Utf8Formatter.TryFormat(number, Room(20), out var written);
        Length += written;
        return this;
    }

    public ByteWriter Add(in LoadMark mark) => Add("run="u8).Add(mark.Run).Add(";tenant="u8).Add(mark.Tenant).Add(";lane="u8).Add(mark.Lane)
        .Add(";number="u8).Add(mark.Number).Add(";due="u8).Add(mark.Due);

    public ByteWriter Add(in LoadAddress address) => Add(LoadAddress.NameOf(address.Fate)).Add("."u8).Add(address.Run).Add("."u8)
        .Add(address.Tenant).Add("."u8).Add(address.Lane).Add("."u8).Add(address.Number).Add("@"u8).Add(address.Domain);

    private Span<byte> Room(int bytes)
    {
        if (Length + bytes > _bytes.Length) Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, Length + bytes));
        return _bytes.AsSpan(Length);
    }
}
