namespace Silo.Storage;

/// <summary>
/// Events that somebody outside is to be told of: copies that were written in the commit of their event (<see cref="EventAppend.Notice"/>),
/// in the order of their tenant's events, and that go when every destination has had them. A tenant's notices are published by one
/// incarnation at a time, whoever owns the tenant: it claims them, and each step it makes holds only while it is alive and the claim is its.
/// Notices outlive their tenant.
/// </summary>
public interface INoticeStore
{
    /// <summary>
    /// Makes notices of tenants this incarnation's to publish: tenants that have some and are nobody's, or an ended incarnation's. Those that
    /// are its own already are not named again.
    /// </summary>
    /// <param name="tenantKeys">Of these only; null for any.</param>
    /// <param name="limit">1 to 1,000.</param>
    ValueTask<IReadOnlyList<NoticeClaim>> Claim(IReadOnlyCollection<long>? tenantKeys, int limit, CancellationToken cancellationToken);

    /// <summary>Notices of a tenant after <paramref name="afterSequence"/>, in their order, each with what is kept of its message.</summary>
    /// <param name="limit">1 to 10,000.</param>
    ValueTask<IReadOnlyList<StoredNotice>> Read(long tenantKey, long afterSequence, int limit, CancellationToken cancellationToken);

    /// <summary>
    /// The destination has had the tenant's notices up to this one. False, and nothing is changed, when the claim is not this incarnation's
    /// any more.
    /// </summary>
    /// <param name="destination">1 to 256 characters, opaque to the store.</param>
    ValueTask<bool> Advance(long tenantKey, string destination, long sequence, CancellationToken cancellationToken);

    /// <summary>
    /// Drops notices up to <paramref name="through"/>, and the cursors of destinations that are not named. When none is left the rest of the
    /// cursors goes too: what comes later is new to everybody. False as with <see cref="Advance"/>.
    /// </summary>
    /// <param name="destinations">Those that are still wanted.</param>
    ValueTask<bool> Trim(long tenantKey, long through, IReadOnlyCollection<string> destinations, CancellationToken cancellationToken);

    /// <summary>Gives the claim back, whatever is left. False when it was lost already.</summary>
    ValueTask<bool> Release(long tenantKey, CancellationToken cancellationToken);

    /// <summary>How many notices of a tenant stand after this sequence, and since when the oldest of them.</summary>
    ValueTask<NoticeBacklog> Count(long tenantKey, long afterSequence, CancellationToken cancellationToken);

    /// <summary>Tenants with notices, whoever publishes them, those with the oldest first.</summary>
    ValueTask<IReadOnlyList<TenantNoticeBacklog>> CountAll(int limit, CancellationToken cancellationToken);

    /// <summary>How far a destination is, by tenant key; tenants without a cursor for it are left out.</summary>
    ValueTask<IReadOnlyDictionary<long, long>> FindCursors(string destination, CancellationToken cancellationToken);

    /// <summary>Told after each commit, on the writer's thread, of the tenants that got notices. Set once.</summary>
    void OnWritten(Action<IReadOnlyCollection<long>> written);
}

/// <param name="TenantId">"tn-…"; also of a tenant that is deleted.</param>
/// <param name="Cursors">The last notice that each destination has had; a destination without one has had none.</param>
public sealed record NoticeClaim(long TenantKey, string TenantName, string TenantId, IReadOnlyDictionary<string, long> Cursors);

/// <param name="Sequence">That of the event.</param>
/// <param name="Kind">That of the event, as is <paramref name="Payload"/>.</param>
public sealed record StoredNotice(long TenantKey, long Sequence, DateTimeOffset At, int Kind, ReadOnlyMemory<byte> Payload)
{
    /// <summary>The configuration set of the message, as the event's write or its facts tell it; null when neither does.</summary>
    public string? ConfigurationSetName { get; init; }

    /// <summary>What was kept of the message at acceptance (<see cref="MessageFacts"/>); null when that is too long ago.</summary>
    public ReadOnlyMemory<byte>? Facts { get; init; }
}

/// <param name="OldestAt">Null when there is none.</param>
public readonly record struct NoticeBacklog(long Rows, DateTimeOffset? OldestAt);

public sealed record TenantNoticeBacklog(long TenantKey, string TenantName, long Rows, DateTimeOffset OldestAt);

/// <summary>That an event's commit makes a notice of it.</summary>
/// <param name="MessageId">Its message; null when it is of none.</param>
/// <param name="ConfigurationSetName">The message's configuration set, when that is at hand.</param>
public sealed record EventNotice(string? MessageId, string? ConfigurationSetName);

/// <summary>What notices of a message tell of it, kept from its acceptance on for some days (<c>FactsDays</c>). The first word holds.</summary>
/// <param name="MessageId">1 to 128 characters.</param>
/// <param name="Facts">Opaque to the store.</param>
public sealed record MessageFacts(string MessageId, DateTimeOffset AcceptedAt, string? ConfigurationSetName, ReadOnlyMemory<byte> Facts);
