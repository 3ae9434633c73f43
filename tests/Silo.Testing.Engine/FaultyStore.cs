using System.Collections.Concurrent;
using Silo.Core.Messages;
using Silo.Storage;

namespace Silo.Testing.Engine;

/// <summary>A store whose writes and reads fail on command, as a full disk or a bad sector would have it.</summary>
public sealed class FaultyStore(ISiloStore inner) : ISiloStore
{
    public FaultySpool Faulty { get; } = new(inner.Spool);

    public ISpool Spool => Faulty;

    public ChangedClaims Claims { get; } = new(inner.Tenants);

    public ITenantStore Tenants => Claims;

    public IEventLog Events => inner.Events;

    public IResourceStore Resources => inner.Resources;

    public WatchedSuppressions Lists { get; } = new(inner.Suppressions);

    public ISuppressionStore Suppressions => Lists;

    public IContactStore Contacts => inner.Contacts;

    public IOptOutStore OptOuts => inner.OptOuts;

    public INoticeStore Notices => inner.Notices;

    public IRollUpStore RollUps => inner.RollUps;

    public IInsightStore Insights => inner.Insights;

    public IExportStore Exports => inner.Exports;

    public IAuditLog Audit => inner.Audit;

    public IOwnership Ownership => inner.Ownership;

    public IAddressStore Addresses => inner.Addresses;

    public bool AcceptsWrites => inner.AcceptsWrites;

    public string? WriteRefusal => inner.WriteRefusal;

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}

/// <summary>The spool of a <see cref="FaultyStore"/>: what fails, is held up or is seen, and when.</summary>
public sealed class FaultySpool(ISpool inner) : ISpool
{
    private const long FailedTickets = 1L << 60;

    private readonly ConcurrentDictionary<long, Task> _held = [];
    private long _failed;
    private int _failures;
    private int _messageReads;

    /// <summary>Writes that are to fail. They reach no disk.</summary>
    public Func<SpoolWrite, bool>? FailsWrite { get; set; }

    /// <summary>Writes that are stored while their ticket says that they were not.</summary>
    public Func<SpoolWrite, bool>? DeniesWrite { get; set; }

    public Func<bool>? FailsRead { get; set; }

    /// <summary>What whoever waits for the write to be committed waits for besides; null for nothing.</summary>
    public Func<SpoolWrite, Task?>? HoldsWrite { get; set; }

    /// <summary>How long reads of messages take.</summary>
    public Func<CancellationToken, Task>? HoldsMessageRead { get; set; }

    public int MessageReads => Volatile.Read(ref _messageReads);

    /// <summary>Runs before the dispatcher is told of a commit that can be read already.</summary>
    public Action<IReadOnlyList<SpoolWrite>>? BeforeTelling { get; set; }

    /// <summary>Runs before a read of the queue.</summary>
    public Func<Task>? BeforeQueueRead { get; set; }

    /// <summary>Runs before a read of a tenant's queue, given its key and how many units are asked for at most.</summary>
    public Func<long, int, Task>? BeforeQueueReadOf { get; set; }

    /// <summary>Runs before a look for the send of a key.</summary>
    public Func<Task>? BeforeSendRead { get; set; }

    /// <summary>Sees every write before it is in line.</summary>
    public Action<SpoolWrite>? Sees { get; set; }

    public int Failures => Volatile.Read(ref _failures);

    public long NextIds(int count) => inner.NextIds(count);

    public long Enqueue(SpoolWrite write)
    {
        Sees?.Invoke(write);
        var denied = DeniesWrite?.Invoke(write) == true;
        if (denied)
        {
            inner.Enqueue(write);
        }
        else if (FailsWrite?.Invoke(write) != true)
        {
            var held = HoldsWrite?.Invoke(write);
            var ticket = inner.Enqueue(write);
            if (held is not null) _held[ticket] = held;
            return ticket;
        }

        Interlocked.Increment(ref _failures);
        return FailedTickets + Interlocked.Increment(ref _failed);
    }

    public async ValueTask WhenCommitted(long ticket, CancellationToken cancellationToken)
    {
        if (_held.TryGetValue(ticket, out var held)) await held;
        if (ticket > FailedTickets) throw new StorageException("The test wants it so.");
        await inner.WhenCommitted(ticket, cancellationToken);
    }

    public async ValueTask<IReadOnlyList<QueuedUnit>> ReadQueue(
        long tenantKey, QueueCursor after, int limit, bool includeSetAside, CancellationToken cancellationToken)
    {
        FailRead();
        if (BeforeQueueRead is not null) await BeforeQueueRead();
        if (BeforeQueueReadOf is not null) await BeforeQueueReadOf(tenantKey, limit);
        return await inner.ReadQueue(tenantKey, after, limit, includeSetAside, cancellationToken);
    }

    public ValueTask<IReadOnlyList<TenantBacklog>> ReadBacklogs(CancellationToken cancellationToken) => inner.ReadBacklogs(cancellationToken);

    public ValueTask<IReadOnlyList<TenantQueueCount>> CountQueued(CancellationToken cancellationToken) => inner.CountQueued(cancellationToken);

    public async ValueTask<StoredMessage?> ReadMessage(long messageKey, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _messageReads);
        FailRead();
        if (HoldsMessageRead is not null) await HoldsMessageRead(cancellationToken);
        return await inner.ReadMessage(messageKey, cancellationToken);
    }

    public ValueTask<IReadOnlyDictionary<long, Envelope>> ReadEnvelopes(
        IReadOnlyCollection<long> messageKeys, CancellationToken cancellationToken)
    {
        FailRead();
        return inner.ReadEnvelopes(messageKeys, cancellationToken);
    }

    public ValueTask<IReadOnlyList<UnsettledUnit>> ReadUnsettled(CancellationToken cancellationToken) => inner.ReadUnsettled(cancellationToken);

    public ValueTask<IReadOnlySet<long>> FindInHand(IReadOnlyCollection<ReleasedUnitId> units, CancellationToken cancellationToken) =>
        inner.FindInHand(units, cancellationToken);

    public ValueTask<IReadOnlyDictionary<FeedbackKey, int>> FindFeedback(
        long tenantKey, IReadOnlyCollection<FeedbackKey> units, CancellationToken cancellationToken) =>
        inner.FindFeedback(tenantKey, units, cancellationToken);

    public async ValueTask<AcceptedSend?> FindSend(UInt128 call, DateTimeOffset now, CancellationToken cancellationToken)
    {
        FailRead();
        if (BeforeSendRead is not null) await BeforeSendRead();
        return await inner.FindSend(call, now, cancellationToken);
    }

    public void Observe(Action<IReadOnlyList<SpoolWrite>> committed) => inner.Observe(writes =>
    {
        BeforeTelling?.Invoke(writes);
        committed(writes);
    });

    private void FailRead()
    {
        if (FailsRead?.Invoke() != true) return;
        Interlocked.Increment(ref _failures);
        throw new IOException("The test wants it so.");
    }
}
