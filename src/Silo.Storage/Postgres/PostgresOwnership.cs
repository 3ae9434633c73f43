using Npgsql;

namespace Silo.Storage.Postgres;

internal sealed class PostgresOwnership : IOwnership
{
    internal const string Orphans =
        """
        SELECT t.name FROM incarnations i JOIN tenants t ON t.owner = i.incarnation
        WHERE i.dead AND NOT i.swept AND t.tenant_key % $2 = $1
            AND EXISTS (SELECT 1 FROM units u WHERE u.tenant_key = t.tenant_key) LIMIT $3
        """;

    // OwnershipRules.MustWake: this incarnation's own, which it does not know of.
    internal const string Unknown =
        """
        SELECT t.name FROM tenants t
        WHERE t.name = ANY ($2) AND t.owner = $1 AND EXISTS (SELECT 1 FROM units u WHERE u.tenant_key = t.tenant_key)
        """;

    private const string Living =
        """
        SELECT i.incarnation, i.address FROM incarnations i JOIN leases l ON l.incarnation = i.incarnation
        WHERE NOT i.dead AND NOT l.taken AND l.expires_at > clock_timestamp() ORDER BY i.incarnation
        """;

    private const string Owners =
        """
        SELECT t.name, i.address FROM tenants t JOIN incarnations i ON i.incarnation = t.owner
            JOIN leases l ON l.incarnation = i.incarnation
        WHERE t.name = ANY ($1) AND NOT i.dead AND NOT l.taken AND l.expires_at > clock_timestamp()
        """;

    private const int OwnersAtOnce = 1024;

    private readonly PostgresWriter _writer;
    private readonly PostgresReaders _readers;
    private readonly LeaseKeeper _lease;
    private readonly OwnTenants _own;
    private readonly DoubtfulClaims _doubtful;
    private readonly Gatherer<string?> _owners;

    public PostgresOwnership(
        PostgresWriter writer, PostgresReaders readers, LeaseKeeper lease, OwnTenants own, DoubtfulClaims doubtful, long incarnation)
    {
        (_writer, _readers, _lease, _own, _doubtful, Incarnation) = (writer, readers, lease, own, doubtful, incarnation);
        _owners = new(OwnersAtOnce, FindOwners);
    }

    public long Incarnation { get; }

    public bool IsHeld => _lease.IsHeld;

    public Task<string> Lost => _lease.Lost;

    public bool Owns(long tenantKey) => !_lease.Lost.IsCompleted && _own.Find(tenantKey) is { Leaving: false };

    public void OnRequested(Action<IReadOnlyList<TenantRequest>> requested) => _lease.OnRequested(requested);

    public ValueTask<bool> HandTo(TenantRequest request, CancellationToken cancellationToken) =>
        GiveUp(_own.FindOrHold(request.TenantKey, request.TenantName), "SELECT hand_tenant($1, $2, $3)",
            () => [new() { Value = Incarnation }, new() { Value = request.TenantKey }, new() { Value = request.Incarnation }], cancellationToken);

    public ValueTask<bool> Release(long tenantKey, CancellationToken cancellationToken) =>
        GiveUp(_own.Find(tenantKey), "SELECT release_tenant($1, $2)",
            () => [new() { Value = Incarnation }, new() { Value = tenantKey }], cancellationToken);

    public ValueTask<IReadOnlyList<LivingIncarnation>> ReadLiving(CancellationToken cancellationToken) =>
        _readers.List(Living, r => new LivingIncarnation(r.GetInt64(0), r.GetString(1)), cancellationToken);

    public async ValueTask<string?> FindOwner(string tenantName, CancellationToken cancellationToken) =>
        await _owners.Ask(tenantName, cancellationToken);

    public async ValueTask<IReadOnlyList<string>> ReadOrphans(int share, int shares, int limit, CancellationToken cancellationToken)
    {
        var orphans = await _readers.List(Orphans, r => r.GetString(0), cancellationToken,
            new NpgsqlParameter<long> { TypedValue = share }, new NpgsqlParameter<long> { TypedValue = shares },
            new NpgsqlParameter<long> { TypedValue = limit });
        var doubtful = _doubtful.Read(_own);
        if (doubtful.Length == 0) return orphans;
        var unknown = await _readers.List(Unknown, r => r.GetString(0), cancellationToken,
            new NpgsqlParameter<long> { TypedValue = Incarnation }, new NpgsqlParameter<string[]> { TypedValue = doubtful });
        return [.. orphans, .. unknown];
    }

    private async ValueTask<bool> GiveUp(
        OwnTenant? tenant, string sql, Func<IEnumerable<NpgsqlParameter>> parameters, CancellationToken cancellationToken)
    {
        if (tenant is null) return false;
        tenant.Leaving = true;
        var given = await _writer.Change(tenant.Key, sql, parameters, answer =>
        {
            if (answer is null or > 0 || !tenant.IsLoaded) _own.Remove(tenant.Key);
            // When the answer was lost it may be gone. If not, the next claim says so; somebody has to make one if it has mail.
            if (answer is null) _doubtful.Add(tenant.Name);
            if (answer <= 0) tenant.Leaving = false;
        }, cancellationToken);
        return given > 0;
    }

    private async Task<Dictionary<string, string?>> FindOwners(IReadOnlyList<string> names)
    {
        var owners = names.ToDictionary(n => n, string? (_) => null, StringComparer.Ordinal);
        var found = await _readers.List(Owners, r => (Name: r.GetString(0), Address: r.GetString(1)), default,
            new NpgsqlParameter<string[]> { TypedValue = [.. names] });
        foreach (var (name, address) in found) owners[name] = address;
        return owners;
    }
}
