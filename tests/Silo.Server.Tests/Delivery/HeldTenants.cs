using Silo.Server.Delivery;
using Silo.Server.Tenants;

namespace Silo.Server.Tests.Delivery;

/// <summary>
/// Tenants whose answers to requests for permits a test can hold back, or make fail on the caller's own thread, and who hear of a walk
/// over their queue when the test wants.
/// </summary>
internal sealed class HeldTenants(IOwnTenants inner) : IOwnTenants
{
    /// <summary>Given the answer of the tenant, says when it arrives.</summary>
    public Func<Permits, Task>? OnItsWay { get; set; }

    public Exception? ThrownAtOnce { get; set; }

    /// <summary>Runs instead of a call about a page of a walk, which it is given.</summary>
    public Func<Func<ValueTask<long>>, ValueTask<long>>? AroundSift { get; set; }

    /// <summary>Ends when the tenant is to hear that its queue was walked through.</summary>
    public Func<Task>? BeforeSifted { get; set; }

    public ITenantDelivery Get(string name) => new Held(inner.Get(name), this);

    public void Discard(string name) => inner.Discard(name);

    private sealed class Held(ITenantDelivery inner, HeldTenants owner) : ITenantDelivery
    {
        public ValueTask<Permits> Permit(PermitRequest request, CancellationToken cancellationToken)
        {
            if (owner.ThrownAtOnce is { } thrown)
            {
                owner.ThrownAtOnce = null;
                throw thrown;
            }

            return owner.OnItsWay is { } onItsWay ? Hold(request, onItsWay, cancellationToken) : inner.Permit(request, cancellationToken);
        }

        public ValueTask<long> Record(OutcomeBatch batch, CancellationToken cancellationToken) => inner.Record(batch, cancellationToken);

        public ValueTask<long> Sift(SiftBatch batch, CancellationToken cancellationToken) =>
            owner.AroundSift is { } around ? around(() => inner.Sift(batch, cancellationToken)) : inner.Sift(batch, cancellationToken);

        public async ValueTask Sifted(long tenantKey, long incarnation, long ordersSince, CancellationToken cancellationToken)
        {
            if (owner.BeforeSifted is { } before) await before();
            await inner.Sifted(tenantKey, incarnation, ordersSince, cancellationToken);
        }

        public ValueTask Checkpoint(CancellationToken cancellationToken) => inner.Checkpoint(cancellationToken);

        private async ValueTask<Permits> Hold(PermitRequest request, Func<Permits, Task> onItsWay, CancellationToken cancellationToken)
        {
            var permits = await inner.Permit(request, cancellationToken);
            await onItsWay(permits);
            return permits;
        }
    }
}
