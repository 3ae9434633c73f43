using System.Collections.Concurrent;
using Silo.LoadTest.Sinks;
using Silo.LoadTest.Traffic;

namespace Silo.LoadTest.Runs;

/// <summary>
/// What the run itself looks at in what arrives, flow by flow: how long mail took, and what began when it should not have.
/// </summary>
internal sealed class ArrivalWatch(LaneRegister lanes, IEnumerable<string> flows, TimeProvider time)
{
    private readonly Dictionary<string, FlowArrivals> _flows = flows.ToDictionary(f => f, _ => new FlowArrivals(), StringComparer.Ordinal);
    private readonly ConcurrentBag<Embargo> _embargoes = [];

    public FlowArrivals Of(string flow) => _flows[flow];

    /// <summary>From now on nothing of these is to begin. What does is counted.</summary>
    /// <param name="flow">Null: all of the tenants' mail.</param>
    /// <param name="tenants">Null: of all tenants.</param>
    public Embargo Forbid(string? flow, IReadOnlySet<int>? tenants)
    {
        var embargo = new Embargo(flow, tenants, time.GetTimestamp());
        _embargoes.Add(embargo);
        return embargo;
    }

    /// <summary>Called by the sink, from its connections.</summary>
    public void OnArrival(Arrival arrival)
    {
        if (lanes.Find(arrival.Mark.Lane) is not { } lane || !_flows.TryGetValue(lane.Flow, out var flow)) return;
        foreach (var embargo in _embargoes) embargo.Look(lane, arrival.BegunAt);
        var wait = arrival.Mark.Due == 0 ? (TimeSpan?)null : arrival.At.UtcDateTime - new DateTime(arrival.Mark.Due, DateTimeKind.Utc)
            - time.GetElapsedTime(arrival.BegunAt, arrival.EndedAt);
        flow.Add(lane.Number, arrival, wait);
    }
}

/// <summary>Arrivals of one flow. Safe for several threads.</summary>
internal sealed class FlowArrivals
{
    // Of bounces the times are kept, to tell which one it was that paused a tenant; a run whose bounces matter has few.
    private const int MaxBouncesKept = 1_000_000;

    private readonly Lock _lock = new();
    private readonly LatencyHistogram _wait = new();
    private readonly LatencyHistogram _sinceLook = new();
    private readonly Dictionary<(int Lane, long Number), DateTimeOffset> _bounces = [];

    public long Begun { get; private set; }

    public long Delivered { get; private set; }

    public long Bounced { get; private set; }

    /// <param name="wait">From the intended time to the beginning of its leaving; null when it is not known.</param>
    public void Add(int lane, Arrival arrival, TimeSpan? wait)
    {
        lock (_lock)
        {
            Begun++;
            if (arrival.End is ArrivalEnd.HardBounced or ArrivalEnd.SoftBounced)
            {
                Bounced++;
                if (_bounces.Count < MaxBouncesKept) _bounces.TryAdd((lane, arrival.Mark.Number), arrival.At);
            }

            if (arrival.End != ArrivalEnd.Delivered) return;
            Delivered++;
            if (wait is not { } known) return;
            _wait.Add(known);
            _sinceLook.Add(known);
        }
    }

    public DateTimeOffset? BounceOf(int lane, long number)
    {
        lock (_lock) return _bounces.TryGetValue((lane, number), out var at) ? at : null;
    }

    /// <summary>Adds the waits so far, or those since the last look.</summary>
    public void AddTo(LatencyHistogram wait, bool sinceLook)
    {
        lock (_lock)
        {
            wait.Add(sinceLook ? _sinceLook : _wait);
            if (sinceLook) _sinceLook.Clear();
        }
    }
}

/// <summary>Mail that may not begin to leave from an instant on.</summary>
/// <param name="since">A timestamp of the sink's clock.</param>
internal sealed class Embargo(string? flow, IReadOnlySet<int>? tenants, long since)
{
    private long _broken;

    /// <summary>Attempts that began all the same.</summary>
    public long Broken => Interlocked.Read(ref _broken);

    public void Look(SentLane lane, long begunAt)
    {
        if (begunAt <= since || (flow is not null && lane.Flow != flow) || (tenants is not null && !tenants.Contains(lane.Tenant.Number)))
            return;
        Interlocked.Increment(ref _broken);
    }
}
