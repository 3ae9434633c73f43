using Silo.Core.Ownership;
using Silo.Core.Pacing;
using Silo.Server.Delivery.Pacing;
using Silo.Server.Tenants;
using Silo.Storage;

namespace Silo.Server.Delivery;

/// <summary>
/// A unit on its way out: in hand from its release until its outcome is on disk. Owned by the dispatcher's loop, but for what says that
/// any thread may ask.
/// </summary>
/// <param name="route">By which it was granted.</param>
/// <param name="source">The address that it leaves from; null where mail leaves by no address of its pool.</param>
/// <param name="grant">What was reserved for it, among others.</param>
/// <param name="term">For what its permit is good.</param>
/// <param name="hold">Of the grant.</param>
internal sealed class ReleasedUnit(
    LaneQueue lane, QueuedUnit unit, PacedRoute route, PacedSource? source, Grant grant, GrantHold hold, PermitTerm? term)
{
    public TenantQueue Queue => lane.Tenant;

    public QueuedUnit Unit => unit;

    public PacedRoute Route => route;

    public PacedSource? Source => source;

    public Grant Grant => grant;

    /// <summary>The budget that learns from its end what the provider takes.</summary>
    public PacedBudget Pace { get; } = source?.Pace ?? route.Pace;

    /// <summary>Of the throttle, when it was released.</summary>
    public int Round { get; } = (source?.Pace ?? route.Pace).Round;

    public PermitTerm? Term => term;

    /// <summary>Of the route's rests (<see cref="Core.Delivery.DeferringProvider.Round"/>), when it was released.</summary>
    public int RestRound { get; } = route.Deferring?.Round ?? 0;

    /// <summary>
    /// False while nothing is to begin by the way that it was granted: that is paused or gone, or mail of its kind has another one since. May
    /// be asked by any thread.
    /// </summary>
    /// <remarks>The lane's route is read first, and that as volatile: the flags of budgets behind it are read anew each time.</remarks>
    public bool IsWayOpen => lane.Route == route && route.IsOpen && (source?.IsOpen ?? !route.Level.LeavesBySource);

    /// <summary>False when it was granted too long ago, or shares that it was granted from are over. May be asked by any thread.</summary>
    public bool MayStart(LeaseInstant now) => hold.MayStart(now);

    /// <summary>What its hand-over showed of its source; known once that has ended.</summary>
    public SourceNews? SourceNews { get; set; }

    /// <summary>
    /// Under which it leaves; 0 until that is being stored. A unit can be released again before the last is heard of an earlier time.
    /// </summary>
    public long ReleaseId { get; set; }

    /// <summary>It passed the gate: what was reserved for it is spent.</summary>
    public bool HasStarted { get; set; }
}
