using Orleans;
using Orleans.Concurrency;
using Orleans.Runtime;
using Orleans.Runtime.Placement;
using Silo.Orleans.Placement;
using Silo.Server.Tenants;
using Silo.Server.Tenants.Embedded;

namespace Silo.Orleans.Tenants;

/// <summary>
/// Hosts a tenant's actor on the silo that is to own it. The same mailbox as in one process gives the turns: Orleans lets every call in
/// (reentrant), and the mailbox lets one after the other act, so that a call that only waits for the disk holds up nobody. The actor comes
/// to life in its first call's turn, so that a claim that fails is that call's own failure.
/// </summary>
[Reentrant]
[OwnerPlacement]
[GrainType("tenant")]
internal sealed class TenantGrain : TenantMailbox, ITenantGrain, IGrainBase
{
    private readonly LocalTenants _local;
    private readonly TimeProvider _time;
    private readonly ActorCell<TenantActor> _cell;

    public TenantGrain(IGrainContext context, LocalTenants local, TenantServices services)
        : base(services.Store.Spool)
    {
        GrainContext = context;
        (_local, _time, Name) = (local, services.Time, context.GrainId.Key.ToString()!);
        _cell = new ActorCell<TenantActor>(Name, name => new TenantActor(name, services), local.Options, local.TookUnclean(Name));
    }

    public IGrainContext GrainContext { get; }

    public string Name { get; }

    /// <summary>Timestamp of the last call.</summary>
    public long LastUsed => _cell.LastUsed;

    Task IGrainBase.OnActivateAsync(CancellationToken token)
    {
        _local.Add(this);
        return Task.CompletedTask;
    }

    async Task IGrainBase.OnDeactivateAsync(DeactivationReason reason, CancellationToken token)
    {
        try
        {
            if (_local.IsLost) return;
            // At the end of the process everything is saved and nothing released: the whole incarnation is over at once.
            if (reason.ReasonCode != DeactivationReasonCode.ShuttingDown && await _cell.TryCollect(static _ => true)) return;
            await _cell.TryCollect(isIdle: null);
        }
        finally
        {
            _local.Remove(this, _cell.IsUnclean);
        }
    }

    /// <summary>The tenant's key; 0 when there is no such tenant.</summary>
    public ValueTask<long> FindKey(CancellationToken cancellationToken) =>
        Call(0, static (actor, _, _) => ValueTask.FromResult(actor.TenantKey), cancellationToken);

    /// <summary>Lets the next activation be at another silo, which then asks for the tenant. Called on any thread.</summary>
    public void LeaveFor(SiloAddress silo) =>
        GrainContext.Migrate(new Dictionary<string, object> { [IPlacementDirector.PlacementHintKey] = silo });

    /// <summary>What is in memory is not to be used any more, nor to be saved. Called on any thread.</summary>
    public void Discard()
    {
        _cell.Discard();
        this.DeactivateOnIdle();
    }

    protected override async ValueTask<TResult> Call<TArgument, TResult>(
        TArgument argument, Func<TenantActor, TArgument, CancellationToken, ValueTask<TResult>> call, CancellationToken cancellationToken)
    {
        try
        {
            return _cell.TryPost(argument, call, _time.GetTimestamp(), cancellationToken, out var result)
                ? await result
                : throw new ActorBusyException(Name);
        }
        catch when (!_cell.IsAlive)
        {
            // The next activation is placed anew, where the tenant's owner is by then.
            this.DeactivateOnIdle();
            throw;
        }
    }
}
