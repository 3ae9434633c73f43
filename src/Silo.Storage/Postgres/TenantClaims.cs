using Npgsql;

namespace Silo.Storage.Postgres;

/// <summary>
/// Makes tenants this incarnation's own, in sets: one round trip, one transaction for all that are asked for at the same time. One that
/// another living incarnation holds is asked for, and tried again until it is given.
/// </summary>
internal sealed class TenantClaims
{
    // Nothing but a claim changes the owner of a tenant that nobody living has, so what the filter saw still holds behind the lock, or
    // the row is passed over.
    internal const string Take =
        """
        WITH free AS (
            SELECT t.tenant_key FROM tenants t
            WHERE t.name = ANY ($2) AND (t.owner IS NULL OR EXISTS (SELECT 1 FROM incarnations i WHERE i.incarnation = t.owner AND i.dead))
            ORDER BY t.tenant_key FOR NO KEY UPDATE)
        UPDATE tenants t SET owner = $1 FROM free WHERE t.tenant_key = free.tenant_key
        """;

    internal const string Request =
        """
        INSERT INTO requests (tenant_key, incarnation, asked_at)
        SELECT t.tenant_key, $1, clock_timestamp() FROM tenants t WHERE t.name = ANY ($2) AND t.owner <> $1 ORDER BY t.tenant_key
        ON CONFLICT (tenant_key) DO UPDATE SET incarnation = excluded.incarnation, asked_at = excluded.asked_at
        WHERE requests.asked_at < clock_timestamp() - interval '1 second'
        """;

    // Whoever owns them: each statement sees what was stored before it, and an owner may change in between.
    internal const string ReadNames = "SELECT t.name FROM tenants t WHERE t.name = ANY ($1)";

    internal const string ReadBacklogs =
        """
        SELECT t.tenant_key, b.units, b.due FROM tenants t
        CROSS JOIN LATERAL (SELECT count(*) AS units, min(u.due) AS due FROM units u WHERE u.tenant_key = t.tenant_key AND u.due < $3) b
        WHERE t.name = ANY ($2) AND t.owner = $1 AND b.units > 0
        """;

    internal const string ReadBlock =
        "SELECT nextval('id_blocks') WHERE EXISTS (SELECT 1 FROM tenants t WHERE t.name = ANY ($2) AND t.owner = $1)";

    // Asked of whoever had it before. One that stayed, made while the tenant was on its way, would be heard by the next owner, and the tenant
    // given to one who does not wait for it.
    internal const string ForgetRequests =
        """
        DELETE FROM requests r USING (
            SELECT q.tenant_key FROM tenants t JOIN requests q ON q.tenant_key = t.tenant_key
            WHERE t.name = ANY ($2) AND t.owner = $1 FOR UPDATE OF q SKIP LOCKED) AS answered
        WHERE r.tenant_key = answered.tenant_key
        """;

    private const string Mine = "t.name = ANY ($2) AND t.owner = $1";
    private const int MostAtOnce = 256;

    internal static readonly string ReadTenants = TenantRows.Select(Mine);
    internal static readonly string ReadUnsettled = UnitRows.SelectUnsettled(Mine);

    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(200);

    private readonly PostgresConnections _connections;
    private readonly OwnTenants _own;
    private readonly DoubtfulClaims _doubtful;
    private readonly UnitsInHand _inHand;
    private readonly PostgresIdReserve _ids;
    private readonly long _incarnation;
    private readonly PostgresStoreOptions _options;
    private readonly TimeProvider _time;
    private readonly Gatherer<TenantClaim?> _sets;

    public TenantClaims(
        PostgresConnections connections, OwnTenants own, DoubtfulClaims doubtful, UnitsInHand inHand, PostgresIdReserve ids,
        long incarnation, PostgresStoreOptions options, TimeProvider time)
    {
        (_connections, _own, _doubtful, _inHand, _ids, _incarnation, _options, _time) =
            (connections, own, doubtful, inHand, ids, incarnation, options, time);
        _sets = new(MostAtOnce, ClaimSet);
    }

    public async ValueTask<TenantClaim> Claim(string name, CancellationToken cancellationToken)
    {
        _own.Await(name);
        try
        {
            return await UntilGiven(name, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            _doubtful.Add(name);
            throw;
        }
        finally
        {
            _own.AwaitNoMore(name);
        }
    }

    private async ValueTask<TenantClaim> UntilGiven(string name, CancellationToken cancellationToken)
    {
        var started = _time.GetTimestamp();
        while (true)
        {
            // Null while this very process is about to give the tenant away: what the set read is no longer so.
            var claim = await _sets.Ask(name, cancellationToken);
            if (claim is { Result: not ClaimResult.OwnedElsewhere }) return claim;
            if (_time.GetElapsedTime(started) >= _options.ClaimTimeout)
            {
                // It may be given after all.
                _doubtful.Add(name);
                return TenantClaim.OwnedElsewhere;
            }

            await Task.Delay(claim is null ? RetryInterval / 10 : RetryInterval, _time, cancellationToken);
        }
    }

    private async Task<Dictionary<string, TenantClaim?>> ClaimSet(IReadOnlyList<string> names)
    {
        for (var again = false; ; again = true)
        {
            try
            {
                return await ClaimOnce(names);
            }
            catch (NpgsqlException e) when (!again && e is not PostgresException { InvariantSeverity: "ERROR" })
            {
                // Connections that waited over a restart of the server are found broken when used. A claim may be made twice.
                _connections.Claims.Clear();
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException)
            {
                // Some may be this incarnation's now, and nobody may ask again.
                foreach (var name in names) _doubtful.Add(name);
                throw new StorageException($"The tenants could not be claimed: {e.Message}", e);
            }
        }
    }

    private async Task<Dictionary<string, TenantClaim?>> ClaimOnce(IReadOnlyList<string> names)
    {
        string[] all = [.. names];
        _own.BeginClaims();
        string[] fresh = [.. names.Where(n => !_own.Contains(n))];
        var claims = all.ToDictionary(n => n, TenantClaim? (_) => TenantClaim.NoSuchTenant, StringComparer.Ordinal);
        var backlogs = new Dictionary<long, (long Units, DateTimeOffset Due)>();
        await using var batch = _connections.Claims.CreateBatch();
        batch.BatchCommands.Add(Command(Take, all));
        batch.BatchCommands.Add(Command(Request, all));
        batch.BatchCommands.Add(new(ReadNames) { Parameters = { new NpgsqlParameter<string[]> { TypedValue = all } } });
        batch.BatchCommands.Add(Command(ReadTenants, all));
        batch.BatchCommands.Add(Command(ReadUnsettled, all));
        batch.BatchCommands.Add(Command(ReadBacklogs, fresh, new NpgsqlParameter<long> { TypedValue = DateTimeOffset.MaxValue.UtcTicks }));
        batch.BatchCommands.Add(Command(ReadBlock, fresh));
        batch.BatchCommands.Add(Command(ForgetRequests, fresh));
        batch.BatchCommands.Add(Command("SELECT fence($1)", null));
        await using var rows = await batch.ExecuteReaderAsync();
        while (await rows.ReadAsync()) claims[rows.GetString(0)] = TenantClaim.OwnedElsewhere;
        await rows.NextResultAsync();
        var tenants = await TenantRows.Read(rows);
        await rows.NextResultAsync();
        var unsettled = (await UnitRows.ReadUnsettled(rows)).ToLookup(u => u.TenantKey);
        await rows.NextResultAsync();
        while (await rows.ReadAsync()) backlogs[rows.GetInt64(0)] = (rows.GetInt64(1), TenantRows.Instant(rows, 2));
        await rows.NextResultAsync();
        if (await rows.ReadAsync()) _ids.StartAt(rows.GetInt64(0));
        while (await rows.NextResultAsync())
        {
        }

        foreach (var tenant in tenants)
        {
            var backlog = backlogs.TryGetValue(tenant.TenantKey, out var b)
                ? new TenantBacklog(tenant.TenantKey, tenant.Name, b.Units, b.Due)
                : null;
            claims[tenant.Name] = Accept(tenant, [.. unsettled[tenant.TenantKey]], backlog);
        }

        return claims;
    }

    private TenantClaim? Accept(StoredTenant tenant, List<UnsettledUnit> unsettled, TenantBacklog? backlog)
    {
        var (applied, last) = (tenant.Snapshot.AppliedSequence, tenant.Snapshot.AppliedSequence + tenant.Tail.Count);
        var own = new OwnTenant(tenant.TenantKey, tenant.Name, last, applied);
        if (tenant.Tail.Count > 0) own.Tail = new(tenant.Tail.Select(e => (e.Sequence, e.Position)));
        if (!_own.TryClaim(own, out var isNew)) return null;
        if (isNew) _inHand.Add(unsettled);
        return new(ClaimResult.Claimed, tenant, unsettled, backlog);
    }

    private NpgsqlBatchCommand Command(string sql, string[]? names, params ReadOnlySpan<NpgsqlParameter> more)
    {
        var command = new NpgsqlBatchCommand(sql);
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = _incarnation });
        if (names is not null) command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = names });
        foreach (var parameter in more) command.Parameters.Add(parameter);
        return command;
    }
}
