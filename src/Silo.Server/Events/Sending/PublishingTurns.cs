namespace Silo.Server.Events.Sending;

/// <summary>
/// Whose turn it is to be told: in turn by endpoint host, at a host in turn by tenant, of a tenant in turn by destination, within bounds of
/// POSTs in all, to one host and for one tenant. Who failed last time has lines of its own and a quarter of the room, so that endpoints that
/// do not answer cannot fill it. Touched by the publisher's own turn alone.
/// </summary>
internal sealed class PublishingTurns(int max, int maxPerHost, int maxPerTenant)
{
    private readonly Lines _healthy = new();
    private readonly Lines _suspect = new();
    private readonly Dictionary<string, int> _runningPerHost = new(StringComparer.Ordinal);
    private readonly HashSet<PublishedPair> _runningSuspects = [];
    private int _running;
    private bool _suspectsFirst;

    public int Running => _running;

    public void Add(PublishedPair pair) => (IsSuspect(pair) ? _suspect : _healthy).Add(pair);

    /// <summary>Who may be told now; null when nobody may.</summary>
    public PublishedPair? Take()
    {
        if (_running >= max) return null;
        _suspectsFirst = !_suspectsFirst;
        var pair = _suspectsFirst ? TakeSuspect() ?? TakeFrom(_healthy) : TakeFrom(_healthy) ?? TakeSuspect();
        if (pair is null) return null;
        _running++;
        pair.Tenant.Running++;
        pair.RunsAt = pair.Destination.Host;
        _runningPerHost[pair.RunsAt] = _runningPerHost.GetValueOrDefault(pair.RunsAt) + 1;
        if (IsSuspect(pair)) _runningSuspects.Add(pair);
        return pair;
    }

    public void Done(PublishedPair pair)
    {
        _running--;
        pair.Tenant.Running--;
        _runningSuspects.Remove(pair);
        if (--_runningPerHost[pair.RunsAt] == 0) _runningPerHost.Remove(pair.RunsAt);
    }

    private static bool IsSuspect(PublishedPair pair) => pair.Failures > 0 || pair.Destination.FailingSince is not null;

    private PublishedPair? TakeSuspect() => _runningSuspects.Count < max / 4 ? TakeFrom(_suspect) : null;

    private PublishedPair? TakeFrom(Lines lines) => lines.Take(
        host => _runningPerHost.GetValueOrDefault(host) < maxPerHost, tenant => tenant.Running < maxPerTenant);

    /// <summary>Lines of hosts, in each lines of tenants, in each destinations; all of them rotate.</summary>
    private sealed class Lines
    {
        private readonly Dictionary<string, HostLine> _hosts = new(StringComparer.Ordinal);
        private readonly LinkedList<HostLine> _order = [];

        public void Add(PublishedPair pair)
        {
            if (!_hosts.TryGetValue(pair.Destination.Host, out var line))
            {
                line = new HostLine(pair.Destination.Host);
                _hosts.Add(line.Host, line);
                _order.AddLast(line);
            }

            if (!line.Tenants.TryGetValue(pair.Tenant, out var pairs))
            {
                line.Tenants.Add(pair.Tenant, pairs = []);
                line.Order.AddLast(pair.Tenant);
            }

            pairs.Enqueue(pair);
        }

        // Those that are passed over are at their bounds, so there are never more of them than POSTs under way.
        public PublishedPair? Take(Func<string, bool> hostHasRoom, Func<TenantPublication, bool> tenantHasRoom)
        {
            for (var node = _order.First; node is not null; node = node.Next)
            {
                var line = node.Value;
                if (!hostHasRoom(line.Host) || Take(line, tenantHasRoom) is not { } pair) continue;
                _order.Remove(node);
                if (line.Tenants.Count > 0) _order.AddLast(node);
                else _hosts.Remove(line.Host);
                return pair;
            }

            return null;
        }

        private static PublishedPair? Take(HostLine line, Func<TenantPublication, bool> tenantHasRoom)
        {
            for (var node = line.Order.First; node is not null; node = node.Next)
            {
                var tenant = node.Value;
                if (!tenantHasRoom(tenant)) continue;
                var pairs = line.Tenants[tenant];
                var pair = pairs.Dequeue();
                line.Order.Remove(node);
                if (pairs.Count > 0) line.Order.AddLast(node);
                else line.Tenants.Remove(tenant);
                return pair;
            }

            return null;
        }

        private sealed record HostLine(string Host)
        {
            public Dictionary<TenantPublication, Queue<PublishedPair>> Tenants { get; } = [];

            public LinkedList<TenantPublication> Order { get; } = [];
        }
    }
}
