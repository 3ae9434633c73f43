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
            var options = new SqliteStoreOptions { Directory = settings.Silo.DataDirectory };
            return await SqliteStore.Open(options, TimeProvider.System, cancellationToken);
        }

        return await PostgresStore.Open(
            new PostgresStoreOptions
            {
                ConnectionString = settings.Store.ConnectionString!, Address = isCluster ? settings.Cluster.Endpoint : "", Exclusive = !isCluster,
                AllowAsynchronousStandby = settings.Store.AllowAsynchronousStandby,
            },
            TimeProvider.System, cancellationToken);
    }
}
