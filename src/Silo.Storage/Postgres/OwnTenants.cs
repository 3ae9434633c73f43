namespace Silo.Storage.Postgres;

/// <summary>
/// The tenants that belong to this incarnation, with what their next write is held to. Sequences are the writer's alone; the rest is
/// guarded by one lock.
/// </summary>
internal sealed class OwnTenants
{
    private readonly Lock _lock = new();
    private readonly Dictionary<long, OwnTenant> _tenants = [];
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly HashSet<long> _left = [];
    private readonly Dictionary<string, int> _awaited = new(StringComparer.Ordinal);

    public OwnTenant? Find(long tenantKey)
    {
        lock (_lock) return _tenants.GetValueOrDefault(tenantKey);
    }

    public bool Contains(string name)
    {
        lock (_lock) return _names.Contains(name);
    }

    /// <summary>A set of claims goes to the database: from here on it is noted which tenants leave.</summary>
    public void BeginClaims()
    {
        lock (_lock) _left.Clear();
    }

    /// <summary>
    /// Takes up a tenant that was read as this incarnation's own since <see cref="BeginClaims"/>. False when it is leaving, or left
    /// meanwhile: what was read is no longer so. Of a tenant that is here already the writer knows more than what was read.
    /// </summary>
    /// <param name="isNew">It was not here before.</param>
    public bool TryClaim(OwnTenant tenant, out bool isNew)
    {
        lock (_lock)
        {
            isNew = false;
            if (_left.Contains(tenant.Key) || (_tenants.TryGetValue(tenant.Key, out var known) && known.Leaving)) return false;
            isNew = _tenants.TryAdd(tenant.Key, tenant);
            if (isNew) _names.Add(tenant.Name);
            return true;
        }
    }

    /// <summary>A tenant that was created here.</summary>
    public void Add(OwnTenant tenant)
    {
        lock (_lock)
        {
            if (_tenants.TryAdd(tenant.Key, tenant)) _names.Add(tenant.Name);
        }
    }

    public void Remove(long tenantKey)
    {
        lock (_lock)
        {
            _left.Add(tenantKey);
            if (_tenants.Remove(tenantKey, out var tenant)) _names.Remove(tenant.Name);
        }
    }

    /// <summary>Somebody here waits for the tenant: once it is given it does not go on before that one had it.</summary>
    public void Await(string name)
    {
        lock (_lock) _awaited[name] = _awaited.GetValueOrDefault(name) + 1;
    }

    public void AwaitNoMore(string name)
    {
        lock (_lock)
        {
            if (--_awaited[name] == 0) _awaited.Remove(name);
        }
    }

    /// <summary>
    /// The tenant; or in the place of one that the database gave to this incarnation when nobody waited for it any more, one that is
    /// leaving, so that no claim is answered before it is gone. Null while somebody waits.
    /// </summary>
    public OwnTenant? FindOrHold(long tenantKey, string name)
    {
        lock (_lock)
        {
            if (_tenants.TryGetValue(tenantKey, out var known)) return known;
            if (_awaited.ContainsKey(name)) return null;
            var held = new OwnTenant(tenantKey, name, 0, 0) { IsLoaded = false, Leaving = true };
            _tenants.Add(tenantKey, held);
            _names.Add(name);
            return held;
        }
    }

    /// <summary>The events of a batch were stored.</summary>
    public void Publish(IReadOnlyList<LogChange> changes, long firstPosition)
    {
        lock (_lock)
        {
            foreach (var (tenant, sequence, index) in changes)
            {
                if (index >= 0) (tenant.Tail ??= new()).Enqueue((sequence, firstPosition + index));
                else while (tenant.Tail is { } tail && tail.TryPeek(out var oldest) && oldest.Sequence <= sequence) tail.Dequeue();
                if (tenant.Tail is { Count: 0 }) tenant.Tail = null;
            }
        }
    }

    /// <summary>Keys of tenants with events after their snapshot, and where the oldest of these is; the oldest first.</summary>
    public List<(OwnTenant Tenant, long Oldest)> Behind()
    {
        lock (_lock)
        {
            return [.. _tenants.Values.Where(t => t.Tail is not null).Select(t => (t, t.Tail!.Peek().Position)).OrderBy(t => t.Position)];
        }
    }
}

/// <param name="name">For lists of names.</param>
/// <param name="last">The sequence of its last event.</param>
/// <param name="applied">The last event in its snapshot.</param>
internal sealed class OwnTenant(long key, string name, long last, long applied)
{
    private volatile bool _leaving;

    public long Key => key;

    public string Name => name;

    /// <summary>False for one that was never claimed: of it nothing is known but that it leaves.</summary>
    public bool IsLoaded { get; init; } = true;

    public long LastSequence { get; set; } = last;

    public long AppliedSequence { get; set; } = applied;

    /// <summary>
    /// It is being given away or let go: nothing is written for it from here on, and no claim is answered before that is done.
    /// </summary>
    public bool Leaving { get => _leaving; set => _leaving = value; }

    /// <summary>The events after the snapshot; null without any. Guarded by the lock of all own tenants.</summary>
    public Queue<(long Sequence, long Position)>? Tail { get; set; }
}

/// <param name="Index">Of the event in its batch; -1 for a snapshot up to the sequence.</param>
internal readonly record struct LogChange(OwnTenant Tenant, long Sequence, int Index);
