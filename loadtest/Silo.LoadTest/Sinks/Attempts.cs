using System.Collections.Concurrent;

namespace Silo.LoadTest.Sinks;

/// <summary>How often recipients were put off, until they are done with; of a bounded number of them. Safe for several threads.</summary>
internal sealed class Attempts
{
    /// <summary>Beyond this a recipient's next attempt counts as its first.</summary>
    public const int MostRecipients = 1_000_000;

    private readonly ConcurrentDictionary<ulong, int> _putOff = new();

    /// <summary>0 for the first attempt.</summary>
    public int Of(ReadOnlySpan<char> address) => _putOff.IsEmpty ? 0 : _putOff.GetValueOrDefault(Key(address));

    public void PutOff(ReadOnlySpan<char> address)
    {
        var key = Key(address);
        if (_putOff.Count < MostRecipients || _putOff.ContainsKey(key)) _putOff.AddOrUpdate(key, 1, static (_, n) => n + 1);
    }

    public void Done(ReadOnlySpan<char> address)
    {
        if (!_putOff.IsEmpty) _putOff.TryRemove(Key(address), out _);
    }

    // FNV-1a.
    private static ulong Key(ReadOnlySpan<char> address)
    {
        var hash = 0xCBF29CE484222325;
        foreach (var c in address) hash = (hash ^ c) * 0x100000001B3;
        return hash;
    }
}
