using Silo.Server.Egress.Sharing;
using Silo.Storage;

namespace Silo.Server.Tests.Delivery.Pacing;

/// <summary>Owners that several engines share, and that end or do not answer when the test wants it.</summary>
internal sealed class PoolsOfTest : ISendingPools
{
    private SharingServices? _services;
    private EmbeddedPools? _pools;

    public bool Fail { get; set; }

    public bool IsAlone => false;

    /// <summary>The first engine that opens them has their store.</summary>
    public ISendingPools Open(SharingServices services)
    {
        if (_services is not null) return new OfSilo(this, 1_000);
        _services = services with { IsAlone = false };
        Crash();
        return this;
    }

    public void Crash() => _pools = new EmbeddedPools(_services!);

    public ISendingPool Get(string key) => Fail ? throw new StorageException("No answer.") : _pools!.Get(key);

    private sealed class OfSilo(PoolsOfTest pools, long offset) : ISendingPools
    {
        public bool IsAlone => false;

        public ISendingPool Get(string key) => new Renamed(pools.Get(key), offset);
    }

    /// <summary>In stores of their own all silos have the same number.</summary>
    private sealed class Renamed(ISendingPool pool, long offset) : ISendingPool
    {
        public ValueTask<PoolReply> Ask(PoolRequest request, CancellationToken cancellationToken) =>
            pool.Ask(request with { Silo = request.Silo + offset }, cancellationToken);
    }
}
