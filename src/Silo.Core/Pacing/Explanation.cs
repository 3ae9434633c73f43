namespace Silo.Core.Pacing;

/// <summary>Why the mail of a lane has not left yet.</summary>
/// <param name="IsPaused">The tenant is paused: nothing leaves before it is resumed, whatever else is said here.</param>
/// <param name="WaitsFor">
/// The level that holds it up: its budget has no room, or others are in line there. Null when nothing is due, or when it starts with the
/// next call.
/// </param>
/// <param name="Since">Since when it waits there; null when it does not wait.</param>
/// <param name="EarliestAt">
/// Before this instant the unit asked for does not start: the latest of what the rates and quotas of all levels on its way allow if
/// no other tenant and no other lane used them. Others do, so it is a lower bound. <see cref="DateTimeOffset.MaxValue"/>: not before
/// something changes (a rate of 0, a closed level). Slots that are taken count as free.
/// </param>
public readonly record struct Explanation(bool IsPaused, PacingLevel? WaitsFor, DateTimeOffset? Since, DateTimeOffset EarliestAt)
{
    /// <summary>
    /// An estimate of when it starts, never before <see cref="EarliestAt"/>: as if at each level that has no room now the tenant got its
    /// share by weight among those with mail due there, the lane its part of that by stream, and all of that went on as now. Others come
    /// and go, and what they leave over is shared, so that it can be earlier or later.
    /// </summary>
    public DateTimeOffset EstimatedAt { get; init; }
}
