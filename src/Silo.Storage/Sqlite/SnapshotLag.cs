using SQLitePCL;

namespace Silo.Storage.Sqlite;

/// <summary>One step of a tenant as a batch made it.</summary>
/// <param name="Position">Of the event; 0 for a snapshot, -1 when the tenant is gone.</param>
internal readonly record struct LagChange(long TenantKey, long Sequence, long Position)
{
    public static LagChange Appended(long tenantKey, long sequence, long position) => new(tenantKey, sequence, position);

    public static LagChange Snapshot(long tenantKey, long appliedSequence) => new(tenantKey, appliedSequence, 0);

    public static LagChange Gone(long tenantKey) => new(tenantKey, 0, -1);
}

/// <summary>
/// The tenants with events after their snapshot, and where in the log these events are, so that the log needs no index by tenant.
/// A position costs 8 bytes; how many there are is bounded by how far behind the server lets tenants fall
/// (<see cref="ITenantStore.TenantsToSnapshot"/>). Rebuilt at the start by one scan from the last known progress.
/// </summary>
internal sealed class SnapshotLag
{
    /// <summary>How many events pass until the progress is computed again: it walks over all tenants here.</summary>
    private const int EventsPerProgress = 32_768;

    private readonly Lock _lock = new();
    private readonly Dictionary<long, Tail> _tails = [];
    private long _commits;
    private long _lastPosition;
    private long _positionOfProgress;

    /// <summary>The positions of the events after the tenant's snapshot, and which commit that is true for.</summary>
    public (long Commits, long[] Positions) Read(long tenantKey)
    {
        lock (_lock) return (_commits, _tails.TryGetValue(tenantKey, out var tail) ? [.. tail.Positions] : []);
    }

    public bool TryGetLastSequence(long tenantKey, out long last)
    {
        lock (_lock)
        {
            last = _tails.TryGetValue(tenantKey, out var tail) ? tail.LastSequence : 0;
            return tail is not null;
        }
    }

    /// <summary>Tenants whose oldest event without a snapshot is more than <paramref name="maxBehind"/> events ago, the oldest first.</summary>
    public long[] Behind(long maxBehind, int limit)
    {
        lock (_lock)
        {
            return [.. _tails.Where(t => _lastPosition - t.Value.Positions.Peek() >= maxBehind)
                .OrderBy(t => t.Value.Positions.Peek()).Take(limit).Select(t => t.Key)];
        }
    }

    /// <summary>Up to this position all events are in snapshots; null when it is too early to ask again.</summary>
    public long? TakeProgress()
    {
        lock (_lock)
        {
            if (_lastPosition - _positionOfProgress < EventsPerProgress) return null;
            _positionOfProgress = _lastPosition;
            return Progress();
        }
    }

    public long Progress()
    {
        lock (_lock) return _tails.Count == 0 ? _lastPosition : _tails.Values.Min(t => t.Positions.Peek()) - 1;
    }

    public void Publish(List<LagChange> changes, long commits)
    {
        lock (_lock)
        {
            foreach (var change in changes) Apply(change);
            _commits = commits;
        }
    }

    public void Rebuild(sqlite3 database, long progress, long commits)
    {
        using var applied = new Statement(database, "SELECT applied_sequence FROM snapshots WHERE tenant_key = ?1");
        var appliedSequences = new Dictionary<long, long>();
        lock (_lock)
        {
            _tails.Clear();
            (_commits, _lastPosition, _positionOfProgress) = (commits, progress, progress);
            foreach (var segment in EventSegment.ReadAll(database))
            {
                using var events = new Statement(database, $"SELECT position, tenant_key, sequence FROM {segment.Table} WHERE position > ?1 ORDER BY position");
                events.Bind(0, progress);
                while (events.Step())
                {
                    var (position, tenant, sequence) = (events.Long(0), events.Long(1), events.Long(2));
                    _lastPosition = position;
                    // Events of a tenant that is gone count as applied.
                    if (!appliedSequences.TryGetValue(tenant, out var known))
                        appliedSequences.Add(tenant, known = applied.Bind(0, tenant).ReadLong() ?? long.MaxValue);
                    if (sequence > known) Apply(LagChange.Appended(tenant, sequence, position));
                }
            }
        }
    }

    private void Apply(LagChange change)
    {
        if (change.Position > 0)
        {
            _lastPosition = change.Position;
            if (!_tails.TryGetValue(change.TenantKey, out var tail)) _tails.Add(change.TenantKey, tail = new Tail());
            tail.Positions.Enqueue(change.Position);
            tail.LastSequence = change.Sequence;
        }
        else if (change.Position < 0)
        {
            _tails.Remove(change.TenantKey);
        }
        else if (_tails.TryGetValue(change.TenantKey, out var tail))
        {
            var left = tail.LastSequence - change.Sequence;
            while (tail.Positions.Count > left) tail.Positions.Dequeue();
            if (tail.Positions.Count == 0) _tails.Remove(change.TenantKey);
        }
    }

    private sealed class Tail
    {
        public Queue<long> Positions { get; } = new();

        public long LastSequence { get; set; }
    }
}
