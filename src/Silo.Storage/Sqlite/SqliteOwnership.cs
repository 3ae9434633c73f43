namespace Silo.Storage.Sqlite;

/// <summary>The file is locked by one process while it is open: that one owns everything and never loses it.</summary>
internal sealed class SqliteOwnership(long incarnation) : IOwnership
{
    private readonly TaskCompletionSource<string> _lost = new();

    public long Incarnation => incarnation;

    public bool IsHeld => true;

    public Task<string> Lost => _lost.Task;

    public bool Owns(long tenantKey) => true;

    public void OnRequested(Action<IReadOnlyList<TenantRequest>> requested)
    {
        // Nobody can ask.
    }

    public ValueTask<bool> HandTo(TenantRequest request, CancellationToken cancellationToken) => ValueTask.FromResult(false);

    public ValueTask<bool> Release(long tenantKey, CancellationToken cancellationToken) => ValueTask.FromResult(false);

    public ValueTask<IReadOnlyList<LivingIncarnation>> ReadLiving(CancellationToken cancellationToken) =>
        ValueTask.FromResult<IReadOnlyList<LivingIncarnation>>([new LivingIncarnation(incarnation, "")]);

    public ValueTask<string?> FindOwner(string tenantName, CancellationToken cancellationToken) => ValueTask.FromResult<string?>("");

    public ValueTask<IReadOnlyList<string>> ReadOrphans(int share, int shares, int limit, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IReadOnlyList<string>>([]);
}
