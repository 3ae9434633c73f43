namespace Silo.Server.SesApi;

/// <summary>Counts the bytes of request bodies that are held in memory, over all requests, and lets no more in than its limit.</summary>
internal sealed class BodyBudget(long limitBytes)
{
    private long _used;

    public long UsedBytes => Interlocked.Read(ref _used);

    /// <summary>False when that much is not left now; then nothing is taken.</summary>
    public bool TryTake(long bytes)
    {
        if (Interlocked.Add(ref _used, bytes) <= limitBytes) return true;
        Interlocked.Add(ref _used, -bytes);
        return false;
    }

    public void Return(long bytes) => Interlocked.Add(ref _used, -bytes);
}
