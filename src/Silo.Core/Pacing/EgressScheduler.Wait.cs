namespace Silo.Core.Pacing;

// Where mail stands that cannot start.
public sealed partial class EgressScheduler
{
    private void WaitForTurn(Lane lane, DateTimeOffset now)
    {
        lane.WaitsSince = now;
        Put(lane, lane.Tenant.Root);
    }

    private void Move(Lane lane, Turn to, DateTimeOffset now)
    {
        Detach(lane);
        lane.WaitsSince = now;
        Put(lane, to);
    }

    private void Put(Lane lane, Turn turn)
    {
        lane.WaitsAt = turn;
        turn.Waiting.Add(lane);
        if (turn.IsListed || (turn.Parent is null && turn.Tenant.IsBlocked)) return;
        turn.Level.Join(turn);
        MakeReady(turn.Level, isWoken: false);
    }

    private static void Detach(Lane lane)
    {
        if (lane.WaitsAt is { } turn)
        {
            turn.Waiting.Remove(lane);
            lane.WaitsAt = null;
            if (turn.Waiting.IsEmpty && turn.IsListed) turn.Level.Leave(turn);
        }
        else lane.Provider!.Waiting.Remove(lane);
    }

    /// <summary>All of the tenant's lanes that are looked at while it is paused or has no room wait together, out of everybody's way.</summary>
    private void WaitForTenant(Turn turn, DateTimeOffset now)
    {
        var tenant = turn.Tenant;
        if (!tenant.IsBlocked)
        {
            Block(tenant, tenant.IsPaused ? DateTimeOffset.MaxValue : tenant.Budget.RoomAt(now), now);
            if (tenant.Root.IsListed) Account.Leave(tenant.Root);
        }

        if (turn == tenant.Root) return;
        while (turn.Waiting.Any() is { } lane) Move(lane, tenant.Root, now);
    }

    private void WaitForProvider(Lane lane, ProviderLevel provider, DateTimeOffset now)
    {
        Detach(lane);
        lane.WaitsSince = now;
        provider.Waiting.Add(lane);
        if (!provider.IsBlocked) Block(provider, provider.Budget.RoomAt(now), now);
    }
}
