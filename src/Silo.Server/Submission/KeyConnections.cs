namespace Silo.Server.Submission;

/// <summary>
/// How many connections have logged in with each access key. It holds no more keys than there are connections. Safe for several threads.
/// </summary>
/// <param name="most">At a time with one key.</param>
internal sealed class KeyConnections(int most)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _byKey = new(StringComparer.Ordinal);

    /// <summary>Takes a place; each that was taken is to be given back with <see cref="Give"/>.</summary>
    public bool TryTake(string keyId)
    {
        lock (_lock)
        {
            var has = _byKey.GetValueOrDefault(keyId);
            if (has >= most) return false;
            _byKey[keyId] = has + 1;
            return true;
        }
    }

    public void Give(string keyId)
    {
        lock (_lock)
        {
            if (--_byKey[keyId] == 0) _byKey.Remove(keyId);
        }
    }
}
