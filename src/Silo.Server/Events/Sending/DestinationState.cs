namespace Silo.Server.Events.Sending;

/// <summary>
/// What this silo has seen of a destination over all tenants, with its breaker: open, its tenants wait for one attempt now and then.
/// Touched by the publisher's own turn alone.
/// </summary>
internal sealed class DestinationState(ScopedDestination scoped, string host)
{
    /// <summary>Failures in a row that open the breaker, if they were of two tenants.</summary>
    private const int FailuresToOpen = 3;

    private PublishedPair? _firstToFail;
    private bool _severalFailed;

    public ScopedDestination Scoped { get; private set; } = scoped;

    public string Id { get; } = scoped.Id;

    /// <summary>Host and port of its endpoint.</summary>
    public string Host { get; private set; } = host;

    public HashSet<PublishedPair> Pairs { get; } = [];

    public LinkedList<PublishedPair> Held { get; } = [];

    public bool IsOpen { get; private set; }

    /// <summary>By timestamp: when one of those that wait may try.</summary>
    public long ProbeAt { get; set; }

    /// <summary>The one that tries while the others wait.</summary>
    public PublishedPair? Probe { get; set; }

    /// <summary>How often in a row the breaker opened or an attempt behind it failed.</summary>
    public int Openings { get; private set; }

    /// <summary>In a row, over all tenants.</summary>
    public int Failures { get; private set; }

    /// <summary>Nothing but failures since; null while it works.</summary>
    public DateTimeOffset? FailingSince { get; private set; }

    /// <summary>The same by timestamp.</summary>
    public long FailingFrom { get; private set; }

    /// <summary>The last failure, by timestamp.</summary>
    public long FailedAt { get; private set; }

    /// <summary>With what the endpoint said.</summary>
    public string? LastError { get; private set; }

    /// <summary>Without it, for the log.</summary>
    public string? LastReason { get; private set; }

    /// <summary>The log knows of it.</summary>
    public bool IsToldFailing { get; set; }

    public DateTimeOffset? LastSuccessAt { get; private set; }

    public long Sent { get; private set; }

    public long Failed { get; private set; }

    public long Dropped { get; set; }

    /// <summary>Of them those that the log does not know of yet.</summary>
    public long DroppedUntold { get; set; }

    /// <summary>It is disabled or gone.</summary>
    public bool IsOver { get; set; }

    public bool IsDisabling { get; set; }

    public void Succeeded(int notices, DateTimeOffset now)
    {
        Sent += notices;
        LastSuccessAt = now;
        Forgive();
    }

    /// <summary>Somebody changed it, so what was is no sign of what will be.</summary>
    public void Change(ScopedDestination scoped, string host)
    {
        (Scoped, Host) = (scoped, host);
        Forgive();
    }

    /// <param name="isAway">The endpoint takes nothing of anybody, as far as can be told.</param>
    /// <param name="opensAtOnce">It is known to hold for all tenants.</param>
    /// <param name="isAfterSilence">Nothing was tried for so long that the failures before tell nothing.</param>
    /// <returns>The breaker opened, or stays open after an attempt behind it: the next one is to be set.</returns>
    public bool HasFailed(
        PublishedPair pair, SendOutcome outcome, bool isAway, bool opensAtOnce, DateTimeOffset now, long timestamp, bool isAfterSilence)
    {
        var (wasOpen, wasProbe) = (IsOpen, Probe == pair);
        if (wasProbe) Probe = null;
        Failed++;
        LastReason = outcome.Why;
        LastError = outcome.Said is { } said ? $"{outcome.Why} ({said})" : outcome.Why;
        if (FailingSince is null || isAfterSilence) (FailingSince, FailingFrom) = (now, timestamp);
        FailedAt = timestamp;
        if (!isAway)
        {
            (Failures, IsOpen, Openings, _firstToFail, _severalFailed) = (0, false, 0, null, false);
            return false;
        }

        Failures++;
        _firstToFail ??= pair;
        // What fails for one tenant alone may be its notice.
        _severalFailed |= _firstToFail.Tenant != pair.Tenant;
        IsOpen |= opensAtOnce || (Failures >= FailuresToOpen && _severalFailed);
        if (!IsOpen || (wasOpen && !wasProbe)) return false;
        Openings++;
        return true;
    }

    private void Forgive() =>
        (Failures, FailingSince, IsOpen, Openings, _firstToFail, _severalFailed) = (0, null, false, 0, null, false);

    /// <summary>Whose turn it is to try: whoever failed least, so that one bad notice does not keep the rest waiting.</summary>
    public PublishedPair? TakeProbe()
    {
        if (Held.MinBy(p => p.Failures) is not { } pair) return null;
        Held.Remove(pair);
        return pair;
    }
}
