using Silo.Storage;

namespace Silo.Server.Events.Sending;

/// <summary>A tenant whose notices this silo publishes. Touched by the publisher's own turn alone.</summary>
internal sealed class TenantPublication(long key, string name, string id, IReadOnlyDictionary<string, long> cursors)
{
    /// <summary>How far <see cref="Looked"/> is kept in the store: no destination has this name.</summary>
    public const string LookCursor = "*";

    public long Key => key;

    public string Name => name;

    public string Id => id;

    /// <summary>As they stood when the tenant was claimed.</summary>
    public IReadOnlyDictionary<string, long> Cursors => cursors;

    /// <summary>Up to here it is known which destinations want the notices.</summary>
    public long Looked { get; set; } = cursors.GetValueOrDefault(LookCursor);

    public Dictionary<string, PublishedPair> Pairs { get; } = new(StringComparer.Ordinal);

    /// <summary>How far destinations were that are not enabled now: enabled again, they go on from there.</summary>
    public Dictionary<string, long> Left { get; } = new(StringComparer.Ordinal);

    /// <summary>Notices were written since the last look began.</summary>
    public bool IsWritten { get; set; } = true;

    /// <summary>A look, a trim or a release is under way.</summary>
    public bool IsBusy { get; set; }

    public bool IsInLine { get; set; }

    /// <summary>The claim is another silo's, or given back: nothing more is sent.</summary>
    public bool IsOver { get; set; }

    /// <summary>It was claimed again after it was given back, which is not known here yet.</summary>
    public NoticeClaim? Again { get; set; }

    /// <summary>POSTs under way.</summary>
    public int Running { get; set; }

    /// <summary>Up to here its notices were dropped from the store.</summary>
    public long Trimmed { get; set; }

    /// <summary>When it was looked at last, by timestamp.</summary>
    public long LookedAt { get; set; }

    public bool IsIdle => Pairs.Values.All(p => p.Step == PairStep.Idle);

    /// <summary>Every destination that is still there has had everything up to here.</summary>
    public long Done => Pairs.Count == 0 ? Looked : Math.Min(Looked, Pairs.Values.Min(p => p.Cursor));
}

/// <summary>One tenant's notices on their way to one destination: at most one POST at a time, so that they arrive in order.</summary>
internal sealed class PublishedPair(TenantPublication tenant, DestinationState destination, long cursor)
{
    public TenantPublication Tenant => tenant;

    public DestinationState Destination => destination;

    /// <summary>The last notice that it has had.</summary>
    public long Cursor { get; set; } = cursor;

    /// <summary>The store has a cursor for it, at or before this one.</summary>
    public bool IsStored { get; set; }

    /// <summary>The last notice that may concern it.</summary>
    public long Wanted { get; set; } = cursor;

    public PairStep Step { get; set; } = PairStep.Idle;

    /// <summary>The host that its POST under way goes to.</summary>
    public string RunsAt { get; set; } = "";

    /// <summary>In a row.</summary>
    public int Failures { get; set; }

    /// <summary>Turns in a row that ended because the store was away.</summary>
    public int StoreFailures { get; set; }

    /// <summary>By timestamp; while <see cref="Step"/> is <see cref="PairStep.Resting"/>.</summary>
    public long DueAt { get; set; }

    /// <summary>The notice that the endpoint refuses, and since when, by timestamp.</summary>
    public (long Sequence, long Since)? Refused { get; set; }

    /// <summary>When the notice was written that is at the head of what waits; null while nothing fails.</summary>
    public DateTimeOffset? HeadAt { get; set; }

    /// <summary>Notices that wait, as counted last.</summary>
    public long Behind { get; set; }

    /// <summary>When its backlog was counted last, by timestamp; null: it is to be counted at once.</summary>
    public long? CountedAt { get; set; }

    /// <summary>It stands in the list of those whose backlog is counted.</summary>
    public bool IsCounted { get; set; }

    /// <summary>So many of the tenant's oldest after the cursor are not sent any more.</summary>
    public long Surplus { get; set; }

    public bool IsOver => tenant.IsOver || destination.IsOver || Step == PairStep.Over;
}

internal enum PairStep
{
    /// <summary>It has had everything.</summary>
    Idle,

    /// <summary>In line for a turn.</summary>
    Ready,

    Running,

    /// <summary>After a failure, until its time.</summary>
    Resting,

    /// <summary>Behind the breaker of its destination.</summary>
    Held,

    Over,
}
