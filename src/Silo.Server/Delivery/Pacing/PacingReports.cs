using Silo.Core.Pacing;

namespace Silo.Server.Delivery.Pacing;

/// <summary>What a tenant's mail has to pass on this silo, as it stands.</summary>
/// <param name="InHand">Its deliveries that were released and whose outcome is not stored.</param>
/// <param name="RestsUntil">Until when the tenant itself gives no permits; the maximum until something happens; null while it gives them.</param>
/// <param name="Lanes">Those that have mail in memory, in no order.</param>
/// <param name="Budgets">The levels that its lanes lead through, the account first, then the source addresses; each once.</param>
public sealed record TenantQueueReport(
    int InHand, DateTimeOffset? RestsUntil, IReadOnlyList<LaneReport> Lanes, IReadOnlyList<BudgetReport> Budgets);

/// <param name="Pool">The pool that its mail leaves from as things are.</param>
/// <param name="Due">Deliveries in memory that could leave now if the budgets let them.</param>
/// <param name="Later">Deliveries in memory whose time has not come.</param>
/// <param name="HasMore">More is in the spool that is not in memory.</param>
/// <param name="WaitsFor">The name of the level that holds it up; null when nothing is due or nothing holds it up.</param>
/// <param name="Since">Since when it waits there.</param>
/// <param name="EstimatedAt">An estimate of when the next delivery starts; null when nothing is due, the maximum for not before something changes.</param>
public sealed record LaneReport(
    MailStream Stream, string Pool, string Provider, int Due, int Later, bool HasMore, string? WaitsFor, DateTimeOffset? Since,
    DateTimeOffset? EstimatedAt)
{
    /// <summary>The sending domain whose mail it is; null for one that is not kept apart from others.</summary>
    public string? SendingDomain { get; init; }

    /// <summary>A warm-up had no room for its mail, which leaves by another pool than it names.</summary>
    public bool Overflows { get; init; }
}

/// <summary>One level and its use. What it does not limit is null.</summary>
/// <param name="Name">
/// As people read it: "account", "pool news", "news × Gmail"; of a source address "192.0.2.1" and "192.0.2.1 × Gmail".
/// </param>
/// <param name="Available">Hand-overs that its rate would let start now.</param>
/// <param name="PerDay">Recipients in any 24 hours.</param>
/// <param name="Slots">Hand-overs at a time.</param>
/// <param name="IsClosed">It is paused, or an address that cannot be used.</param>
/// <param name="BlockedSince">Since when it has no room while mail waits for it; null while it has.</param>
/// <param name="ThrottleReason">What the provider said when it asked to slow down; null while the rate is the planned one.</param>
public sealed record BudgetReport(
    string Name, double? RatePerSecond, double? Burst, double? Available, long? PerDay, long? UsedToday, int InHand, int? Slots, bool IsClosed,
    DateTimeOffset? BlockedSince, string? ThrottleReason, DateTimeOffset? ThrottledSince)
{
    /// <summary>Of a source address: why nothing leaves from it; null while mail does.</summary>
    public string? ClosedFor { get; init; }

    /// <summary>
    /// The provider puts off everything: nothing leaves until then, and after it one hand-over at a time until one is taken. Null while it
    /// does not.
    /// </summary>
    public DateTimeOffset? ParkedUntil { get; init; }

    /// <summary>What it said last when it did.</summary>
    public string? ParkedReason { get; init; }
}

/// <summary>Where a queued delivery stands.</summary>
public enum DeliveryPlace
{
    /// <summary>Its time has not come: a retry, or a route that rests.</summary>
    Later,

    /// <summary>In line for the budgets.</summary>
    InLine,

    /// <summary>Behind what is held in memory of its lane.</summary>
    BehindWindow,

    /// <summary>Released: it starts, or has started, and its outcome is not stored.</summary>
    InHand,

    /// <summary>A person or an order has set it aside.</summary>
    SetAside,

    /// <summary>The instant that its sender gave has not come.</summary>
    Scheduled,
}

/// <param name="Position">Its place among those that are due in its lane, 1 for the next; null when it is not in line.</param>
/// <param name="WaitsFor">The name of the level that holds it up; null when none does.</param>
/// <param name="Since">Since when its lane waits there.</param>
/// <param name="EarliestAt">Before this it does not start; null when it is not in line or nothing limits it.</param>
/// <param name="EstimatedAt">An estimate of when it starts; null as above.</param>
public sealed record DeliveryReport(
    string Recipient, DeliveryPlace Place, DateTimeOffset DueAt, int Attempts, int? Position, string? WaitsFor, DateTimeOffset? Since,
    DateTimeOffset? EarliestAt, DateTimeOffset? EstimatedAt);
