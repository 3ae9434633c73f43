namespace Silo.LoadTest.Sinks.Accounting;

/// <summary>A set of the numbers of one lane, a bit for each. Not safe for several threads.</summary>
internal struct NumberSet
{
    /// <summary>Numbers from here on are not kept: 2 MiB a set.</summary>
    public const long Limit = 1 << 24;

    private const int Bits = 64;

    // Most lanes of a large run have few messages.
    private ulong _first;
    private ulong[]? _more;

    public long Count { get; private set; }

    /// <summary>False when it is there already.</summary>
    public bool Add(long number)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((ulong)number, (ulong)Limit, nameof(number));
        ref var word = ref Word(number);
        var bit = 1UL << (int)(number % Bits);
        if ((word & bit) != 0) return false;
        word |= bit;
        Count++;
        return true;
    }

    public readonly bool Has(long number)
    {
        if ((ulong)number < Bits) return (_first & 1UL << (int)number) != 0;
        var at = number / Bits - 1;
        return _more is not null && at < _more.Length && (_more[at] & 1UL << (int)(number % Bits)) != 0;
    }

    /// <summary>Those that are in none of the others, in order.</summary>
    public readonly IEnumerable<long> Without(NumberSet one, NumberSet other)
    {
        for (var word = 0; word <= (_more?.Length ?? 0); word++)
        {
            var left = WordAt(word) & ~one.WordAt(word) & ~other.WordAt(word);
            for (; left != 0; left &= left - 1) yield return (long)word * Bits + System.Numerics.BitOperations.TrailingZeroCount(left);
        }
    }

    private readonly ulong WordAt(int word) => word == 0 ? _first : _more is not null && word <= _more.Length ? _more[word - 1] : 0;

    [System.Diagnostics.CodeAnalysis.UnscopedRef]
    private ref ulong Word(long number)
    {
        if (number < Bits) return ref _first;
        var at = (int)(number / Bits) - 1;
        if (_more is null || at >= _more.Length) Array.Resize(ref _more, Math.Max(at + 1, (_more?.Length ?? 1) * 2));
        return ref _more![at];
    }
}
