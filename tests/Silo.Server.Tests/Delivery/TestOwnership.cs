using Silo.Storage;

namespace Silo.Server.Tests.Delivery;

/// <summary>An incarnation that owns everything, with a lease that a test can let run out.</summary>
internal sealed class TestOwnership : IOwnership
{
    public bool IsHeld { get; set; } = true;

    public long Incarnation => 1;

    public Task<string> Lost { get; } = new TaskCompletionSource<string>().Task;

    public bool Owns(long tenantKey) => true;

    public void OnRequested(Action<IReadOnlyList<TenantRequest>> requested)
    {
        // Nobody asks.
    }

    public ValueTask<bool> HandTo(TenantRequest request, CancellationToken cancellationToken) => ValueTask.FromResult(false);

    public ValueTask<bool> Release(long tenantKey, CancellationToken cancellationToken) => ValueTask.FromResult(false);

    public ValueTask<IReadOnlyList<LivingIncarnation>> ReadLiving(CancellationToken cancellationToken) =>
        ValueTask.FromResult<IReadOnlyList<LivingIncarnation>>([]);

    public ValueTask<string?> FindOwner(string tenantName, CancellationToken cancellationToken) => ValueTask.FromResult<string?>(null);

    public ValueTask<IReadOnlyList<string>> ReadOrphans(int share, int shares, int limit, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IReadOnlyList<string>>([]);
}
