using Silo.Storage;

namespace Silo.Server.Tenants.Embedded;

/// <summary>The embedded engine: every tenant's actor lives in this process.</summary>
public sealed class EmbeddedTenants(ActorHost<TenantActor> actors, ISpool spool) : ITenants, IOwnTenants, IEngine
{
    public bool IsAlone => true;

    public bool IsReachable => true;

    public int ActiveTenants => actors.Count;

    public ITenant Get(string name) => new Mailbox(actors, spool, name);

    ITenantDelivery IOwnTenants.Get(string name) => new Mailbox(actors, spool, name);

    public void Discard(string name) => actors.Discard(name);

    public Task CollectIdle(CancellationToken cancellationToken) => actors.CollectIdle(cancellationToken);

    public ValueTask SaveAll() => actors.DisposeAsync();

    /// <summary>It holds nothing but the way to the actor, so it can be made for each call.</summary>
    private sealed class Mailbox(ActorHost<TenantActor> actors, ISpool spool, string name) : TenantMailbox(spool)
    {
        protected override ValueTask<TResult> Call<TArgument, TResult>(
            TArgument argument, Func<TenantActor, TArgument, CancellationToken, ValueTask<TResult>> call,
            CancellationToken cancellationToken) =>
            actors.Call(name, argument, call, cancellationToken);
    }
}
