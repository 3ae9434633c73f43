using System.ComponentModel.DataAnnotations;
using Silo.Storage;
using Silo.Storage.Postgres;
using Silo.Storage.Sqlite;

namespace Silo.Server.Hosting;

/// <summary>Opens the store that the settings name.</summary>
internal static class StoreChoice
{
    public static async ValueTask<StoreOpening> Open(SiloSettings settings, bool isCluster, CancellationToken cancellationToken)
    {
        if (settings.Store.Kind == StoreKind.Sqlite)
        {
            var options = new SqliteStoreOptions
            {
                Directory = settings.Silo.DataDirectory, FactsRetention = TimeSpan.FromDays(settings.Events.FactsDays),
                InsightRetention = TimeSpan.FromDays(settings.Insights.RetentionDays),
                MinFreeDiskBytes = settings.Store.MinFreeDiskBytes,
            };
            return await SqliteStore.Open(options, TimeProvider.System, cancellationToken);
        }

        return await PostgresStore.Open(
            new PostgresStoreOptions
            {
                ConnectionString = settings.Store.ConnectionString!, Address = isCluster ? settings.Cluster.Endpoint : "",
                Exclusive = !isCluster, AllowAsynchronousStandby = settings.Store.AllowAsynchronousStandby,
                FactsRetention = TimeSpan.FromDays(settings.Events.FactsDays),
                InsightRetention = TimeSpan.FromDays(settings.Insights.RetentionDays),
            },
            TimeProvider.System, cancellationToken);
    }
}

/// <summary>Where state is kept.</summary>
internal enum StoreKind
{
    Sqlite,
    Postgres,
}

internal sealed class StoreOptions
{
    public const string Section = "Silo:Store";

    /// <summary>Default Sqlite, in the data directory; a cluster needs Postgres.</summary>
    public StoreKind Kind { get; set; } = StoreKind.Sqlite;

    /// <summary>Of the PostgreSQL database, in the words of Npgsql (Host=…;Username=…;Database=…). Required with Postgres.</summary>
    public string? ConnectionString { get; set; }

    /// <summary>With SQLite: below so much free disk nothing new is accepted; 1 MiB to 1 TiB. Default 512 MiB.</summary>
    [Range(1L << 20, 1L << 40)]
    public long MinFreeDiskBytes { get; set; } = 512L << 20;

    /// <summary>
    /// With several hosts in the connection string: true accepts a database whose standbys lag behind, which may lose accepted mail when
    /// one of them is promoted. Default false: such a database is refused.
    /// </summary>
    public bool AllowAsynchronousStandby { get; set; }
}
