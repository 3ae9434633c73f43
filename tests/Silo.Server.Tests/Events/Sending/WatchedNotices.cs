using Silo.Storage;

namespace Silo.Server.Tests.Events.Sending;

/// <summary>The notices of a real store, which a test can count, refuse, or cut off as the end of a process does.</summary>
internal sealed class WatchedNotices(INoticeStore inner) : INoticeStore
{
    private int _reads;

    public bool IsDead { get; set; }

    /// <summary>The claims of these tenants are another silo's.</summary>
    public HashSet<long> Lost { get; } = [];

    /// <summary>Cursors cannot be stored.</summary>
    public bool FailsAdvance { get; set; }

    public int Reads => _reads;

    public ValueTask<IReadOnlyList<NoticeClaim>> Claim(IReadOnlyCollection<long>? tenantKeys, int limit, CancellationToken cancellationToken) =>
        Alive().Claim(tenantKeys, limit, cancellationToken);

    public ValueTask<IReadOnlyList<StoredNotice>> Read(long tenantKey, long afterSequence, int limit, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _reads);
        return Alive().Read(tenantKey, afterSequence, limit, cancellationToken);
    }

    public ValueTask<bool> Advance(long tenantKey, string destination, long sequence, CancellationToken cancellationToken)
    {
        if (FailsAdvance) throw new StorageException("The disk is full.");
        return Lost.Contains(tenantKey) ? ValueTask.FromResult(false) : Alive().Advance(tenantKey, destination, sequence, cancellationToken);
    }

    public ValueTask<bool> Trim(long tenantKey, long through, IReadOnlyCollection<string> destinations, CancellationToken cancellationToken) =>
        Alive().Trim(tenantKey, through, destinations, cancellationToken);

    public ValueTask<bool> Release(long tenantKey, CancellationToken cancellationToken) => Alive().Release(tenantKey, cancellationToken);

    public ValueTask<NoticeBacklog> Count(long tenantKey, long afterSequence, CancellationToken cancellationToken) =>
        Alive().Count(tenantKey, afterSequence, cancellationToken);

    public ValueTask<IReadOnlyList<TenantNoticeBacklog>> CountAll(int limit, CancellationToken cancellationToken) =>
        Alive().CountAll(limit, cancellationToken);

    public ValueTask<IReadOnlyDictionary<long, long>> FindCursors(string destination, CancellationToken cancellationToken) =>
        Alive().FindCursors(destination, cancellationToken);

    public void OnWritten(Action<IReadOnlyCollection<long>> written) => inner.OnWritten(written);

    private INoticeStore Alive() => IsDead ? throw new StorageException("The process has ended.") : inner;
}
