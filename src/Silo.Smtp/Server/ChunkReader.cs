namespace Silo.Smtp.Server;

/// <summary>
/// The chunks of BDAT (RFC 3030), counted and not searched for an end. BINARYMIME is not offered, so the rule about line ends is that of
/// DATA.
/// </summary>
/// <param name="message">Null to pass the bytes over.</param>
internal sealed class ChunkReader(MessageBuffer? message)
{
    private long _left;
    private bool _afterReturn;

    /// <summary>It holds a CR or LF that stands alone; of a whole message also one at its end.</summary>
    public bool HasBareLineEnd { get; private set; }

    /// <summary>The chunk that is being read is the last.</summary>
    public bool IsLast { get; private set; }

    public void Begin(long bytes, bool isLast) => (_left, IsLast) = (bytes, isLast);

    /// <summary>True when the chunk is whole; <paramref name="used"/> then leaves what follows it.</summary>
    public bool Read(ReadOnlySpan<byte> input, out int used)
    {
        used = (int)Math.Min(_left, input.Length);
        Check(input[..used]);
        message?.Add(input[..used]);
        _left -= used;
        if (_left > 0) return false;
        if (IsLast && _afterReturn) HasBareLineEnd = true;
        return true;
    }

    private void Check(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty && !HasBareLineEnd)
        {
            if (_afterReturn)
            {
                HasBareLineEnd = bytes[0] != '\n';
                _afterReturn = false;
                bytes = bytes[1..];
                continue;
            }

            var end = bytes.IndexOfAny((byte)'\r', (byte)'\n');
            if (end < 0) return;
            HasBareLineEnd = bytes[end] == '\n';
            _afterReturn = true;
            bytes = bytes[(end + 1)..];
        }
    }
}
