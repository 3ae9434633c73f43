using Silo.Core.Tenants;
using Silo.Server.Delivery;
using Silo.Storage;

namespace Silo.Server.Tenants.Embedded;

/// <summary>The embedded engine: every tenant's actor lives in this process.</summary>
public sealed class EmbeddedTenants(ActorHost<TenantActor> actors) : ITenants
{
    public ITenant Get(string name) => new Mailbox(actors, name);

    /// <summary>Puts a call in the tenant's mailbox. It holds nothing else, so it can be made for each call.</summary>
    private sealed class Mailbox(ActorHost<TenantActor> actors, string name) : ITenant
    {
        public ValueTask<CreateTenantReply> Create(CreateTenant command, CancellationToken cancellationToken) =>
            actors.Call(name, command, static (a, c, ct) => a.Create(c, ct), cancellationToken);

        public ValueTask<TenantDescription?> Describe(CancellationToken cancellationToken) =>
            actors.Call(name, 0, static (a, _, ct) => a.Describe(ct), cancellationToken);

        public ValueTask<bool> Delete(CancellationToken cancellationToken) =>
            actors.Call(name, 0, static (a, _, ct) => a.Delete(ct), cancellationToken);

        public ValueTask<AssociationReply> Associate(string resourceArn, CancellationToken cancellationToken) =>
            actors.Call(name, resourceArn, static (a, arn, ct) => a.Associate(arn, ct), cancellationToken);

        public ValueTask<AssociationReply> Dissociate(string resourceArn, CancellationToken cancellationToken) =>
            actors.Call(name, resourceArn, static (a, arn, ct) => a.Dissociate(arn, ct), cancellationToken);

        public ValueTask<bool> SetSuppression(TenantSuppression? suppression, CancellationToken cancellationToken) =>
            actors.Call(name, suppression, static (a, s, ct) => a.SetSuppression(s, ct), cancellationToken);

        public ValueTask<StandingReply> SetStatus(SetStatus command, CancellationToken cancellationToken) =>
            actors.Call(name, command, static (a, c, ct) => a.SetStatus(c, ct), cancellationToken);

        public ValueTask<StandingReply> SetPolicy(SetPolicy command, CancellationToken cancellationToken) =>
            actors.Call(name, command, static (a, c, ct) => a.SetPolicy(c, ct), cancellationToken);

        public ValueTask<AdmissionRefusal> Check(SendScope scope, CancellationToken cancellationToken) =>
            actors.Call(name, scope, static (a, s, ct) => a.Check(s, ct), cancellationToken);

        public ValueTask<Admission> Admit(AdmitMessage message, CancellationToken cancellationToken) =>
            actors.Call(name, message, static (a, m, ct) => a.Admit(m, ct), cancellationToken);

        public ValueTask<Permits> Permit(PermitRequest request, CancellationToken cancellationToken) =>
            actors.Call(name, request, static (a, r, ct) => a.Permit(r, ct), cancellationToken);

        public ValueTask<long> Record(OutcomeBatch batch, CancellationToken cancellationToken) =>
            actors.Call(name, batch, static (a, b, ct) => a.Record(b, ct), cancellationToken);

        public ValueTask<long> Report(IReadOnlyList<DeliveryFeedback> feedback, CancellationToken cancellationToken) =>
            actors.Call(name, feedback, static (a, f, ct) => a.Report(f, ct), cancellationToken);

        public ValueTask<long> Recover(IReadOnlyList<UnsettledUnit> units, CancellationToken cancellationToken) =>
            actors.Call(name, units, static (a, u, ct) => a.Recover(u, ct), cancellationToken);

        public ValueTask<long> Review(CancellationToken cancellationToken) =>
            actors.Call(name, 0, static (a, _, ct) => a.Review(ct), cancellationToken);

        public ValueTask<long> Checkpoint(CancellationToken cancellationToken) =>
            actors.Call(name, 0, static (a, _, ct) => a.Checkpoint(ct), cancellationToken);
    }
}
