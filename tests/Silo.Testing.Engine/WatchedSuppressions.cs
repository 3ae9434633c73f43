using Silo.Core.Suppression;
using Silo.Storage;

namespace Silo.Testing.Engine;

/// <summary>The suppression lists of a <see cref="FaultyStore"/>: how often they are asked, and when that fails.</summary>
public sealed class WatchedSuppressions(ISuppressionStore inner) : ISuppressionStore
{
    private int _finds;

    public int Finds => Volatile.Read(ref _finds);

    public Func<bool>? FailsFind { get; set; }

    public ValueTask<IReadOnlyList<ListedAddress>> Find(string tenantName, IReadOnlyList<string> recipients, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _finds);
        if (FailsFind?.Invoke() == true) throw new StorageException("The test wants it so.");
        return inner.Find(tenantName, recipients, cancellationToken);
    }

    public ValueTask<SuppressionEntry?> Get(string? tenantName, string address, CancellationToken cancellationToken) =>
        inner.Get(tenantName, address, cancellationToken);

    public ValueTask<bool> Put(string? tenantName, SuppressionEntry entry, CancellationToken cancellationToken) =>
        inner.Put(tenantName, entry, cancellationToken);

    public ValueTask<bool> Delete(string? tenantName, string address, CancellationToken cancellationToken) =>
        inner.Delete(tenantName, address, cancellationToken);

    public ValueTask<Page<SuppressionEntry>> List(SuppressionFilter filter, int pageSize, CancellationToken cancellationToken) =>
        inner.List(filter, pageSize, cancellationToken);
}
