namespace Silo.Storage;

/// <summary>The append-only log of all tenants' events, in the order of their commits.</summary>
public interface IEventLog
{
    /// <summary>Events after <paramref name="position"/> (0 for the beginning), at most <paramref name="limit"/>.</summary>
    ValueTask<IReadOnlyList<StoredEvent>> ReadFrom(long position, int limit, CancellationToken cancellationToken);

    /// <summary>The events at these positions, in their order. Those that are dropped, or were never there, are left out.</summary>
    /// <param name="positions">Ascending; at most 10,000.</param>
    ValueTask<IReadOnlyList<StoredEvent>> ReadAt(IReadOnlyList<long> positions, CancellationToken cancellationToken);
}

/// <param name="Position">Strictly increasing over the whole log.</param>
/// <param name="Sequence">1, 2, 3 … per tenant key, without a gap.</param>
public sealed record StoredEvent(long Position, long TenantKey, long Sequence, DateTimeOffset At, int Kind, ReadOnlyMemory<byte> Payload);
