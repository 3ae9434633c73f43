using Silo.Server.Delivery;
using Silo.Server.Tenants;
using Silo.Storage;

namespace Silo.Server.Tests.Delivery;

/// <summary>Tenants whose answers to requests for permits a test can hold back, or make fail on the caller's own thread.</summary>
internal sealed class HeldTenants(ITenants inner) : ITenants
{
    /// <summary>Given the answer of the tenant, says when it arrives.</summary>
    public Func<Permits, Task>? OnItsWay { get; set; }

    public Exception? ThrownAtOnce { get; set; }

    public ITenant Get(string name) => new Held(inner.Get(name), this);

    private sealed class Held(ITenant inner, HeldTenants owner) : ITenant
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

        public ValueTask<CreateTenantReply> Create(CreateTenant command, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<TenantDescription?> Describe(CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<bool> Delete(CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<AssociationReply> Associate(string resourceArn, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<AssociationReply> Dissociate(string resourceArn, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<bool> SetSuppression(Core.Tenants.TenantSuppression? suppression, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public ValueTask<StandingReply> SetStatus(SetStatus command, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<StandingReply> SetPolicy(SetPolicy command, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<AdmissionRefusal> Check(SendScope scope, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<Admission> Admit(AdmitMessage message, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<long> Report(IReadOnlyList<DeliveryFeedback> feedback, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<long> Recover(IReadOnlyList<UnsettledUnit> units, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<long> Review(CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<long> Checkpoint(CancellationToken cancellationToken) => throw new NotSupportedException();

        private async ValueTask<Permits> Hold(PermitRequest request, Func<Permits, Task> onItsWay, CancellationToken cancellationToken)
        {
            var permits = await inner.Permit(request, cancellationToken);
            await onItsWay(permits);
            return permits;
        }
    }
}
