namespace Silo.Server.Delivery.Smtp;

/// <summary>
/// Counts what a pool has open per host, site and in total, and gives the places out in order. An idle connection keeps its places until
/// somebody else needs them. Holds nothing about hosts and sites without connections. Guarded by the pool's lock.
/// </summary>
internal sealed class PoolBooks(ConnectionPoolLimits limits)
{
    private readonly PoolLevel _total = new(limits.Total);
    private ConnectionPoolLimits _limits = limits;
    private readonly Dictionary<string, PoolLevel> _sites = new(StringComparer.Ordinal);
    private readonly Dictionary<string, PoolLevel> _hosts = new(StringComparer.Ordinal);
    private readonly Dictionary<PoolRoute, List<SmtpConnection>> _idleOf = [];
    private readonly LinkedList<SmtpConnection> _idle = []; // the one that is idle longest first
    private readonly List<SmtpConnection> _dropped = [];

    public int IdleCount => _idle.Count;

    public int OpenCount => _total.Open;

    /// <summary>Sites and hosts that are remembered at all.</summary>
    public int LevelCount => _sites.Count + _hosts.Count;

    public IEnumerable<SmtpConnection> Idle => _idle;

    /// <summary>A place now, or a waiter in line; neither when the line is full.</summary>
    public (PoolGrant? Grant, PoolWaiter? Waiter) Ask(PoolRequest request)
    {
        var full = Levels(request.Route).FirstOrDefault(l => l.Waiters.Count > 0);
        if (full is null && TryGrant(request, out full) is { } grant) return (grant, null);
        if (full!.Waiters.Count >= _limits.Waiting)
        {
            Forget(request.Route);
            return (null, null);
        }

        var waiter = new PoolWaiter(request);
        Enqueue(waiter, full);
        return (null, waiter);
    }

    /// <summary>
    /// Other caps hold from now on. What is open beyond one is closed when it is given back or idle; who waits goes on where there is room.
    /// </summary>
    public void Change(ConnectionPoolLimits limits)
    {
        _limits = limits;
        _total.Cap = limits.Total;
        foreach (var level in _hosts.Values) level.Cap = limits.PerHost;
        foreach (var (site, level) in _sites) level.Cap = limits.ToSite(site);
        foreach (var idle in _idle.ToArray())
        {
            if (Levels(idle.Route).Any(l => l.Open > l.Cap)) Drop([idle]);
        }

        foreach (var waiter in _sites.Values.Concat(_hosts.Values).Append(_total).SelectMany(l => l.Waiters).ToArray()) Serve(waiter.Route);
    }

    /// <summary>Whether a connection that comes back must go, since caps have shrunk.</summary>
    public bool IsBeyondCap(PoolRoute route) => Levels(route).Any(l => l.Open > l.Cap);

    /// <summary>False when it has got its place already.</summary>
    public bool GiveUp(PoolWaiter waiter)
    {
        if (waiter.Queue is not { } queue) return false;
        queue.Waiters.Remove(waiter);
        waiter.Queue = null;
        Forget(waiter.Route);
        return true;
    }

    /// <summary>A lent connection is free for the next one.</summary>
    public void Keep(SmtpConnection connection)
    {
        connection.IdlePlace = _idle.AddLast(connection);
        if (!_idleOf.TryGetValue(connection.Route, out var same)) _idleOf.Add(connection.Route, same = []);
        same.Add(connection);
        Serve(connection.Route);
    }

    /// <summary>A place is free: its connection is closed, or never came to be.</summary>
    public void Free(PoolRoute route)
    {
        foreach (var level in Levels(route)) level.Open--;
        Serve(route);
        Forget(route);
    }

    /// <summary>Idle connections give up their places, and are to be closed.</summary>
    public void Drop(IEnumerable<SmtpConnection> idle)
    {
        foreach (var connection in idle.ToArray())
        {
            // Who waited may have taken it, or its place, in the meantime.
            if (!TakeIdle(connection)) continue;
            _dropped.Add(connection);
            Free(connection.Route);
        }
    }

    public IEnumerable<SmtpConnection> IdleOf(PoolRoute route) => _idleOf.TryGetValue(route, out var same) ? same : [];

    /// <summary>Idle connections that had to make room, to be closed outside of the lock.</summary>
    public SmtpConnection[] TakeDropped()
    {
        if (_dropped.Count == 0) return [];
        SmtpConnection[] dropped = [.. _dropped];
        _dropped.Clear();
        return dropped;
    }

    /// <summary>All who wait, when nobody will get anything any more.</summary>
    public PoolWaiter[] TakeWaiters()
    {
        PoolWaiter[] all = [.. _sites.Values.Concat(_hosts.Values).Append(_total).SelectMany(l => l.Waiters)];
        foreach (var waiter in all) GiveUp(waiter);
        return all;
    }

    private PoolGrant? TryGrant(PoolRequest request, out PoolLevel? full)
    {
        full = null;
        var route = request.Route;
        // The one used last, so that the others can time out.
        if (!request.Fresh && IdleOf(route).LastOrDefault(c => c.Protection >= request.AtLeast) is { } idle && TakeIdle(idle))
            return new PoolGrant(idle);
        foreach (var level in Levels(route))
        {
            if (level.HasRoom || Evict(route, level)) continue;
            full = level;
            return null;
        }

        foreach (var level in Levels(route)) level.Open++;
        return new PoolGrant(null);
    }

    /// <summary>An idle connection makes room for one that is wanted.</summary>
    private bool Evict(PoolRoute route, PoolLevel level)
    {
        var oldest = level == _total ? _idle.First?.Value
            : level == Site(route) ? _idle.FirstOrDefault(c => c.Route.Site == route.Site)
            : _idle.FirstOrDefault(c => c.Route.Host == route.Host);
        if (oldest is null || !TakeIdle(oldest)) return false;
        _dropped.Add(oldest);
        foreach (var freed in Levels(oldest.Route)) freed.Open--;
        if (oldest.Route != route) Forget(oldest.Route);
        return true;
    }

    private bool TakeIdle(SmtpConnection connection)
    {
        if (connection.IdlePlace is not { } place) return false;
        _idle.Remove(place);
        connection.IdlePlace = null;
        var same = _idleOf[connection.Route];
        same.Remove(connection);
        if (same.Count == 0) _idleOf.Remove(connection.Route);
        return true;
    }

    /// <summary>Something of these levels is free: the first in each line that can go on does.</summary>
    private void Serve(PoolRoute route)
    {
        foreach (var level in Levels(route))
        {
            while (level.Waiters.First is { Value: var first })
            {
                var grant = TryGrant(first.Request, out var full);
                if (grant is null && full == level) break;
                level.Waiters.RemoveFirst();
                first.Queue = null;
                if (grant is { } place) first.Granted.SetResult(place);
                else Enqueue(first, full!);
            }
        }
    }

    private static void Enqueue(PoolWaiter waiter, PoolLevel level)
    {
        level.Waiters.AddLast(waiter);
        waiter.Queue = level;
    }

    private PoolLevel[] Levels(PoolRoute route) => [Host(route), Site(route), _total];

    private PoolLevel Host(PoolRoute route) => Level(_hosts, route.Host, _limits.PerHost);

    private PoolLevel Site(PoolRoute route) => Level(_sites, route.Site, _limits.ToSite(route.Site));

    private static PoolLevel Level(Dictionary<string, PoolLevel> levels, string key, int cap)
    {
        if (!levels.TryGetValue(key, out var level)) levels.Add(key, level = new PoolLevel(cap));
        return level;
    }

    private void Forget(PoolRoute route)
    {
        if (Host(route).IsUnused) _hosts.Remove(route.Host);
        if (Site(route).IsUnused) _sites.Remove(route.Site);
    }
}
