using Silo.Core.Suppression;

namespace Silo.Storage.Sqlite;

/// <summary>
/// Says of most addresses that no suppression list holds them, without a read: a Bloom filter over all lists, in 8 MiB that are only
/// touched as lists grow. Up to ten million addresses it is wrong about one of fifteen at most, which costs a read and nothing else; it never
/// says "no" of one that is listed. What was taken off a list stays in it until the next start.
/// </summary>
internal sealed class ListedAddresses
{
    private const int Bits = 1 << 26;
    private const int BitsPerWord = 64;
    private const string All = "SELECT folded FROM suppressed";

    private readonly long[] _words = new long[Bits / BitsPerWord];
    private volatile bool _isComplete;

    /// <summary>False until <see cref="Load"/> has read what was there at the start: then every address may be listed.</summary>
    public bool IsComplete => _isComplete;

    /// <summary>To be called before the entry can be read. On any thread.</summary>
    public void Add(string folded)
    {
        var (one, other) = PlacesOf(folded);
        Set(one);
        Set(other);
    }

    public bool MayHold(IReadOnlyList<string> recipients)
    {
        if (!_isComplete) return true;
        for (var i = 0; i < recipients.Count; i++)
        {
            var (one, other) = PlacesOf(SuppressionEntry.Fold(recipients[i]));
            if (IsSet(one) && IsSet(other)) return true;
        }

        return false;
    }

    /// <summary>Takes in the lists as they are. What is put on one from now on must be added by whoever writes it.</summary>
    public async Task Load(ReaderPool readers, CancellationToken cancellationToken)
    {
        try
        {
            await readers.ReadMuch(
                reader =>
                {
                    using var all = reader.Once(All);
                    while (all.Step())
                    {
                        cancellationToken.ThrowIfCancellationRequested();
                        Add(all.Text(0));
                    }

                    return true;
                },
                cancellationToken);
            _isComplete = true;
        }
        catch (Exception e) when (e is StorageException or OperationCanceledException)
        {
            // Each send goes on asking the file.
        }
    }

    private static (uint One, uint Other) PlacesOf(string folded)
    {
        // Of this process only, and nobody outside can aim at a place.
        var hash = (uint)folded.GetHashCode();
        return (hash % Bits, (uint)((hash * 0x9E37_79B9_7F4A_7C15) >> 38) % Bits);
    }

    private void Set(uint place) => Interlocked.Or(ref _words[place / BitsPerWord], 1L << (int)(place % BitsPerWord));

    private bool IsSet(uint place) => (Volatile.Read(ref _words[place / BitsPerWord]) & (1L << (int)(place % BitsPerWord))) != 0;
}
