using Silo.Core.QueueControl;
using Silo.Core.Reputation;
using Silo.Core.Tenants;
using Silo.Core.Trust;
using Silo.Server.Delivery;
using Silo.Storage;

namespace Silo.Server.Tenants;

/// <summary>
/// The calls of a tenant as turns of its actor, for every host alike: each call is one turn, but for those that complete when they are
/// stored, whose wait for the disk comes after their turn.
/// </summary>
public abstract class TenantMailbox(ISpool spool) : ITenant, ITenantDelivery
{
    /// <summary>Runs one call in the turn of the actor. The token ends the wait for the turn, never a turn that has begun.</summary>
    protected abstract ValueTask<TResult> Call<TArgument, TResult>(
        TArgument argument, Func<TenantActor, TArgument, CancellationToken, ValueTask<TResult>> call, CancellationToken cancellationToken);

    public ValueTask<CreateTenantReply> Create(CreateTenant command, CancellationToken cancellationToken) =>
        Call(command, static (a, c, ct) => a.Create(c, ct), cancellationToken);

    public ValueTask<TenantDescription?> Describe(CancellationToken cancellationToken) =>
        Call(0, static (a, _, ct) => a.Describe(ct), cancellationToken);

    public ValueTask<TenantUsageReport?> ReadUsage(CancellationToken cancellationToken) =>
        Call(0, static (a, _, ct) => a.ReadUsage(ct), cancellationToken);

    public ValueTask<bool> Delete(CancellationToken cancellationToken) =>
        Call(0, static (a, _, ct) => a.Delete(ct), cancellationToken);

    public ValueTask<AssociationReply> Associate(string resourceArn, CancellationToken cancellationToken) =>
        Call(resourceArn, static (a, arn, ct) => a.Associate(arn, ct), cancellationToken);

    public ValueTask<AssociationReply> Dissociate(string resourceArn, CancellationToken cancellationToken) =>
        Call(resourceArn, static (a, arn, ct) => a.Dissociate(arn, ct), cancellationToken);

    public ValueTask<bool> SetSuppression(TenantSuppression? suppression, CancellationToken cancellationToken) =>
        Call(suppression, static (a, s, ct) => a.SetSuppression(s, ct), cancellationToken);

    public ValueTask<bool> SetLimits(TenantLimits limits, CancellationToken cancellationToken) =>
        Call(limits, static (a, l, ct) => a.SetLimits(l, ct), cancellationToken);

    public ValueTask<bool> SetWarmUp(TenantWarmUp? warmUp, CancellationToken cancellationToken) =>
        Call(warmUp, static (a, w, ct) => a.SetWarmUp(w, ct), cancellationToken);

    public ValueTask<QueueOrderReply> OrderQueue(QueueOrder order, CancellationToken cancellationToken) =>
        Call(order, static (a, o, ct) => a.OrderQueue(o, ct), cancellationToken);

    public ValueTask<bool> EndQueueOrder(string orderId, CancellationToken cancellationToken) =>
        Call(orderId, static (a, id, ct) => a.EndQueueOrder(id, ct), cancellationToken);

    public ValueTask<StandingReply> SetStatus(SetStatus command, CancellationToken cancellationToken) =>
        Call(command, static (a, c, ct) => a.SetStatus(c, ct), cancellationToken);

    public ValueTask<StandingReply> SetPolicy(SetPolicy command, CancellationToken cancellationToken) =>
        Call(command, static (a, c, ct) => a.SetPolicy(c, ct), cancellationToken);

    public ValueTask<bool> FollowPolicy(string policyName, CancellationToken cancellationToken) =>
        Call(policyName, static (a, p, ct) => a.FollowPolicy(p, ct), cancellationToken);

    public async ValueTask<bool> TakeReport(ExternalReport report, CancellationToken cancellationToken)
    {
        var ticket = await Call(report, static (a, r, _) => ValueTask.FromResult(a.PutInLine(r)), cancellationToken);
        if (ticket != 0) await spool.WhenCommitted(ticket, cancellationToken);
        return ticket != 0;
    }

    public ValueTask<TenantTrustReport?> Trust(CancellationToken cancellationToken) =>
        Call(0, static (a, _, ct) => a.Trust(ct), cancellationToken);

    public ValueTask<TrustReply> SetTrust(SetTrust command, CancellationToken cancellationToken) =>
        Call(command, static (a, c, ct) => a.SetTrust(c, ct), cancellationToken);

    public ValueTask<TrustReply> DecideReview(TrustDecision decision, CancellationToken cancellationToken) =>
        Call(decision, static (a, d, ct) => a.DecideReview(d, ct), cancellationToken);

    public ValueTask<long> WriteRollUps(CancellationToken cancellationToken) =>
        Call(0, static (a, _, ct) => a.WriteRollUps(ct), cancellationToken);

    public ValueTask<TenantReputation?> Reputation(CancellationToken cancellationToken) =>
        Call(0, static (a, _, ct) => a.Reputation(ct), cancellationToken);

    public ValueTask<AdmissionRefusal> Check(SendScope scope, CancellationToken cancellationToken) =>
        Call(scope, static (a, s, ct) => a.Check(s, ct), cancellationToken);

    public async ValueTask<Admission> Admit(AdmitMessage message, CancellationToken cancellationToken)
    {
        var (refusal, ticket, earlierId) = await Call(message, static (a, m, ct) => a.PutInLine(m, ct), cancellationToken);
        if (refusal is null) await spool.WhenCommitted(ticket, cancellationToken);
        return new Admission(refusal) { EarlierId = earlierId };
    }

    public async ValueTask Report(IReadOnlyList<DeliveryFeedback> feedback, CancellationToken cancellationToken)
    {
        var ticket = await Call(feedback, static (a, f, ct) => a.PutInLine(f, ct), cancellationToken);
        if (ticket != 0) await spool.WhenCommitted(ticket, cancellationToken);
    }

    public async ValueTask<TenantBudgets?> Budgets(CancellationToken cancellationToken) =>
        await Call(0, static (a, _, ct) => ValueTask.FromResult(a.AskQueue(ct)), cancellationToken) is { } asked
            ? new TenantBudgets(asked.Own, await asked.Queue)
            : null;

    public async ValueTask<MessageExplanation?> Explain(string messageId, DateTimeOffset acceptedAt, CancellationToken cancellationToken)
    {
        var asked = await Call(
            (messageId, acceptedAt), static (a, m, ct) => ValueTask.FromResult(a.AskDeliveries(m.messageId, m.acceptedAt, ct)), cancellationToken);
        return asked is { } found ? new MessageExplanation(found.Own, await found.Deliveries ?? []) : null;
    }

    public ValueTask<Permits> Permit(PermitRequest request, CancellationToken cancellationToken) =>
        Call(request, static (a, r, ct) => a.Permit(r, ct), cancellationToken);

    public ValueTask<long> Record(OutcomeBatch batch, CancellationToken cancellationToken) =>
        Call(batch, static (a, b, ct) => a.Record(b, ct), cancellationToken);

    public ValueTask<long> Sift(SiftBatch batch, CancellationToken cancellationToken) =>
        Call(batch, static (a, b, ct) => a.Sift(b, ct), cancellationToken);

    public async ValueTask Sifted(long tenantKey, long incarnation, long ordersSince, CancellationToken cancellationToken) =>
        await Call((tenantKey, incarnation, ordersSince), static (a, s, ct) => Done(a.Sifted(s.tenantKey, s.incarnation, s.ordersSince, ct)),
            cancellationToken);

    public ValueTask<bool> Wake(CancellationToken cancellationToken) =>
        Call(0, static (a, _, ct) => a.Wake(ct), cancellationToken);

    public async ValueTask Review(CancellationToken cancellationToken) =>
        await Call(0, static (a, _, ct) => Done(a.Review(ct)), cancellationToken);

    public async ValueTask Checkpoint(CancellationToken cancellationToken) =>
        await Call(0, static (a, _, ct) => Done(a.Checkpoint(ct)), cancellationToken);

    private static async ValueTask<bool> Done(ValueTask call)
    {
        await call;
        return true;
    }
}
