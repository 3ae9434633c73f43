using Silo.Server.Tenants.Embedded;

namespace Silo.Server.Egress.Sharing;

/// <summary>The owners of shared limits in one process. They stay in memory: there are no more of them than pools.</summary>
public sealed class EmbeddedPools(SharingServices services) : ISendingPools
{
    private readonly ActorHost<SendingPoolActor> _actors = new(key => new SendingPoolActor(key, services), services.Time, new ActorHostOptions());

    public bool IsAlone => services.IsAlone;

    public ISendingPool Get(string key) => new Mailbox(_actors, key);

    private sealed class Mailbox(ActorHost<SendingPoolActor> actors, string key) : ISendingPool
    {
        public ValueTask<PoolReply> Ask(PoolRequest request, CancellationToken cancellationToken) =>
            actors.Call(key, request, static (actor, r, ct) => actor.Ask(r, ct), cancellationToken);
    }
}
