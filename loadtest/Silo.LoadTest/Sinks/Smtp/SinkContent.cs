using System.Buffers;

namespace Silo.LoadTest.Sinks.Smtp;

/// <summary>What is kept of the message that comes: the beginning, its length, and all of it only where somebody wants to look.</summary>
internal sealed class SinkContent(int maxBytes) : ISinkContent
{
    /// <summary>Of the header no more than this is kept.</summary>
    public const int MaxHeadBytes = 16 << 10;

    private readonly byte[] _head = new byte[MaxHeadBytes];
    private readonly ArrayBufferWriter<byte> _whole = new(1);
    private int _headLength;
    private bool _keepsAll;

    /// <summary>Dots at the beginning of lines count double.</summary>
    public long Bytes { get; private set; }

    public ReadOnlySpan<byte> Head => _head.AsSpan(0, _headLength);

    public bool IsTooLarge => Bytes > maxBytes;

    public void Begin(bool keepsAll)
    {
        (_headLength, Bytes, _keepsAll) = (0, 0, keepsAll);
        _whole.ResetWrittenCount();
    }

    public void Take(ReadOnlySpan<byte> piece)
    {
        Bytes += piece.Length;
        var room = Math.Min(MaxHeadBytes - _headLength, piece.Length);
        if (room > 0)
        {
            piece[..room].CopyTo(_head.AsSpan(_headLength));
            _headLength += room;
        }

        if (_keepsAll && !IsTooLarge) _whole.Write(piece);
    }

    /// <summary>The header alone, as far as it is kept.</summary>
    public byte[] CopyHeader()
    {
        var end = Head.IndexOf("\r\n\r\n"u8);
        return Head[..(end < 0 ? _headLength : end + 2)].ToArray();
    }

    /// <summary>All of it without dot-stuffing (RFC 5321 4.5.2); empty unless it was to be kept.</summary>
    public byte[] Unstuffed()
    {
        var given = _whole.WrittenSpan;
        var content = new byte[given.Length];
        var length = 0;
        while (!given.IsEmpty)
        {
            var end = given.IndexOf((byte)'\n');
            var line = end < 0 ? given : given[..(end + 1)];
            given = given[line.Length..];
            if (line[0] == '.') line = line[1..];
            line.CopyTo(content.AsSpan(length));
            length += line.Length;
        }

        return content[..length];
    }
}
