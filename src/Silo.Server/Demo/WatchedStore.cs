using Silo.Core.Messages;
using Silo.Storage;

namespace Silo.Server.Demo;

/// <summary>The real store, with somebody who looks on: at what the engine puts in line for the disk, and at what is on it.</summary>
internal sealed class WatchedStore(ISiloStore store, DemoChronicle chronicle) : ISiloStore, ISpool
{
    public ISpool Spool => this;

    public ITenantStore Tenants => store.Tenants;

    public IEventLog Events => store.Events;

    public IResourceStore Resources => store.Resources;

    public ISuppressionStore Suppressions => store.Suppressions;

    public IContactStore Contacts => store.Contacts;

    public IOptOutStore OptOuts => store.OptOuts;

    public INoticeStore Notices => store.Notices;

    public IRollUpStore RollUps => store.RollUps;

    public IInsightStore Insights => store.Insights;

    public IExportStore Exports => store.Exports;

    public IAuditLog Audit => store.Audit;

    public IOwnership Ownership => store.Ownership;

    public IAddressStore Addresses => store.Addresses;

    public bool AcceptsWrites => store.AcceptsWrites;

    public string? WriteRefusal => store.WriteRefusal;

    public long NextIds(int count) => store.Spool.NextIds(count);

    public long Enqueue(SpoolWrite write)
    {
        chronicle.OnEnqueued(write);
        return store.Spool.Enqueue(write);
    }

    public ValueTask WhenCommitted(long ticket, CancellationToken cancellationToken) =>
        store.Spool.WhenCommitted(ticket, cancellationToken);

    public ValueTask<IReadOnlyList<QueuedUnit>> ReadQueue(
        long tenantKey, QueueCursor after, int limit, bool includeSetAside, CancellationToken cancellationToken) =>
        store.Spool.ReadQueue(tenantKey, after, limit, includeSetAside, cancellationToken);

    public ValueTask<IReadOnlyList<TenantBacklog>> ReadBacklogs(CancellationToken cancellationToken) =>
        store.Spool.ReadBacklogs(cancellationToken);

    public ValueTask<IReadOnlyList<TenantQueueCount>> CountQueued(CancellationToken cancellationToken) =>
        store.Spool.CountQueued(cancellationToken);

    public ValueTask<IReadOnlyDictionary<long, Envelope>> ReadEnvelopes(
        IReadOnlyCollection<long> messageKeys, CancellationToken cancellationToken) =>
        store.Spool.ReadEnvelopes(messageKeys, cancellationToken);

    public ValueTask<StoredMessage?> ReadMessage(long messageKey, CancellationToken cancellationToken) =>
        store.Spool.ReadMessage(messageKey, cancellationToken);

    public ValueTask<IReadOnlyList<UnsettledUnit>> ReadUnsettled(CancellationToken cancellationToken) =>
        store.Spool.ReadUnsettled(cancellationToken);

    public ValueTask<IReadOnlySet<long>> FindInHand(IReadOnlyCollection<ReleasedUnitId> units, CancellationToken cancellationToken) =>
        store.Spool.FindInHand(units, cancellationToken);

    public ValueTask<IReadOnlyDictionary<FeedbackKey, int>> FindFeedback(
        long tenantKey, IReadOnlyCollection<FeedbackKey> units, CancellationToken cancellationToken) =>
        store.Spool.FindFeedback(tenantKey, units, cancellationToken);

    public ValueTask<AcceptedSend?> FindSend(UInt128 call, DateTimeOffset now, CancellationToken cancellationToken) =>
        store.Spool.FindSend(call, now, cancellationToken);

    public void Observe(Action<IReadOnlyList<SpoolWrite>> committed) =>
        store.Spool.Observe(writes =>
    {
        chronicle.OnCommitted(writes);
        committed(writes);
    });

    /// <summary>Who opened the real one disposes of it.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
