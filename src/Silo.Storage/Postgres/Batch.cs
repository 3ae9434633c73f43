using Silo.Storage.Writing;

namespace Silo.Storage.Postgres;

/// <summary>
/// Writes that are stored together. What the store knows of its tenants is changed along the way, so that each write is judged after those
/// before it, and taken back when the batch is not stored. A write that breaks a rule fails here, alone, before anything is sent.
/// </summary>
internal sealed class Batch(OwnTenants own, UnitsInHand inHand)
{
    /// <summary>Positions have 20 bits for the place of an event in its batch.</summary>
    public const int MaxEvents = 1_000_000;

    private readonly HashSet<long> _settledUnits = [];
    private readonly HashSet<long> _endedLines = [];
    private readonly List<(OwnTenant Tenant, long Last, long Applied)> _tenantsBefore = [];
    private readonly List<LogChange> _log = [];

    public List<PendingWrite> Writes { get; } = [];

    public BatchRows Rows { get; } = new();

    public List<ReleaseRecord> Releases { get; } = [];

    public List<PostgresChange> Changes { get; } = [];

    /// <summary>There is something to send.</summary>
    public bool HasContent { get; private set; }

    /// <summary>False when the write must see this batch stored first, and so belongs to a later one.</summary>
    public bool TryAdd(PendingWrite pending)
    {
        if (_endedLines.Contains(pending.Line)) return false;
        if (pending is PostgresChange change)
        {
            if (change.IsOfTenant) _endedLines.Add(change.Line);
            Changes.Add(change);
            HasContent = true;
        }
        else
        {
            var write = pending.Write!;
            if (write.Settlements.Any(s => _settledUnits.Contains(s.UnitId))) return false;
            if (Writes.Count > 0 && Rows.EventCount + write.Events.Count > MaxEvents) return false;
            pending.Failure = Check(write) is { } why ? new RefusedWriteException(why) : null;
            if (pending.Failure is null) Add(write, pending.Envelope);
        }

        Writes.Add(pending);
        return true;
    }

    /// <summary>The batch is stored: others may see it.</summary>
    public void Publish(BatchAnswer answer, long logOffset)
    {
        own.Publish(_log, (answer.TransactionNumber + logOffset) << 20);
        for (var i = 0; i < Releases.Count && answer.Released is { } released; i++)
            inHand.Keep(Releases[i].ReleaseId, Releases[i].UnitIds, released[i]);
        inHand.Forget();
        for (var i = 0; i < Changes.Count; i++)
        {
            if (answer.Changes is null)
                Changes[i].Failure = new StorageException("The change was stored, but the answer to it was lost with the connection.");
            Changes[i].Answered(answer.Changes?[i]);
        }
    }

    /// <summary>The batch is not stored: everything in memory is as it was before.</summary>
    public void Undo()
    {
        for (var i = _tenantsBefore.Count - 1; i >= 0; i--)
        {
            var (tenant, last, applied) = _tenantsBefore[i];
            (tenant.LastSequence, tenant.AppliedSequence) = (last, applied);
        }

        inHand.Undo(0);
    }

    public void Clear()
    {
        Writes.Clear();
        Rows.Clear();
        Releases.Clear();
        Changes.Clear();
        _settledUnits.Clear();
        _endedLines.Clear();
        _tenantsBefore.Clear();
        _log.Clear();
        HasContent = false;
    }

    /// <summary>Why the write is refused, with nothing changed; null when its sequences and units are taken.</summary>
    private string? Check(SpoolWrite write)
    {
        if (write.Release is { } release && inHand.IsKnown(release.ReleaseId)) return $"There is a release {release.ReleaseId} already.";
        if (write is { Append: null, Settlements.Count: 0, Events.Count: 0, Snapshot: null, Marks.Count: 0 }) return null;
        if (own.Find(write.TenantKey) is not { IsLoaded: true } tenant) return $"Tenant {write.TenantKey} is not this incarnation's.";
        if (write.Events.Count > MaxEvents) return $"{write.Events.Count} events are too many for one write.";
        var last = tenant.LastSequence;
        foreach (var appended in write.Events)
        {
            if (appended.Sequence != last + 1)
                return $"Event {appended.Sequence} of tenant {tenant.Key} does not follow its last one, {last}.";
            last = appended.Sequence;
        }

        if (write.Snapshot?.AppliedSequence is { } applied)
        {
            if (applied > last) return $"The snapshot of tenant {tenant.Key} claims event {applied}; its last one is {last}.";
            if (applied < tenant.AppliedSequence) return $"Tenant {tenant.Key} has a later snapshot than {applied}.";
        }

        if (Settle(write.Settlements) is { } refused) return refused;
        _tenantsBefore.Add((tenant, tenant.LastSequence, tenant.AppliedSequence));
        (tenant.LastSequence, tenant.AppliedSequence) = (last, write.Snapshot?.AppliedSequence ?? tenant.AppliedSequence);
        return null;
    }

    private string? Settle(IReadOnlyList<UnitSettlement> settlements)
    {
        var (mark, over) = (inHand.Mark, Rows.OverReleases.Count);
        foreach (var settlement in settlements)
        {
            // What was told before would be booked twice: the unit is gone, or this release of it was settled.
            if (settlement.ReleaseId != 0 && !inHand.IsInHand(settlement.UnitId, settlement.ReleaseId))
            {
                inHand.Undo(mark);
                Rows.OverReleases.RemoveRange(over, Rows.OverReleases.Count - over);
                return $"Unit {settlement.UnitId} is not in hand under the release {settlement.ReleaseId}.";
            }

            if (settlement.ReleaseId != 0 || settlement.Retry is null) inHand.Settled(settlement.UnitId, Rows.OverReleases);
        }

        return null;
    }

    private void Add(SpoolWrite write, byte[]? envelope)
    {
        if (write.Append is { } append) Rows.Append(write.TenantKey, append, envelope!);
        foreach (var settlement in write.Settlements)
        {
            _settledUnits.Add(settlement.UnitId);
            Rows.Settle(settlement);
        }

        if (write.Release is { } release)
        {
            inHand.Release(release.ReleaseId, release.UnitIds, Rows.OverReleases);
            Releases.Add(release);
        }

        foreach (var (ofTenant, entry) in write.Suppressions) Rows.Suppress(ofTenant ? write.TenantKey : 0, entry);
        if (write.Facts is { } facts) Rows.Keep(facts);
        if (write.Send is { } send) Rows.Keep(write.TenantKey, send);
        foreach (var mark in write.Marks) Rows.Mark(write.TenantKey, mark);
        if (write.RollUps is { } rollUps) Rows.Add(write.TenantKey, rollUps);
        if (write.Events.Count > 0 || write.Snapshot is not null) AddEvents(write, own.Find(write.TenantKey)!);
        HasContent |= write is not { Append: null, Settlements.Count: 0, Events.Count: 0, Snapshot: null, Release: null, Marks.Count: 0 };
    }

    private void AddEvents(SpoolWrite write, OwnTenant tenant)
    {
        foreach (var appended in write.Events)
        {
            _log.Add(new(tenant, appended.Sequence, Rows.EventCount));
            Rows.Append(tenant.Key, appended);
        }

        if (write.Snapshot is not { } snapshot) return;
        Rows.Write(tenant.Key, snapshot);
        _log.Add(new(tenant, snapshot.AppliedSequence, -1));
    }
}

/// <summary>What the database said to a batch that it stored.</summary>
/// <param name="Released">Of each release the units that exist; null when that answer was lost.</param>
/// <param name="Changes">The answer to each change; null when they were lost.</param>
internal sealed record BatchAnswer(long TransactionNumber, IReadOnlyList<HashSet<long>>? Released, IReadOnlyList<long>? Changes);
