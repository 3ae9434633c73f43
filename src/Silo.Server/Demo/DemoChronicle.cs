using System.Collections.Concurrent;
using System.Globalization;
using Silo.Core.Reputation;
using Silo.Core.Suspension;
using Silo.Core.Tenants;
using Silo.Storage;

namespace Silo.Server.Demo;

/// <summary>What happened, in words, read from the events that the engine stores. Measures pauses on the way.</summary>
internal sealed class DemoChronicle(TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly List<DemoEntry> _entries = [];
    private readonly List<DemoPause> _pauses = [];
    private readonly ConcurrentDictionary<long, string> _names = [];
    private readonly ConcurrentDictionary<SpoolWrite, DateTimeOffset> _decisions = new(ReferenceEqualityComparer.Instance);
    private readonly ConcurrentDictionary<long, long> _begunAfterPause = [];
    private long _started = time.GetTimestamp();

    public TimeSpan Elapsed => time.GetElapsedTime(_started);

    public IReadOnlyList<DemoEntry> Entries
    {
        get
        {
            lock (_lock) return [.. _entries];
        }
    }

    public IReadOnlyList<DemoPause> Pauses
    {
        get
        {
            lock (_lock) return [.. _pauses];
        }
    }

    /// <summary>The clock of the story starts.</summary>
    public void Begin() => _started = time.GetTimestamp();

    public void Know(long tenantKey, string name) => _names[tenantKey] = name;

    /// <summary>Hand-overs of a tenant that began after its pause was on disk: none, if the promise holds.</summary>
    public long BegunAfterPause(string tenant) => _names.Where(n => n.Value == tenant).Sum(n => _begunAfterPause.GetValueOrDefault(n.Key));

    public void Say(string tenant, string text, bool isBad = false)
    {
        lock (_lock) _entries.Add(new DemoEntry(Elapsed, tenant, text, isBad));
    }

    /// <summary>Called by the actor in its turn, right after it applied what it decided.</summary>
    public void OnEnqueued(SpoolWrite write)
    {
        foreach (var e in write.Events)
        {
            if (!IsDecision(e) || !_names.ContainsKey(write.TenantKey)) continue;
            _decisions[write] = time.GetUtcNow();
            return;
        }
    }

    public void OnCommitted(IReadOnlyList<SpoolWrite> writes)
    {
        foreach (var write in writes)
        {
            if (_decisions.TryRemove(write, out var decidedAt)) Tell(write, decidedAt);
            else if (_begunAfterPause.ContainsKey(write.TenantKey)) CountBegun(write);
        }
    }

    private static bool IsDecision(EventAppend e) => (TenantEventKind)e.Kind is TenantEventKind.FindingOpened
        or TenantEventKind.FindingChanged or TenantEventKind.FindingClosed or TenantEventKind.StatusChanged;

    private void Tell(SpoolWrite write, DateTimeOffset decidedAt)
    {
        var name = _names[write.TenantKey];
        foreach (var stored in write.Events.Where(IsDecision))
        {
            var e = TenantEvent.FromPayload(stored.Sequence, stored.At, stored.Kind, stored.Payload.Span);
            if (e.Finding is { } finding) Say(name, Describe(e.Kind, finding), finding.ClosedAt is null);
            if (e.Kind == TenantEventKind.StatusChanged && e.Standing?.Aggregate == SendingStatus.Disabled)
                Add(write.TenantKey, new DemoPause(name, e.At, decidedAt, time.GetUtcNow()));
        }
    }

    private void Add(long tenantKey, DemoPause pause)
    {
        _begunAfterPause.TryAdd(tenantKey, 0);
        lock (_lock) _pauses.Add(pause);
        Say(pause.Tenant, $"PAUSED: {pause.Latency}. Its queue is parked, not bounced.", isBad: true);
    }

    private void CountBegun(SpoolWrite write)
    {
        var name = _names[write.TenantKey];
        var storedAt = Pauses.Last(p => p.Tenant == name).StoredAt;
        foreach (var stored in write.Events)
        {
            var e = TenantEvent.FromPayload(stored.Sequence, stored.At, stored.Kind, stored.Payload.Span);
            if (e.SentAt > storedAt) _begunAfterPause.AddOrUpdate(write.TenantKey, 1, static (_, count) => count + 1);
        }
    }

    private static string Describe(TenantEventKind kind, Finding finding)
    {
        var what = kind switch
        {
            TenantEventKind.FindingOpened => $"Finding opened, impact {Impact(finding)}",
            TenantEventKind.FindingClosed => "Finding closed",
            _ => $"Finding is of impact {Impact(finding)} now",
        };
        return string.Create(CultureInfo.InvariantCulture,
            $"{what}: {finding.Description} With confidence at least {finding.LowerBound * 100:0.0}%.");
    }

    private static string Impact(Finding finding) => finding.Impact.ToString().ToUpperInvariant();
}

/// <param name="At">Since the start.</param>
internal sealed record DemoEntry(TimeSpan At, string Tenant, string Text, bool IsBad);
