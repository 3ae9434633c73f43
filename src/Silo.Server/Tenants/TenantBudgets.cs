using Silo.Core.Suspension;
using Silo.Server.Delivery.Pacing;

namespace Silo.Server.Tenants;

/// <summary>What a tenant's mail has to pass: its own limits with their use, and those that it shares with others.</summary>
/// <param name="Own">Decided by the tenant alone.</param>
/// <param name="Queue">On the silo that owns the tenant.</param>
public sealed record TenantBudgets(TenantBudget Own, TenantQueueReport Queue);

/// <param name="MaySend">False while it is paused: nothing of it starts.</param>
/// <param name="Cause">Why it is paused, in the words of the pause; null while it may send.</param>
/// <param name="Weight">Its part of what several tenants want at once.</param>
/// <param name="SendRate">Hand-overs per second.</param>
/// <param name="SendBurst">Hand-overs at once after a rest.</param>
/// <param name="Available">Hand-overs that its rate would let start now.</param>
/// <param name="Unresolved">Hand-overs whose outcome is not known.</param>
/// <param name="UnresolvedCap">So many may be unresolved at a time, by the evidence that the tenant has given.</param>
public sealed record TenantBudget(
    bool MaySend, string? Cause, double Weight, double SendRate, double SendBurst, double Available, int Unresolved, int UnresolvedCap)
{
    /// <summary>Its warm-up, the total first; empty without one.</summary>
    public IReadOnlyList<WarmUpReport> WarmUp { get; init; } = [];

    /// <summary>By which mail leaves that the warm-up has no room for; null while it waits instead.</summary>
    public string? OverflowPool { get; init; }
}

/// <summary>Why the deliveries of a message have not left yet.</summary>
/// <param name="Deliveries">Those that are still queued; empty when none is, or none was found.</param>
public sealed record MessageExplanation(TenantBudget Tenant, IReadOnlyList<DeliveryReport> Deliveries);
