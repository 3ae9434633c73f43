using Silo.Core.Messages;
using Silo.Core.Pacing;
using Silo.Core.Suppression;
using Silo.Core.Tenants;

namespace Silo.Storage;

/// <summary>
/// Messages and their delivery units from acceptance to outcome. There is one writer: it gathers what is enqueued into batches
/// (capped in bytes and time, fair by tenant, in order within a tenant) and commits each with one sync to disk.
/// </summary>
public interface ISpool
{
    /// <summary>Reserves <paramref name="count"/> consecutive ids and returns the first; ids never repeat, also over a restart.</summary>
    long NextIds(int count);

    /// <summary>
    /// Puts a write in line and returns its ticket at once. Writes of one tenant commit in the order in which they were enqueued;
    /// each is stored whole or not at all. A write is refused whole when it settles a unit that is not in hand under that release (it was
    /// settled before), when its events do not follow the tenant's last one, or when the tenant is not this incarnation's own.
    /// </summary>
    long Enqueue(SpoolWrite write);

    /// <summary>Completes when the write is on disk. Throws <see cref="StorageException"/> when it is not, or may not be.</summary>
    ValueTask WhenCommitted(long ticket, CancellationToken cancellationToken);

    /// <summary>Units of a tenant in the order (due, id) after the cursor, at most <paramref name="limit"/>; units in hand are among them.</summary>
    ValueTask<IReadOnlyList<QueuedUnit>> ReadQueue(
        long tenantKey, QueueCursor after, int limit, bool includeSetAside, CancellationToken cancellationToken);

    /// <summary>Tenants with queued units, for the wake-ups after a start. Set-aside units do not count.</summary>
    ValueTask<IReadOnlyList<TenantBacklog>> ReadBacklogs(CancellationToken cancellationToken);

    /// <summary>Queued units of all states, for the books: one row per tenant that has any.</summary>
    ValueTask<IReadOnlyList<TenantQueueCount>> CountQueued(CancellationToken cancellationToken);

    ValueTask<StoredMessage?> ReadMessage(long messageKey, CancellationToken cancellationToken);

    /// <summary>The envelopes of messages, by key; those that are gone are left out.</summary>
    ValueTask<IReadOnlyDictionary<long, Envelope>> ReadEnvelopes(
        IReadOnlyCollection<long> messageKeys, CancellationToken cancellationToken);

    /// <summary>
    /// Units that were released by an incarnation that has ended and have no outcome: the possible duplicates of tenants that are this
    /// incarnation's or nobody's. <see cref="ITenantStore.Claim"/> gives each tenant its own.
    /// </summary>
    ValueTask<IReadOnlyList<UnsettledUnit>> ReadUnsettled(CancellationToken cancellationToken);

    /// <summary>Of these units, those that are in hand under that release: what became of the others is stored already.</summary>
    ValueTask<IReadOnlySet<long>> FindInHand(IReadOnlyCollection<ReleasedUnitId> units, CancellationToken cancellationToken);

    /// <summary>What was told of these units so far; those of which nothing was are left out.</summary>
    ValueTask<IReadOnlyDictionary<FeedbackKey, int>> FindFeedback(
        long tenantKey, IReadOnlyCollection<FeedbackKey> units, CancellationToken cancellationToken);

    /// <summary>
    /// The send that was accepted under a key in the last <see cref="SendKey.Kept"/>; null when there was none. Of several, one per tenant, the
    /// oldest.
    /// </summary>
    /// <param name="call">As in <see cref="SendKey.Call"/>.</param>
    ValueTask<AcceptedSend?> FindSend(UInt128 call, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>
    /// Told after each commit, on the writer's thread, in commit order, before the tickets complete. Set once, before the first write.
    /// </summary>
    void Observe(Action<IReadOnlyList<SpoolWrite>> committed);
}

/// <summary>One atomic write for one tenant: any of an appended message, settled units, events, a snapshot; or a release record.</summary>
public sealed class SpoolWrite
{
    /// <summary>Whose write it is: order is kept and fairness is counted per key. 0 for release records, which span tenants.</summary>
    public required long TenantKey { get; init; }

    public MessageAppend? Append { get; init; }

    public IReadOnlyList<UnitSettlement> Settlements { get; init; } = [];

    public IReadOnlyList<EventAppend> Events { get; init; } = [];

    public TenantSnapshot? Snapshot { get; init; }

    /// <summary>What its events put on suppression lists.</summary>
    public IReadOnlyList<NewSuppression> Suppressions { get; init; } = [];

    /// <summary>What the events tell of units that left earlier: each in place of what was told of it before.</summary>
    public IReadOnlyList<FeedbackMark> Marks { get; init; } = [];

    /// <summary>What notices of its message will tell of it; null when nobody is to be told of anything about it.</summary>
    public MessageFacts? Facts { get; init; }

    /// <summary>What its events up to the snapshot, with which this comes, add to its roll-ups.</summary>
    public RollUpChanges? RollUps { get; init; }

    public ReleaseRecord? Release { get; init; }

    /// <summary>The key of the send that it accepts; null for one without.</summary>
    public SendMark? Send { get; init; }
}

/// <summary>A message with its units. Unit i of n has the id MessageKey + 1 + i, so all ids come from one <c>NextIds(n + 1)</c>.</summary>
/// <param name="Recipients">One per unit, 1 to 50.</param>
/// <param name="DueAt">When the units may first leave.</param>
public sealed record MessageAppend(
    long MessageKey, Envelope Envelope, ReadOnlyMemory<byte> Content, IReadOnlyList<string> Recipients, DateTimeOffset DueAt)
{
    /// <summary>What its configuration set says of its mail.</summary>
    public MailStream Stream { get; init; } = MailStream.Normal;

    /// <summary>The sending pool that its configuration set named when it was accepted; null when it named none.</summary>
    public string? Pool { get; init; }

    /// <summary>
    /// For each recipient the name of its mailbox provider, or null for the one that its domain is known for; null for that of all.
    /// </summary>
    public IReadOnlyList<string?>? Providers { get; init; }

    /// <summary>The domain that it is sent for (<see cref="Core.Messages.SendingDomain"/>).</summary>
    public string? SendingDomain { get; init; }
}

/// <summary>
/// The end of one release of one unit: final (<see cref="Retry"/> is null; the unit goes, and with the last unit its message), or
/// back to the queue.
/// </summary>
/// <param name="UnitsOfMessage">How many units the message was appended with.</param>
/// <param name="ReleaseId">The release that this settles; 0 for a unit that was not released (a cancelled one).</param>
public sealed record UnitSettlement(long UnitId, long MessageKey, int UnitsOfMessage, long ReleaseId, UnitRetry? Retry);

/// <param name="DueAt"><see cref="DateTimeOffset.MaxValue"/> sets the unit aside.</param>
/// <param name="Attempts">Attempts burned so far.</param>
/// <param name="FirstAttemptAt">When the first allowed attempt began; null when none has.</param>
/// <param name="Crashes">How often the process ended while the unit was in hand.</param>
/// <param name="PossibleDuplicate">A hand-over ended without a known outcome.</param>
public sealed record UnitRetry(DateTimeOffset DueAt, int Attempts, DateTimeOffset? FirstAttemptAt, int Crashes, bool PossibleDuplicate)
{
    /// <summary>The kinds of delay that its sender was told of: a bit for each number of <see cref="Core.Delivery.DelayType"/>.</summary>
    public int DelaysTold { get; init; }

    /// <summary>The sending pool that it names from now on; null leaves it as it is.</summary>
    public string? Pool { get; init; }

    /// <inheritdoc cref="QueuedUnit.OverflowPool"/>
    public string? OverflowPool { get; init; }
}

/// <summary>A numbered event as stored. <paramref name="Payload"/> is opaque to the store.</summary>
public sealed record EventAppend(long Sequence, DateTimeOffset At, int Kind, ReadOnlyMemory<byte> Payload)
{
    /// <summary>Somebody outside is to be told of it; null: nobody.</summary>
    public EventNotice? Notice { get; init; }
}

/// <summary>The state of a tenant after the event <paramref name="AppliedSequence"/>, with the columns that lists filter on.</summary>
/// <param name="State">Opaque to the store.</param>
/// <param name="Counters">Opaque to the store.</param>
/// <param name="SendingStatus">ENABLED, DISABLED or REINSTATED.</param>
/// <param name="ReputationImpact">LOW, HIGH, or null without an open finding.</param>
public sealed record TenantSnapshot(
    long AppliedSequence, ReadOnlyMemory<byte> State, ReadOnlyMemory<byte> Counters, string SendingStatus, string? ReputationImpact);

/// <summary>Written before hand-overs start: which units leave the queue together.</summary>
public sealed record ReleaseRecord(long ReleaseId, IReadOnlyList<long> UnitIds);

/// <summary>A unit as one release of it.</summary>
public readonly record struct ReleasedUnitId(long UnitId, long ReleaseId);

/// <summary>A place in a tenant's queue. The default is before everything.</summary>
public readonly record struct QueueCursor(DateTimeOffset DueAt, long UnitId);

public sealed record QueuedUnit(
    long Id, long MessageKey, int UnitsOfMessage, string Recipient, DateTimeOffset DueAt, int Attempts,
    DateTimeOffset? FirstAttemptAt, int Crashes, bool PossibleDuplicate)
{
    /// <inheritdoc cref="MessageAppend.Stream"/>
    public MailStream Stream { get; init; } = MailStream.Normal;

    /// <inheritdoc cref="MessageAppend.Pool"/>
    public string? Pool { get; init; }

    /// <summary>Its recipient's mailbox provider as it was known at acceptance; null for the one that its domain is known for.</summary>
    public string? Provider { get; init; }

    /// <inheritdoc cref="UnitRetry.DelaysTold"/>
    public int DelaysTold { get; init; }

    /// <summary>The domain that its message is sent for; null for mail of an earlier release, which did not say.</summary>
    public string? SendingDomain { get; init; }

    /// <summary>
    /// The sending pool that it leaves by since a warm-up of its tenant had no room for it; null for the one that it names.
    /// </summary>
    public string? OverflowPool { get; init; }

    /// <summary>The sending pool that it leaves by; null when that is nobody's choice.</summary>
    public string? LeavesBy => OverflowPool ?? Pool;
}

public sealed record TenantBacklog(long TenantKey, string TenantName, long Units, DateTimeOffset EarliestDueAt);

public sealed record TenantQueueCount(long TenantKey, string TenantName, long Queued, long SetAside);

public sealed record StoredMessage(long MessageKey, Envelope Envelope, ReadOnlyMemory<byte> Content);

public sealed record UnsettledUnit(long TenantKey, string TenantName, long ReleaseId, QueuedUnit Unit);
