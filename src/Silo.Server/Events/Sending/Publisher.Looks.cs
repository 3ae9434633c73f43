using Silo.Storage;

namespace Silo.Server.Events.Sending;

/// <summary>Looks: which destinations want what a tenant has; and what is dropped when all of them have had it.</summary>
internal sealed partial class Publisher
{
    private const int MaxLooks = 4;
    private const int MaxPages = 64;
    private const int TrimRows = 1_000;

    private readonly Queue<TenantPublication> _looks = [];
    private readonly Dictionary<long, (long After, IReadOnlyList<StoredNotice> Rows)> _pages = [];
    private readonly Queue<long> _pageOrder = [];
    private int _looking;

    private void Look(TenantPublication tenant)
    {
        if (tenant.IsOver || tenant.IsBusy || tenant.IsInLine) return;
        tenant.IsInLine = true;
        _looks.Enqueue(tenant);
    }

    private void StartLooks()
    {
        while (_looking < MaxLooks && _looks.TryDequeue(out var tenant))
        {
            tenant.IsInLine = false;
            if (tenant.IsOver || tenant.IsBusy) continue;
            _looking++;
            (tenant.IsBusy, tenant.IsWritten, tenant.LookedAt) = (true, false, time.GetTimestamp());
            Work(
                async token => await store.Read(tenant.Key, tenant.Looked, PublishingTurn.PageRows, token),
                rows =>
                {
                    _looking--;
                    Looked(tenant, rows);
                },
                _ =>
                {
                    // The next sweep looks again.
                    _looking--;
                    (tenant.IsBusy, tenant.IsWritten) = (false, true);
                });
        }
    }

    private void Looked(TenantPublication tenant, IReadOnlyList<StoredNotice> rows)
    {
        tenant.IsBusy = false;
        if (tenant.IsOver) return;
        if (rows.Count == 0)
        {
            Settle(tenant);
            return;
        }

        var found = new HashSet<PublishedPair>();
        foreach (var row in rows)
        {
            foreach (var destination in Concerned(row))
            {
                var pair = PairOf(tenant, destination, row.Sequence - 1);
                pair.Wanted = Math.Max(pair.Wanted, row.Sequence);
                found.Add(pair);
            }
        }

        var from = tenant.Looked;
        tenant.Looked = rows[^1].Sequence;
        Keep(tenant, from, rows);
        // Nothing in here for them, and they have had what was before.
        foreach (var pair in tenant.Pairs.Values)
            if (pair.Step == PairStep.Idle && pair.Wanted <= pair.Cursor) pair.Cursor = Math.Max(pair.Cursor, tenant.Looked);
        if (rows.Count < PublishingTurn.PageRows) Began(tenant, found);
        else StoreLook(tenant, found);
    }

    /// <summary>There is a backlog: whoever claims the tenant next is not to look through all of it again.</summary>
    private void StoreLook(TenantPublication tenant, IReadOnlyCollection<PublishedPair> found)
    {
        tenant.IsBusy = true;
        var news = tenant.Pairs.Values.Where(p => p.Wanted > p.Cursor).Select(p => (Pair: p, p.Destination.Id, p.Cursor)).ToList();
        Work(
            async token =>
            {
                // First the cursors of the destinations, without which it would not be known that they have yet to get it. Also of those that
                // were stored before: when nothing was left the store forgot them.
                foreach (var (_, id, cursor) in news)
                    if (!await store.Advance(tenant.Key, id, cursor, token)) return false;
                return await store.Advance(tenant.Key, TenantPublication.LookCursor, tenant.Looked, token);
            },
            isMine =>
            {
                tenant.IsBusy = false;
                if (!isMine)
                {
                    Lose(tenant);
                    return;
                }

                foreach (var (pair, _, _) in news) pair.IsStored = true;
                tenant.IsWritten = true;
                Began(tenant, found);
            },
            _ =>
            {
                (tenant.IsBusy, tenant.IsWritten) = (false, true);
                Began(tenant, found);
            });
    }

    private void Began(TenantPublication tenant, IEnumerable<PublishedPair> found)
    {
        foreach (var pair in found)
            if (pair.Step == PairStep.Idle && pair.Wanted > pair.Cursor) Enqueue(pair);
        Settle(tenant);
    }

    private IEnumerable<ScopedDestination> Concerned(StoredNotice row)
    {
        foreach (var destination in destinations(null)) yield return destination;
        if (row.ConfigurationSetName is not { } set) yield break;
        foreach (var destination in destinations(set)) yield return destination;
    }

    private PublishedPair PairOf(TenantPublication tenant, ScopedDestination destination, long cursor)
    {
        if (tenant.Pairs.TryGetValue(destination.Id, out var pair)) return pair;
        if (!_destinations.TryGetValue(destination.Id, out var state))
        {
            state = new DestinationState(destination, HostOf(destination));
            _destinations.Add(state.Id, state);
        }

        if (!tenant.Left.Remove(destination.Id, out var from)) from = tenant.Cursors.GetValueOrDefault(destination.Id, cursor);
        pair = new PublishedPair(tenant, state, from) { IsStored = tenant.Cursors.ContainsKey(destination.Id) };
        state.Pairs.Add(pair);
        tenant.Pairs.Add(destination.Id, pair);
        return pair;
    }

    private string HostOf(ScopedDestination destination) => sender.EndpointOf(destination.Destination.Target)?.Authority ?? "";

    // A page that was just read is what most turns want next; few are kept, since a stuck tenant's is of no use.
    private void Keep(TenantPublication tenant, long after, IReadOnlyList<StoredNotice> rows)
    {
        if (!_pages.ContainsKey(tenant.Key)) _pageOrder.Enqueue(tenant.Key);
        _pages[tenant.Key] = (after, rows);
        while (_pageOrder.Count > MaxPages) _pages.Remove(_pageOrder.Dequeue());
    }

    private IReadOnlyList<StoredNotice>? PageFor(PublishedPair pair)
    {
        if (!_pages.TryGetValue(pair.Tenant.Key, out var page)) return null;
        if (pair.Cursor < page.After || pair.Cursor >= page.Rows[^1].Sequence) return null;
        return pair.Cursor == page.After ? page.Rows : [.. page.Rows.SkipWhile(r => r.Sequence <= pair.Cursor)];
    }

    /// <summary>What comes next for a tenant, after anything happened to it.</summary>
    private void Settle(TenantPublication tenant)
    {
        if (tenant.IsOver || tenant.IsBusy) return;
        if (tenant.IsWritten)
        {
            Look(tenant);
            return;
        }

        if (tenant.Done is var done && done - tenant.Trimmed >= TrimRows) Trim(tenant, done, andRelease: false);
    }

    private void Trim(TenantPublication tenant, long through, bool andRelease)
    {
        tenant.IsBusy = true;
        // Also of those that are disabled now: enabled again, they go on where they were.
        var named = tenant.Cursors.Keys.Concat(tenant.Pairs.Keys).Concat(tenant.Left.Keys).Append(TenantPublication.LookCursor).Distinct().ToList();
        Work(
            async token => await store.Trim(tenant.Key, through, named, token) && (!andRelease || await store.Release(tenant.Key, token)),
            isMine =>
            {
                (tenant.IsBusy, tenant.Trimmed) = (false, through);
                if (!isMine || andRelease) Lose(tenant, isGiven: isMine);
                else Settle(tenant);
            },
            _ => (tenant.IsBusy, tenant.Again) = (false, null));
    }

    /// <summary>Nothing more is sent for it from here.</summary>
    private void Lose(TenantPublication tenant, bool isGiven = false)
    {
        if (tenant.IsOver) return;
        if (!isGiven) LogLost(tenant.Name);
        tenant.IsOver = true;
        _tenants.Remove(tenant.Key);
        foreach (var pair in tenant.Pairs.Values) Forget(pair);
        tenant.Pairs.Clear();
        if (tenant.Again is { } again)
        {
            Begin(again);
            return;
        }

        // Written meanwhile, when nobody could be told.
        if (!tenant.IsWritten) return;
        _toClaim.Add(tenant.Key);
        ClaimWritten();
    }

    private void Forget(PublishedPair pair)
    {
        var destination = pair.Destination;
        if (pair.Step == PairStep.Held) destination.Held.Remove(pair);
        if (destination.Probe == pair)
        {
            destination.Probe = null;
            SetProbe(destination, TimeSpan.Zero);
        }

        pair.Step = PairStep.Over;
        destination.Pairs.Remove(pair);
        if (destination.Pairs.Count == 0) _destinations.Remove(destination.Id);
    }
}
