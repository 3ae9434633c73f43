using System.Collections.Frozen;
using Silo.Core.Tenants;
using Silo.Server.Delivery.Pacing;
using Silo.Storage;

namespace Silo.Server.Delivery;

// Lanes by sending domain, while and only while the tenant warms up by domain.
internal sealed partial class TenantQueue
{
    // There can be a hundred times as many of them, and each gets a few an hour.
    private const int DomainsPerWindow = 8;

    private FrozenSet<string>? _nextDomains;

    /// <summary>
    /// Domains are not kept apart any more: nothing starts until all that is in hand is settled, and then the queue is read anew. What is
    /// read while a unit is in hand could not be told from what comes back of it.
    /// </summary>
    public bool MustReorder { get; private set; }

    /// <summary>Another one whenever units have changed their lanes: what was granted to one may be another's by now.</summary>
    public int LanesVersion { get; private set; }

    /// <summary>Mail is kept apart by domain.</summary>
    public bool IsByDomain => _domains is not null;

    public LaneKey KeyOf(QueuedUnit unit) => LaneKey.Of(unit, _domains);

    /// <summary>The sending domain that permits for a lane are asked for.</summary>
    public string? SendingDomainOf(LaneQueue lane) => !IsByDomain || lane.Key.Overflows
        ? null
        : lane.Key.SendingDomain ?? lane.Next?.SendingDomain ?? WarmUpLedger.OtherDomains;

    /// <summary>The tenant warms up by these domains from now on.</summary>
    public void FollowDomains(FrozenSet<string>? domains)
    {
        if (ReferenceEquals(domains, MustReorder ? _nextDomains : _domains)) return;
        LanesVersion++;
        if (_lanes.Keys.Any(k => k.SendingDomain is { } known && domains?.Contains(known) != true))
        {
            (MustReorder, _nextDomains) = (true, domains);
            FollowRest();
            return;
        }

        (MustReorder, _nextDomains) = (false, null);
        var before = _domains;
        _domains = domains;
        var begun = domains?.Where(d => before?.Contains(d) != true).Order(StringComparer.Ordinal).ToArray() ?? [];
        var wholes = _lanes.Values.Where(l => l.Key is { SendingDomain: null, Overflows: false }).ToArray();
        foreach (var whole in wholes)
        {
            foreach (var domain in begun) SplitOff(whole, domain);
            pacing.Sync(whole);
        }

        FollowRest();
    }

    /// <summary>
    /// Leaves all to the spool if that is due and nothing of the tenant is on the move. Not while a grant to one of its lanes is open.
    /// </summary>
    public void Reorder()
    {
        if (!MustReorder || InHand > 0 || Overflowing > 0 || AwaitsRefill || AwaitsPermits || Sift is { InHand: > 0 }) return;
        (MustReorder, _domains, _nextDomains) = (false, _nextDomains, null);
        foreach (var lane in _lanes.Values) pacing.Remove(lane);
        _lanes.Clear();
        Providers.Clear();
        LeaveToSpool();
        FollowRest();
    }

    private void SplitOff(LaneQueue whole, string domain)
    {
        var key = whole.Key with { SendingDomain = domain };
        var part = whole.Split(key, WindowOf(key), u => KeyOf(u) == key);
        // Of one that is empty and has nothing behind the cursor nothing must be known.
        if (part.Count == 0 && part.Cursor == _searched) return;
        AddLane(part);
        pacing.Sync(part);
    }

    private void AddLane(LaneQueue lane)
    {
        _lanes.Add(lane.Key, lane);
        pacing.Add(lane);
    }

    private int WindowOf(LaneKey key) => key.SendingDomain is null ? windowLimit : Math.Max(windowLimit / DomainsPerWindow, 1);
}
