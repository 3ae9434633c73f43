namespace Silo.Storage;

/// <summary>
/// Which tenants this process may act for. A process runs as an incarnation. On a shared database it holds a lease that it renews;
/// tenants belong to an incarnation, and only that one writes for them and lets their mail leave. An incarnation whose lease lapsed
/// may be taken over: it is marked dead first, and only then its tenants are claimed, so that no two ever act for one tenant.
/// A store that one process alone can open has one incarnation, which owns everything for as long as it is open.
/// </summary>
public interface IOwnership
{
    /// <summary>This process among all that ever opened the store: 1 or more, larger than every one before it.</summary>
    long Incarnation { get; }

    /// <summary>
    /// True while mail may begin to leave and a final dot may be written. Judged by this process's own clocks, so it costs no I/O; false
    /// also while it is merely unknown whether the lease could be renewed.
    /// </summary>
    bool IsHeld { get; }

    /// <summary>
    /// Completes, with the reason as the end of a sentence, when this incarnation is over for good: another one took it over, or the
    /// store was out of reach for too long. Everything in memory is void then, and the process is to stop.
    /// </summary>
    Task<string> Lost { get; }

    /// <summary>The tenant belongs to this incarnation. No I/O.</summary>
    bool Owns(long tenantKey);

    /// <summary>Told of tenants of this incarnation that another one asks for, again each second until they are given. Set once.</summary>
    void OnRequested(Action<IReadOnlyList<TenantRequest>> requested);

    /// <summary>
    /// Gives a tenant to the incarnation that asked for it, behind all its writes that are in line; nothing of it may be in hand. Writes
    /// for it are refused from this call on. One that is this incarnation's without its knowing, since it was given after the claim had
    /// stopped waiting, goes as well. False: the other one has ended meanwhile, and the tenant stays here.
    /// </summary>
    ValueTask<bool> HandTo(TenantRequest request, CancellationToken cancellationToken);

    /// <summary>
    /// Lets a tenant go that has no queued mail, so that whoever needs it next may claim it; behind all its writes that are in line.
    /// False: it has mail, and stays here. One process on its own keeps everything and answers false.
    /// </summary>
    ValueTask<bool> Release(long tenantKey, CancellationToken cancellationToken);

    /// <summary>Incarnations whose lease has not lapsed, this one among them, in the order of their numbers.</summary>
    ValueTask<IReadOnlyList<LivingIncarnation>> ReadLiving(CancellationToken cancellationToken);

    /// <summary>Where the tenant's incarnation is to be reached, if it lives; null when nobody owns it now. Asked for in sets.</summary>
    ValueTask<string?> FindOwner(string tenantName, CancellationToken cancellationToken);

    /// <summary>
    /// Names of tenants with mail, queued or in hand, whose incarnation has ended: nobody else would wake them. At most
    /// <paramref name="limit"/> of the share <paramref name="share"/> of <paramref name="shares"/>, so that survivors part the work.
    /// </summary>
    ValueTask<IReadOnlyList<string>> ReadOrphans(int share, int shares, int limit, CancellationToken cancellationToken);
}

/// <param name="Incarnation">Who asks.</param>
public sealed record TenantRequest(long TenantKey, string TenantName, long Incarnation);

/// <param name="Address">Where its silo is to be reached by others, as it registered itself; opaque to the store.</param>
public sealed record LivingIncarnation(long Incarnation, string Address);
