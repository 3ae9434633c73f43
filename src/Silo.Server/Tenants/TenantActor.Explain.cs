using Silo.Core.Suspension;
using Silo.Server.Delivery.Pacing;

namespace Silo.Server.Tenants;

// What people ask: why has it not left yet. What only the dispatcher knows is awaited after the turn.
public sealed partial class TenantActor
{
    public async ValueTask<TenantBudgets?> Budgets(CancellationToken cancellationToken) =>
        AskQueue(cancellationToken) is { } asked ? new TenantBudgets(asked.Own, await asked.Queue) : null;

    public async ValueTask<MessageExplanation?> Explain(string messageId, DateTimeOffset acceptedAt, CancellationToken cancellationToken) =>
        AskDeliveries(messageId, acceptedAt, cancellationToken) is { } asked
            ? new MessageExplanation(asked.Own, await asked.Deliveries ?? [])
            : null;

    internal (TenantBudget Own, Task<TenantQueueReport> Queue)? AskQueue(CancellationToken cancellationToken) => _row is null
        ? null
        : (OwnBudget(), services.Dispatcher().Report(_row.TenantKey, cancellationToken));

    internal (TenantBudget Own, Task<IReadOnlyList<DeliveryReport>?> Deliveries)? AskDeliveries(
        string messageId, DateTimeOffset acceptedAt, CancellationToken cancellationToken) => _row is null
        ? null
        : (OwnBudget(), services.Dispatcher().Explain(_row.TenantKey, messageId, acceptedAt, cancellationToken));

    private TenantBudget OwnBudget()
    {
        var now = Now;
        var standing = _ledger!.Standing;
        return new TenantBudget(
            standing.MaySend, standing.MaySend ? null : CauseOf(standing), _ledger.LimitsInForce.Weight ?? 1, SendRate, SendBurst, _bucket!.Available(now), _inHand,
            UnresolvedCap(now))
        {
            WarmUp = _warmUp.Report(_ledger.WarmUp, now), OverflowPool = OverflowPool,
        };
    }

    private static string? CauseOf(TenantStanding standing) => standing.Platform.Status == SendingStatus.Disabled
        ? standing.Platform.Cause
        : standing.Customer.Cause;
}
