using Silo.Storage;
using Silo.Storage.Sqlite;

namespace Silo.Server.Hosting;

/// <summary>Opens the store that the settings name.</summary>
internal static class StoreChoice
{
    public static async ValueTask<StoreOpening> Open(SiloSettings settings, bool isCluster, CancellationToken cancellationToken)
    {
        var options = new SqliteStoreOptions { Directory = settings.Silo.DataDirectory };
        return await SqliteStore.Open(options, TimeProvider.System, cancellationToken);
    }
}
