namespace Silo.Core.Reputation;

/// <summary>
/// Watches the final outcomes of one route, pool × provider, for what several tenants have in common (<see cref="CommonCauseRule"/>).
/// While a finding is open, its kind of outcome is the pool's: <see cref="Learn"/> says of each whether it is.
/// </summary>
/// <remarks>
/// Mutable, owned by one loop. About 150 bytes per tenant that sent over the route within a day; at most <see cref="MaxTenants"/> are
/// watched, and outcomes of others count in the sums alone.
/// </remarks>
public sealed class RouteWatch
{
    public const int MaxTenants = 2_000;

    /// <summary>A finding closes after this long without an outcome of its kind.</summary>
    public static readonly TimeSpan Quiet = TimeSpan.FromMinutes(10);

    /// <summary>
    /// A finding about bounces closes after this long whatever happens, and none is opened for <see cref="BouncesAgainAfter"/>: addresses
    /// that are bad for so long are bad, and somebody has to clean their list. Findings that are opened within <see cref="BouncesAgainAfter"/>
    /// of a first one are one with it: their times count together, so that pauses between do not begin it anew.
    /// </summary>
    public static readonly TimeSpan LongestAboutBounces = TimeSpan.FromHours(6);

    public static readonly TimeSpan BouncesAgainAfter = TimeSpan.FromHours(24);

    private const int LookEvery = 16;
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan TenantKept = TimeSpan.FromHours(24);

    private readonly Dictionary<long, Watched> _tenants = [];
    private readonly RouteWindow _all = new();
    private readonly Kind[] _kinds = [new(RouteFindingType.Bounces), new(RouteFindingType.Blocks)];
    private DateTimeOffset _prunedAt;

    private bool Learns => _kinds[0].Finding is null && _kinds[1].Finding is null;

    /// <summary>The finding of a kind that is open, with the numbers of the last look; null without one.</summary>
    public RouteFinding? Open(RouteFindingType type) => _kinds[(int)type].Finding;

    public bool HasOpen => !Learns;

    /// <summary>Takes a final outcome of a hand-over.</summary>
    /// <param name="type">Null for one that is neither a hard bounce nor a block.</param>
    /// <param name="changed">The finding that was opened or closed by it, or null.</param>
    /// <returns>True when it is the pool's: it is not to count against the tenant, and the address is not to be suppressed.</returns>
    public bool Learn(
        long tenantKey, string tenantName, RouteFindingType? type, string? reply, DateTimeOffset now, out RouteFinding? changed)
    {
        changed = null;
        var outcome = new RouteTally(1, type == RouteFindingType.Bounces ? 1 : 0, type == RouteFindingType.Blocks ? 1 : 0);
        var tenant = TenantOf(tenantKey, tenantName, now);
        tenant?.Window.Add(outcome, now, Learns);
        _all.Add(outcome, now, Learns);
        foreach (var each in _kinds) each.Volume++;
        if (type is not { } bad) return false;

        var kind = _kinds[(int)bad];
        if (kind.Finding is null && _all.Recent(now, Learns).Of(bad) == 1) kind.FirstReply = null;
        kind.Count++;
        kind.FirstReply ??= reply;
        (kind.LastReply, kind.LatestAt) = (reply ?? kind.LastReply, now);
        if (kind.Finding is null && (++kind.Unlooked >= LookEvery || now - kind.LookedAt >= LookInterval)) changed = TryOpen(kind, now);
        return kind.Finding is not null
            && (bad == RouteFindingType.Blocks || (tenant is not null && CommonCauseRule.IsKnownGood(tenant.Window.Past, bad)));
    }

    /// <summary>To be asked now and then while a finding is open: the findings that closed.</summary>
    public IReadOnlyList<RouteFinding> Look(DateTimeOffset now)
    {
        List<RouteFinding>? closed = null;
        foreach (var kind in _kinds)
        {
            if (kind.Finding is not { } finding) continue;
            kind.Finding = finding with { Count = kind.Count, Volume = kind.Volume, LastReply = kind.LastReply };
            var openFor = kind.OpenBefore + (now - finding.OpenedAt);
            var isTooLong = kind.Type == RouteFindingType.Bounces && openFor >= LongestAboutBounces;
            var isOver = now - kind.LatestAt >= Quiet || CommonCauseRule.Closes(_all.Recent(now, learns: false), _all.Past, kind.Type);
            if (!isTooLong && !isOver) continue;
            (closed ??= []).Add(kind.Finding with { ClosedAt = now });
            kind.OpenBefore = openFor;
            if (isTooLong) kind.NotBefore = now + BouncesAgainAfter;
            Close(kind);
        }

        return closed ?? (IReadOnlyList<RouteFinding>)[];
    }

    private RouteFinding? TryOpen(Kind kind, DateTimeOffset now)
    {
        (kind.Unlooked, kind.LookedAt) = (0, now);
        if (now < kind.NotBefore) return null;
        var (known, affected) = (0, new List<string>());
        foreach (var tenant in _tenants.Values)
        {
            var recent = tenant.Window.Recent(now, Learns);
            if (recent.Volume < CommonCauseRule.LeastBad || !CommonCauseRule.IsKnownGood(tenant.Window.Past, kind.Type)) continue;
            known++;
            if (CommonCauseRule.HasRisen(recent, tenant.Window.Past, kind.Type)) affected.Add(tenant.Name);
        }

        var all = _all.Recent(now, Learns);
        if (!CommonCauseRule.Opens(all, _all.Past, kind.Type, known, affected.Count)) return null;
        (kind.Count, kind.Volume) = (all.Of(kind.Type), all.Volume);
        if (now - kind.FirstOpenedAt >= BouncesAgainAfter) (kind.FirstOpenedAt, kind.OpenBefore) = (now, TimeSpan.Zero);
        return kind.Finding = new RouteFinding
        {
            Type = kind.Type, OpenedAt = now, Count = kind.Count, Volume = kind.Volume, TenantCount = affected.Count,
            Tenants = [.. affected.Order(StringComparer.Ordinal).Take(RouteFinding.MaxTenants)],
            FirstReply = kind.FirstReply, LastReply = kind.LastReply,
        };
    }

    private void Close(Kind kind)
    {
        (kind.Finding, kind.FirstReply) = (null, null);
        // The other one may go on, and its window with it.
        if (!Learns) return;
        _all.Drop();
        foreach (var tenant in _tenants.Values) tenant.Window.Drop();
    }

    private Watched? TenantOf(long key, string name, DateTimeOffset now)
    {
        if (_tenants.TryGetValue(key, out var tenant)) return tenant;
        if (_tenants.Count >= MaxTenants)
        {
            // One look per minute at all of them is what a new tenant costs at most.
            if (now - _prunedAt < TimeSpan.FromMinutes(1)) return null;
            _prunedAt = now;
            foreach (var (idle, _) in _tenants.Where(t => now - t.Value.Window.LatestAt > TenantKept).ToArray()) _tenants.Remove(idle);
            if (_tenants.Count >= MaxTenants) return null;
        }

        _tenants.Add(key, tenant = new Watched(name));
        return tenant;
    }

    private sealed class Watched(string name)
    {
        public string Name => name;

        public RouteWindow Window { get; } = new();
    }

    private sealed class Kind(RouteFindingType type)
    {
        public RouteFindingType Type => type;

        public RouteFinding? Finding { get; set; }

        public DateTimeOffset NotBefore { get; set; }

        /// <summary>Of the finding since which times that others were open count together.</summary>
        public DateTimeOffset FirstOpenedAt { get; set; }

        /// <summary>How long findings since then were open that have closed.</summary>
        public TimeSpan OpenBefore { get; set; }

        public DateTimeOffset LatestAt { get; set; }

        public DateTimeOffset LookedAt { get; set; }

        public int Unlooked { get; set; }

        public long Count { get; set; }

        public long Volume { get; set; }

        public string? FirstReply { get; set; }

        public string? LastReply { get; set; }
    }
}
