using Silo.Dns;
using Silo.Server.Accounts;
using Silo.Server.Egress;
using Silo.Server.Tenants;
using Silo.Storage;

namespace Silo.Server.Blocklists;

internal static class BlocklistRegistration
{
    /// <param name="jitter">From 0 to below 1; for several threads.</param>
    public static void AddBlocklists(this IServiceCollection services, BlocklistOptions options, Func<double> jitter)
    {
        services.AddSingleton(options);
        services.AddSingleton(p => new BlocklistLookup(
            options, p.GetRequiredService<DnsClient>(), jitter, p.GetRequiredService<TimeProvider>()));
        services.AddSingleton(p => new BlocklistSubjects(
            p.GetRequiredService<ISiloStore>().Resources, p.GetRequiredService<Arns>(), p.GetRequiredService<AccountResources>(),
            p.GetRequiredService<SendingPools>(), p.GetRequiredService<TimeProvider>()));
        services.AddSingleton(p => new BlocklistWatch(
            p.GetRequiredService<ISiloStore>().Resources, p.GetRequiredService<BlocklistSubjects>(), p.GetRequiredService<BlocklistLookup>(),
            p.GetRequiredService<ITenants>(), p.GetRequiredService<TimeProvider>(), p.GetRequiredService<ILogger<BlocklistWatch>>()));
        services.AddSingleton(p => new BlocklistService(
            p.GetRequiredService<ISiloStore>().Resources, p.GetRequiredService<BlocklistSubjects>(), p.GetRequiredService<BlocklistWatch>(),
            jitter, p.GetRequiredService<TimeProvider>(), p.GetRequiredService<ILogger<BlocklistService>>()));
        services.AddHostedService(p => p.GetRequiredService<BlocklistService>());
    }
}
