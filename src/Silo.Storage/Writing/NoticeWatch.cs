namespace Silo.Storage.Writing;

/// <summary>Tells a publisher, after each commit, of the tenants that got notices. Without a publisher it costs nothing.</summary>
internal sealed class NoticeWatch
{
    private Action<IReadOnlyCollection<long>>? _written;

    public void Set(Action<IReadOnlyCollection<long>> written)
    {
        if (Interlocked.CompareExchange(ref _written, written, null) is not null)
            throw new InvalidOperationException("The notices have a watcher already.");
    }

    public void Tell(IReadOnlyList<PendingWrite> batch)
    {
        if (_written is not { } written) return;
        HashSet<long>? tenants = null;
        foreach (var pending in batch)
        {
            if (pending is not { Failure: null, Write: { } write }) continue;
            foreach (var appended in write.Events)
            {
                if (appended.Notice is null) continue;
                (tenants ??= []).Add(write.TenantKey);
                break;
            }
        }

        if (tenants is not null) written(tenants);
    }
}
