using Orleans;
using Orleans.Concurrency;
using Orleans.Runtime;
using Silo.Server.Egress.Sharing;
using Silo.Server.Tenants.Embedded;

namespace Silo.Orleans.Egress;

/// <summary>
/// Hosts the owner of shared limits, with the same mailbox as in one process. Orleans may let two live for a while; the actor knows what to
/// do about that.
/// </summary>
[Reentrant]
[GrainType("sendingpool")]
internal sealed class SendingPoolGrain : ISendingPoolGrain, IGrainBase
{
    private readonly string _key;
    private readonly TimeProvider _time;
    private readonly ActorCell<SendingPoolActor> _cell;

    public SendingPoolGrain(IGrainContext context, SharingServices services)
    {
        GrainContext = context;
        (_key, _time) = (context.GrainId.Key.ToString()!, services.Time);
        _cell = new ActorCell<SendingPoolActor>(_key, key => new SendingPoolActor(key, services), new ActorHostOptions());
    }

    public IGrainContext GrainContext { get; }

    public async ValueTask<PoolReply> Ask(PoolRequest request, CancellationToken cancellationToken)
    {
        try
        {
            return _cell.TryPost(request, static (actor, r, ct) => actor.Ask(r, ct), _time.GetTimestamp(), cancellationToken, out var result)
                ? await result
                : throw new ActorBusyException(_key);
        }
        catch when (!_cell.IsAlive)
        {
            // Another activation may have taken over; the next one finds its place anew.
            this.DeactivateOnIdle();
            throw;
        }
    }

    async Task IGrainBase.OnDeactivateAsync(DeactivationReason reason, CancellationToken token)
    {
        // While silos have shares of it the next one has to wait for their end.
        if (!await _cell.TryCollect(static _ => true)) await _cell.TryCollect(isIdle: null);
    }
}
