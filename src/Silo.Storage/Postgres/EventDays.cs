using Dapper;
using Npgsql;

namespace Silo.Storage.Postgres;

/// <summary>
/// The partitions of the event log, one per day. They are made days ahead, so that no batch ever makes one; a day without a partition
/// goes into the one before.
/// </summary>
internal sealed class EventDays
{
    private const int DaysAhead = 3;

    private volatile int[] _days = [];

    public static int Number(DateTimeOffset instant) => (int)(instant.UtcTicks / TimeSpan.TicksPerDay);

    /// <summary>The day whose partition takes events now.</summary>
    public int Of(DateTimeOffset now)
    {
        var (days, today) = (_days, Number(now));
        var at = Array.BinarySearch(days, today);
        return at >= 0 ? today : days[Math.Max(0, ~at - 1)];
    }

    /// <summary>Makes the partitions of the coming days that are missing.</summary>
    public async Task Ensure(NpgsqlDataSource source, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        var days = await Read(connection);
        for (var day = Number(now); day <= Number(now) + DaysAhead; day++)
        {
            if (!days.Contains(day)) await Make(connection, day, cancellationToken);
        }

        _days = [.. (await Read(connection)).Order()];
    }

    /// <summary>
    /// Drops the partitions of days that are out of retention and whose events are all in snapshots. Returns how many.
    /// </summary>
    /// <param name="source">Without a limit on how long a statement may take, and of sessions that end with it.</param>
    public async Task<int> Trim(NpgsqlDataSource source, DateTimeOffset keepFrom, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        var dropped = 0;
        // One process at a time; the others leave it to that one.
        if (!await connection.ExecuteScalarAsync<bool>("SELECT pg_try_advisory_lock(1936289903, 2)")) return 0;
        try
        {
            foreach (var day in (await Read(connection)).Order().Where(d => d < Number(keepFrom)))
            {
                var needed = await connection.ExecuteScalarAsync<bool>(
                    $"SELECT EXISTS (SELECT 1 FROM events_{day} e JOIN snapshots s ON s.tenant_key = e.tenant_key "
                    + "WHERE e.sequence > s.applied_sequence)");
                if (needed) break;
                // Detached first without stopping the writers; a drop alone would lock the whole log.
                var pending = await connection.ExecuteScalarAsync<bool>(
                    $"SELECT inhdetachpending FROM pg_inherits WHERE inhrelid = 'events_{day}'::regclass");
                var how = pending ? "FINALIZE" : "CONCURRENTLY";
                await connection.ExecuteAsync($"ALTER TABLE events DETACH PARTITION events_{day} {how}");
                await connection.ExecuteAsync($"DROP TABLE events_{day}");
                dropped++;
            }
        }
        finally
        {
            await connection.ExecuteAsync("SELECT pg_advisory_unlock(1936289903, 2)");
        }

        if (dropped > 0) _days = [.. (await Read(connection)).Order()];
        return dropped;
    }

    private static async Task Make(NpgsqlConnection connection, int day, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await connection.ExecuteAsync("SELECT pg_advisory_xact_lock(1936289903, 3)");
        if (!(await Read(connection)).Contains(day))
        {
            await connection.ExecuteAsync(
                $"""
                CREATE TABLE events_{day} (LIKE events INCLUDING ALL);
                ALTER TABLE events ATTACH PARTITION events_{day} FOR VALUES IN ({day});
                """);
        }

        await transaction.CommitAsync(cancellationToken);
    }

    private static async Task<List<int>> Read(NpgsqlConnection connection) =>
    [
        .. (await connection.QueryAsync<string>(
            "SELECT c.relname::text FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'events'::regclass"))
            .Select(n => int.Parse(n["events_".Length..], System.Globalization.CultureInfo.InvariantCulture)),
    ];
}
