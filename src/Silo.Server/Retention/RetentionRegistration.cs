using System.Security.Cryptography;
using Silo.Server.Exports;
using Silo.Server.Insights;
using Silo.Server.Lists;
using Silo.Server.Tenants;
using Silo.Storage;

namespace Silo.Server.Retention;

internal static class RetentionRegistration
{
    /// <summary>
    /// Erasures, and the places that the store has. What else keeps recipients registers an <see cref="IAddressEraser"/> of its own, which is
    /// asked after these.
    /// </summary>
    public static void AddRetention(this IServiceCollection services)
    {
        services.AddSingleton<IAddressEraser>(p => new QueuedMailEraser(
            p.GetRequiredService<ISiloStore>().Addresses, p.GetRequiredService<ITenants>(), p.GetRequiredService<RandomNumberGenerator>(),
            p.GetRequiredService<TimeProvider>()));
        // In this order: with a queue that is empty no notice comes any more, and what is not told yet keeps its facts.
        foreach (var table in new[] { AddressTable.MessageFacts, AddressTable.Notices, AddressTable.Events, AddressTable.AuditResources })
            services.AddSingleton<IAddressEraser>(p => new StoredTextEraser(p.GetRequiredService<ISiloStore>().Addresses, table));
        services.AddSingleton<IAddressEraser>(p => new InsightEraser(
            p.GetRequiredService<ISiloStore>().Addresses, p.GetRequiredService<InsightIndexer>()));
        // Behind what its files are made of: an export that began before is then of rows that know the address no more.
        services.AddSingleton<IAddressEraser, ExportEraser>();
        services.AddSingleton<IAddressEraser>(p => new ContactEraser(p.GetRequiredService<ContactLists>()));
        services.AddSingleton<IAddressEraser>(p => new SharedMessageEraser(p.GetRequiredService<ISiloStore>().Addresses));
        services.AddSingleton(p => new Erasures(
            p.GetRequiredService<IResourceStore>(), [.. p.GetServices<IAddressEraser>().OrderBy(e => e is SharedMessageEraser)],
            p.GetRequiredService<RandomNumberGenerator>(), p.GetRequiredService<TimeProvider>()));
        services.AddSingleton<ErasureService>();
        services.AddHostedService(p => p.GetRequiredService<ErasureService>());
    }
}
