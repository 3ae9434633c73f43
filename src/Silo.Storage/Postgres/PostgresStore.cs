using Npgsql;

namespace Silo.Storage.Postgres;

/// <summary>The store on a PostgreSQL database, 14 or newer: of one process alone, or shared by the silos of a cluster.</summary>
public static class PostgresStore
{
    /// <summary>
    /// Opens the store as a new incarnation, and brings the database to this program's version first. What an operator can cause is
    /// returned, not thrown.
    /// </summary>
    public static async ValueTask<StoreOpening> Open(PostgresStoreOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        Validate(options);
        try
        {
            if (await ServerSettings.Check(options, cancellationToken) is { } unsafeSettings) return unsafeSettings;
            await using var opening = PostgresConnections.Build(options, "Silo opening", 1, TimeSpan.FromMinutes(10), "");
            await using (var connection = await opening.OpenConnectionAsync(cancellationToken))
            {
                if (await PostgresMigrations.Apply(connection, cancellationToken) is { } refused) return refused;
            }

            var days = new EventDays();
            await days.Ensure(opening, time.GetUtcNow(), cancellationToken);
            return await Register(options, opening, days, time, cancellationToken);
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException or IOException or System.Net.Sockets.SocketException)
        {
            return new StoreOpening.Refused(StoreRefusal.Unusable, $"The database cannot be used: {e.Message}");
        }
    }

    private static async Task<StoreOpening> Register(
        PostgresStoreOptions options, NpgsqlDataSource opening, EventDays days, TimeProvider time, CancellationToken cancellationToken)
    {
        PostgresConnections? connections = null;
        LeaseKeeper? lease = null;
        try
        {
            var registered = await Incarnations.Register(opening, options, cancellationToken);
            connections = new PostgresConnections(options, registered.Incarnation);
            lease = new LeaseKeeper(connections, registered.Incarnation, options, time);
            await lease.Start(cancellationToken);
            if (await Incarnations.FindRival(opening, registered.Incarnation, options, time, cancellationToken) is { } rival)
            {
                await lease.Stop();
                await PostgresSiloStore.End(opening, registered.Incarnation);
                return new StoreOpening.Refused(StoreRefusal.InUse, $"The database is in use by {rival}.");
            }

            var store = new PostgresSiloStore(connections, lease, days, registered, options, time);
            (connections, lease) = (null, null);
            return new StoreOpening.Opened(store);
        }
        finally
        {
            if (lease is not null) await lease.Stop();
            if (connections is not null) await connections.DisposeAsync();
        }
    }

    private static void Validate(PostgresStoreOptions options)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(options.ConnectionString);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxBatchBytes, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxBatchWrites, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Readers, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.Readers, 256);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.LeaseMargin, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(options.RenewInterval * 2, options.LeaseTime - options.LeaseMargin);
    }
}
