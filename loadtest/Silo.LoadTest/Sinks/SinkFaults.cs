namespace Silo.LoadTest.Sinks;

/// <summary>
/// What a sink does wrong on command, as a faulty mail server would seem to: the accounting must find each. The sending server sees
/// nothing of it.
/// </summary>
internal sealed class SinkFaults
{
    /// <summary>The most that one command may ask for.</summary>
    public const int Most = 100_000;

    private int _drop;
    private int _duplicate;
    private int _reorder;

    /// <summary>The next deliveries are answered with yes and thrown away.</summary>
    public void Drop(int messages) => Ask(ref _drop, messages);

    /// <summary>The next deliveries count twice.</summary>
    public void Duplicate(int messages) => Ask(ref _duplicate, messages);

    /// <summary>The next messages that begin are taken for begun in the opposite order, once so many have come.</summary>
    public void Reorder(int messages) => Ask(ref _reorder, messages);

    internal bool TakeDrop() => Take(ref _drop);

    internal bool TakeDuplicate() => Take(ref _duplicate);

    internal bool TakeReorder() => Take(ref _reorder);

    private static void Ask(ref int left, int messages)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(messages);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(messages, Most);
        Interlocked.Add(ref left, messages);
    }

    private static bool Take(ref int left)
    {
        while (Volatile.Read(ref left) is > 0 and var now)
        {
            if (Interlocked.CompareExchange(ref left, now - 1, now) == now) return true;
        }

        return false;
    }
}
