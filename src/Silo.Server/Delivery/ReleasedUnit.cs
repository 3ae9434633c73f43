using Silo.Core.Pacing;
using Silo.Server.Delivery.Pacing;
using Silo.Server.Tenants;
using Silo.Storage;

namespace Silo.Server.Delivery;

/// <summary>A unit on its way out: in hand from its release until its outcome is on disk. Owned by the dispatcher's loop.</summary>
/// <param name="grant">What was reserved for it, among others.</param>
/// <param name="round">Of the route's throttle, when it was released.</param>
/// <param name="term">For what its permit is good.</param>
internal sealed class ReleasedUnit(TenantQueue queue, QueuedUnit unit, PacedRoute route, Grant grant, int round, PermitTerm? term)
{
    public TenantQueue Queue => queue;

    public QueuedUnit Unit => unit;

    public PacedRoute Route => route;

    public Grant Grant => grant;

    public int Round => round;

    public PermitTerm? Term => term;

    /// <summary>Of the route's rests (<see cref="Core.Delivery.DeferringProvider.Round"/>), when it was released.</summary>
    public int RestRound { get; } = route.Deferring?.Round ?? 0;

    /// <summary>
    /// Under which it leaves; 0 until that is being stored. A unit can be released again before the last is heard of an earlier time.
    /// </summary>
    public long ReleaseId { get; set; }

    /// <summary>It passed the gate: what was reserved for it is spent.</summary>
    public bool HasStarted { get; set; }
}
