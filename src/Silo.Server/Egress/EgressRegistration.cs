using Silo.Server.Accounts;
using Silo.Storage;

namespace Silo.Server.Egress;

internal static class EgressRegistration
{
    /// <summary>Pools and addresses. Needs <see cref="ISiloStore"/>, <see cref="Arns"/>, <see cref="AccountResources"/> and the clock.</summary>
    public static IServiceCollection AddEgress(this IServiceCollection services)
    {
        services.AddSingleton(p => new SendingPools(p.GetRequiredService<ISiloStore>().Resources, p.GetRequiredService<TimeProvider>()));
        services.AddSingleton(p => new SendingPoolResources(
            p.GetRequiredService<ISiloStore>().Resources, p.GetRequiredService<Arns>(), p.GetRequiredService<SendingPools>(),
            p.GetRequiredService<TimeProvider>()));
        services.AddSingleton(p => new DedicatedIpResources(
            p.GetRequiredService<ISiloStore>().Resources, p.GetRequiredService<Arns>(), p.GetRequiredService<AccountResources>(),
            p.GetRequiredService<SendingPoolResources>(), p.GetRequiredService<SendingPools>(), p.GetRequiredService<TimeProvider>()));
        return services;
    }
}
