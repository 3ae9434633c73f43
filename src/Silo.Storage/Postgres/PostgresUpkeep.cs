using Npgsql;
using Silo.Core.Reputation;

namespace Silo.Storage.Postgres;

/// <summary>What runs beside the work: makes and drops partitions of the event log, and clears away what ended incarnations left.</summary>
internal sealed class PostgresUpkeep(PostgresConnections connections, EventDays days, PostgresStoreOptions options, TimeProvider time)
{
    private static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan DaysInterval = TimeSpan.FromHours(1);

    private const string DeleteSettledReleases =
        """
        DELETE FROM releases r USING incarnations i
        WHERE i.dead AND NOT i.swept AND r.incarnation = i.incarnation AND NOT EXISTS (
            SELECT 1 FROM unnest(r.unit_ids) AS x (unit_id) JOIN units u ON u.unit_id = x.unit_id AND u.settled_release < r.release_id)
        """;

    private const string MarkSwept =
        """
        UPDATE incarnations i SET swept = true
        WHERE i.dead AND NOT i.swept AND NOT EXISTS (SELECT 1 FROM releases r WHERE r.incarnation = i.incarnation)
            AND NOT EXISTS (SELECT 1 FROM tenants t JOIN units u ON u.tenant_key = t.tenant_key WHERE t.owner = i.incarnation)
        """;

    private const string DeleteLeftovers =
        """
        WITH gone AS (SELECT l.incarnation FROM leases l JOIN incarnations i ON i.incarnation = l.incarnation WHERE i.swept),
            leases_gone AS (DELETE FROM leases l USING gone WHERE l.incarnation = gone.incarnation),
            requests_gone AS (DELETE FROM requests WHERE asked_at < clock_timestamp() - interval '1 hour')
        DELETE FROM batches b USING gone WHERE b.incarnation = gone.incarnation
        """;

    private const string DeleteOldRollUps =
        """
        DELETE FROM roll_ups WHERE ctid = ANY (ARRAY (SELECT ctid FROM roll_ups WHERE hour < $1 ORDER BY hour LIMIT 10000))
        """;

    private const string DeleteOldRollUpDays =
        """
        DELETE FROM roll_up_days WHERE ctid = ANY (ARRAY (SELECT ctid FROM roll_up_days WHERE hour < $1 ORDER BY hour LIMIT 10000))
        """;

    private const string DeleteOldRollUpSums =
        """
        DELETE FROM roll_up_sums WHERE ctid = ANY (ARRAY (
            SELECT ctid FROM roll_up_sums WHERE kind = $1 AND span = $2 AND hour < $3 LIMIT 10000))
        """;

    // A living tenant remembers what it has named, so its names stay; of one that is gone they go with its last hour.
    private const string DeleteGoneScopes =
        """
        DELETE FROM roll_up_scopes WHERE ctid = ANY (ARRAY (
            SELECT s.ctid FROM roll_up_scopes s
            WHERE NOT EXISTS (SELECT 1 FROM tenants t WHERE t.tenant_key = s.tenant_key)
                AND NOT EXISTS (SELECT 1 FROM roll_ups r WHERE r.tenant_key = s.tenant_key)
                AND NOT EXISTS (SELECT 1 FROM roll_up_days r WHERE r.tenant_key = s.tenant_key) LIMIT 10000))
        """;

    // Few enough at once that nobody waits for them.
    private const string DeleteOldMarks =
        """
        DELETE FROM feedback_marks WHERE ctid = ANY (ARRAY (SELECT ctid FROM feedback_marks WHERE day < $1 ORDER BY day LIMIT 10000))
        """;

    private const string DeleteOldFacts =
        """
        DELETE FROM message_facts WHERE ctid = ANY (ARRAY (SELECT ctid FROM message_facts WHERE day < $1 ORDER BY day LIMIT 10000))
        """;

    private const string DeleteGoneEntries =
        """
        DELETE FROM suppressed WHERE ctid = ANY (ARRAY (
            SELECT s.ctid FROM suppressed s JOIN suppressed_gone g ON g.list = s.list LIMIT 10000))
        """;

    private const string DeleteGoneLists =
        """
        DELETE FROM suppressed_gone g WHERE NOT EXISTS (SELECT 1 FROM suppressed s WHERE s.list = g.list)
            AND NOT EXISTS (SELECT 1 FROM opt_outs o WHERE o.tenant_key = g.list)
        """;

    private const string DeleteGoneOptOuts =
        """
        DELETE FROM opt_outs WHERE ctid = ANY (ARRAY (
            SELECT o.ctid FROM opt_outs o JOIN suppressed_gone g ON g.list = o.tenant_key LIMIT 10000))
        """;

    private const string DeleteGoneContacts =
        """
        DELETE FROM contacts WHERE ctid = ANY (ARRAY (
            SELECT c.ctid FROM contacts c JOIN contacts_gone g ON g.list = c.list LIMIT 10000))
        """;

    private const string DeleteGoneContactLists =
        "DELETE FROM contacts_gone g WHERE NOT EXISTS (SELECT 1 FROM contacts c WHERE c.list = g.list)";

    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;

    public void Start() => _running = Task.Run(Run);

    public async Task Stop()
    {
        await _stop.CancelAsync();
        await _running;
    }

    /// <summary>Returns how many days of events were dropped.</summary>
    public async Task<int> KeepDays(CancellationToken cancellationToken)
    {
        await days.Ensure(connections.Readers, time.GetUtcNow(), cancellationToken);
        // Walks over a day, and waits for whoever reads it.
        await using var patient = PostgresConnections.Build(
            options, "Silo retention", 1, TimeSpan.FromHours(1), " -c statement_timeout=0 -c lock_timeout=0");
        await DropBefore(DeleteOldMarks, FeedbackKey.DayOf(time.GetUtcNow() - FeedbackKey.Kept), cancellationToken);
        await DropBefore(DeleteOldRollUps, RollUpSql.OldestHour(time.GetUtcNow()), cancellationToken);
        await DropBefore(DeleteOldRollUpDays, RollUpSql.OldestHour(time.GetUtcNow()), cancellationToken);
        foreach (var (kind, span) in RollUpSums.Kept)
        {
            var oldest = RollUpKey.HourOf(time.GetUtcNow() - RollUpSums.KeptFor(kind, span));
            await Drop(DeleteOldRollUpSums, [kind, span, oldest], cancellationToken);
        }

        await Drop(DeleteGoneScopes, [], cancellationToken);
        await DropBefore(DeleteOldFacts, EventDays.Number(time.GetUtcNow() - options.FactsRetention), cancellationToken);
        var cutoff = (time.GetUtcNow() - options.InsightRetention).ToUnixTimeMilliseconds();
        while (await PostgresInsightStore.DropBefore(connections.Claims, cutoff, cancellationToken))
        {
        }

        await SendKeyRows.Empty(connections.Claims, time.GetUtcNow());
        return await days.Trim(patient, time.GetUtcNow() - options.EventRetention, cancellationToken);
    }

    /// <summary>What is kept by the day on which a message was accepted, a few at a time.</summary>
    private Task DropBefore(string sql, int day, CancellationToken cancellationToken) => Drop(sql, [day], cancellationToken);

    private async Task Drop(string sql, int[] arguments, CancellationToken cancellationToken)
    {
        int dropped;
        do
        {
            await using var command = connections.Claims.CreateCommand(sql);
            foreach (var argument in arguments) command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = argument });
            cancellationToken.ThrowIfCancellationRequested();
            dropped = await command.ExecuteNonQueryAsync(CancellationToken.None);
        }
        while (dropped > 0);
    }

    /// <summary>Clears away what ended incarnations left and nobody will need.</summary>
    public async Task Sweep(CancellationToken cancellationToken)
    {
        foreach (var sql in new[]
        {
            DeleteSettledReleases, MarkSwept, DeleteLeftovers, DeleteGoneEntries, DeleteGoneOptOuts, DeleteGoneLists, DeleteGoneContacts,
            DeleteGoneContactLists,
        })
        {
            await using var command = connections.Claims.CreateCommand(sql);
            cancellationToken.ThrowIfCancellationRequested();
            await command.ExecuteNonQueryAsync(CancellationToken.None);
        }
    }

    private async Task Run()
    {
        var keptAt = time.GetTimestamp();
        await Quietly(KeepDays);
        while (!_stop.IsCancellationRequested)
        {
            await Quietly(Sweep);
            if (time.GetElapsedTime(keptAt) >= DaysInterval)
            {
                keptAt = time.GetTimestamp();
                await Quietly(KeepDays);
            }

            await Quietly(token => Task.Delay(SweepInterval, time, token));
        }
    }

    /// <summary>A failure is the database's, and shows where it matters; the next round tries again.</summary>
    private async Task Quietly(Func<CancellationToken, Task> work)
    {
        try
        {
            await work(_stop.Token);
        }
        catch (Exception e) when (
            e is NpgsqlException or TimeoutException or OperationCanceledException or IOException or System.Net.Sockets.SocketException)
        {
        }
    }
}
