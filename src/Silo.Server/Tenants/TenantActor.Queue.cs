using Silo.Core.QueueControl;
using Silo.Core.Tenants;
using Silo.Storage;

namespace Silo.Server.Tenants;

// Orders about queued mail: they bind from the moment at which they are stored, and the queue follows.
public sealed partial class TenantActor
{
    public async ValueTask<QueueOrderReply> OrderQueue(QueueOrder order, CancellationToken cancellationToken)
    {
        if (_row is null) return new QueueOrderReply(QueueOrderResult.NoSuchTenant, 0);
        if (_ledger!.Orders.All(o => o.Id != order.Id))
        {
            if (_ledger.Orders.Count >= QueueOrder.MaxInForce) return new QueueOrderReply(QueueOrderResult.TooMany, 0);
            if (order.Action == QueueAction.Reroute && _ledger.Orders.Any(o => o.Action == QueueAction.Reroute))
                return new QueueOrderReply(QueueOrderResult.OtherReroute, 0);
            await Commit(
                [new TenantEvent { Kind = TenantEventKind.QueueOrdered, At = Now, Order = order, Cause = order.Cause }], cancellationToken);
        }

        Gate.Change(Terms);
        var begun = await Gate.WhenNothingBegins(services.Options.PauseGrace, services.Time, cancellationToken);
        services.Dispatcher().Sift(_row.TenantKey, name);
        return new QueueOrderReply(QueueOrderResult.InForce, begun);
    }

    public async ValueTask<bool> EndQueueOrder(string orderId, CancellationToken cancellationToken)
    {
        if (_row is null || _ledger!.Orders.All(o => o.Id != orderId)) return false;
        await Commit([new TenantEvent { Kind = TenantEventKind.QueueOrderEnded, At = Now, OrderId = orderId }], cancellationToken);
        Gate.Change(Terms);
        services.Dispatcher().Sift(_row.TenantKey, name);
        return true;
    }

    public ValueTask<long> Sift(SiftBatch batch, CancellationToken cancellationToken)
    {
        if (!Serves(batch.TenantKey, batch.Incarnation)) return ValueTask.FromResult(0L);
        var (now, terms) = (Now, Terms);
        var (facts, settlements) = (new List<TenantEvent>(), new List<UnitSettlement>());
        foreach (var sifted in batch.Units)
        {
            var (unit, envelope) = sifted;
            var (fact, settlement) = OutcomeRules.Sift(unit, envelope, terms.Orders, services.Options.CrashesBeforeSetAside, now);
            if (settlement is null && sifted.WaitsFor is not null && _ledger!.Standing.MaySend)
                (fact, settlement) = DelayNotices.Waited(sifted, terms, services.Options.MessageLifetime, now);
            if (fact is not null) facts.Add(fact);
            if (settlement is not null) settlements.Add(settlement);
            if (settlement is { Retry: null } && unit.UnitsOfMessage == 1) services.Messages.Remove(unit.MessageKey);
        }

        settlements.AddRange(Overflow(batch));
        return ValueTask.FromResult(EnqueueJudged(facts, settlements, sets: SetsOf(batch.Units.Select(u => u.Envelope))));
    }

    public async ValueTask Sifted(long tenantKey, long incarnation, long ordersSince, CancellationToken cancellationToken)
    {
        // Whatever changed the orders since asked for another walk.
        if (!Serves(tenantKey, incarnation) || _ledger!.OrdersSince != ordersSince) return;
        var ended = _ledger.Orders.Where(o => o.Action is QueueAction.Cancel or QueueAction.Reroute)
            .Select(o => new TenantEvent { Kind = TenantEventKind.QueueOrderEnded, At = Now, OrderId = o.Id }).ToList();
        if (_ledger.HoldsMail && _ledger.Orders.All(o => o.Action != QueueAction.Hold))
            ended.Add(new TenantEvent { Kind = TenantEventKind.QueueReleased, At = Now });
        if (ended.Count == 0) return;
        await Commit(ended, cancellationToken);
        Gate.Change(Terms);
    }
}
