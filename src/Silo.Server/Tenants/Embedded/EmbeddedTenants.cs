using Silo.Core.Tenants;
using Silo.Server.Delivery;
using Silo.Storage;

namespace Silo.Server.Tenants.Embedded;

/// <summary>The embedded engine: every tenant's actor lives in this process.</summary>
public sealed class EmbeddedTenants(ActorHost<TenantActor> actors, ISpool spool) : ITenants, IOwnTenants, IEngine
{
    public bool IsAlone => true;

    public ITenant Get(string name) => new Mailbox(actors, spool, name);

    ITenantDelivery IOwnTenants.Get(string name) => new Mailbox(actors, spool, name);

    public void Drop(string name) => actors.Discard(name);

    public Task CollectIdle(CancellationToken cancellationToken) => actors.CollectIdle(cancellationToken);

    public ValueTask SaveAll() => actors.DisposeAsync();

    /// <summary>Puts a call in the tenant's mailbox. It holds nothing else, so it can be made for each call.</summary>
    private sealed class Mailbox(ActorHost<TenantActor> actors, ISpool spool, string name) : ITenant, ITenantDelivery
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

        public async ValueTask<Admission> Admit(AdmitMessage message, CancellationToken cancellationToken)
        {
            var (refusal, ticket) = await actors.Call(name, message, static (a, m, ct) => a.PutInLine(m, ct), cancellationToken);
            if (refusal is null) await spool.WhenCommitted(ticket, cancellationToken);
            return new Admission(refusal);
        }

        public async ValueTask Report(IReadOnlyList<DeliveryFeedback> feedback, CancellationToken cancellationToken)
        {
            var ticket = await actors.Call(name, feedback, static (a, f, _) => ValueTask.FromResult(a.PutInLine(f)), cancellationToken);
            if (ticket != 0) await spool.WhenCommitted(ticket, cancellationToken);
        }

        public ValueTask<Permits> Permit(PermitRequest request, CancellationToken cancellationToken) =>
            actors.Call(name, request, static (a, r, ct) => a.Permit(r, ct), cancellationToken);

        public ValueTask<long> Record(OutcomeBatch batch, CancellationToken cancellationToken) =>
            actors.Call(name, batch, static (a, b, ct) => a.Record(b, ct), cancellationToken);

        public ValueTask<bool> Wake(CancellationToken cancellationToken) =>
            actors.Call(name, 0, static (a, _, ct) => a.Wake(ct), cancellationToken);

        public async ValueTask Review(CancellationToken cancellationToken) =>
            await actors.Call(name, 0, static (a, _, ct) => Done(a.Review(ct)), cancellationToken);

        public async ValueTask Checkpoint(CancellationToken cancellationToken) =>
            await actors.Call(name, 0, static (a, _, ct) => Done(a.Checkpoint(ct)), cancellationToken);

        private static async ValueTask<bool> Done(ValueTask call)
        {
            await call;
            return true;
        }
    }
}
