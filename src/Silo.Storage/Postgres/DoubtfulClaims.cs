namespace Silo.Storage.Postgres;

/// <summary>
/// Tenants whose claim ended without an answer, or was given up: they may belong to this incarnation without its knowing, and with mail
/// that nobody else would wake them for. Each is remembered for as long as that can turn out.
/// </summary>
internal sealed class DoubtfulClaims(TimeSpan memory, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, long> _names = new(StringComparer.Ordinal);

    public void Add(string name)
    {
        lock (_lock) _names[name] = time.GetTimestamp();
    }

    /// <summary>Those that are still in doubt, without the ones that are known to be here.</summary>
    public string[] Read(OwnTenants own)
    {
        lock (_lock)
        {
            foreach (var (name, since) in _names)
            {
                if (own.Contains(name) || time.GetElapsedTime(since) >= memory) _names.Remove(name);
            }

            return [.. _names.Keys];
        }
    }
}
