namespace Silo.Smtp.Server;

/// <summary>Why a message is read to its end and not kept.</summary>
internal enum MessageFault
{
    None,
    TooLarge,
    NoMemory,
}

/// <summary>
/// A message that is being read. It grows with what has come, not with what was announced, and what it takes is counted before it is taken.
/// </summary>
internal sealed class MessageBuffer(int maxBytes, SmtpServerLoad load)
{
    private const int FirstBytes = 4 * 1024;

    // Above this nobody reads on, be it to answer politely.
    private const int MostTimesTooLarge = 4;

    private byte[] _bytes = [];
    private int _length;
    private long _seen;

    public MessageFault Fault { get; private set; }

    /// <summary>It is not worth being read to its end.</summary>
    public bool IsEndless => _seen > (long)maxBytes * MostTimesTooLarge;

    public ReadOnlyMemory<byte> Content => _bytes.AsMemory(0, _length);

    public void Add(ReadOnlySpan<byte> bytes)
    {
        _seen += bytes.Length;
        if (Fault != MessageFault.None) return;
        if (_length + bytes.Length > maxBytes) Drop(MessageFault.TooLarge);
        else if (!TryReserve(_length + bytes.Length)) Drop(MessageFault.NoMemory);
        else
        {
            bytes.CopyTo(_bytes.AsSpan(_length));
            _length += bytes.Length;
        }
    }

    /// <summary>Its memory counts no longer; whoever still has the content keeps it.</summary>
    public void Release()
    {
        load.GiveBytes(_bytes.Length);
        (_bytes, _length) = ([], 0);
    }

    private bool TryReserve(int needed)
    {
        if (needed <= _bytes.Length) return true;
        var size = Math.Max(needed, Math.Min(maxBytes, Math.Max(FirstBytes, _bytes.Length * 2)));
        // Old and new are both there while one is copied to the other.
        if (!load.TryTakeBytes(size)) return false;
        var held = _bytes.Length;
        var grown = GC.AllocateUninitializedArray<byte>(size);
        Content.CopyTo(grown);
        _bytes = grown;
        load.GiveBytes(held);
        return true;
    }

    private void Drop(MessageFault fault)
    {
        Fault = fault;
        Release();
    }
}
