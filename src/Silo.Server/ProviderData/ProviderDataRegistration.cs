using Silo.Server.Accounts;
using Silo.Server.Blocklists;
using Silo.Server.Tenants;
using Silo.Storage;

namespace Silo.Server.ProviderData;

internal static class ProviderDataRegistration
{
    /// <summary>Needs <see cref="BlocklistSubjects"/>, which knows whose an address is.</summary>
    public static void AddProviderData(this IServiceCollection services, ProviderDataOptions options)
    {
        services.AddSingleton<ProviderHttp>();
        services.AddSingleton(p => new GoogleTokens(options.Google, p.GetRequiredService<ProviderHttp>(), p.GetRequiredService<TimeProvider>()));
        services.AddSingleton(p => new ProviderFetcher(
            options, p.GetRequiredService<GoogleTokens>(), p.GetRequiredService<ProviderHttp>(), p.GetRequiredService<TimeProvider>()));
        services.AddSingleton(p => new ProviderImports(
            p.GetRequiredService<ISiloStore>().Resources, p.GetRequiredService<Arns>(), p.GetRequiredService<AccountResources>(),
            p.GetRequiredService<BlocklistSubjects>(), p.GetRequiredService<ITenants>(), p.GetRequiredService<TimeProvider>(),
            p.GetRequiredService<ILogger<ProviderImports>>()));
        services.AddSingleton(p => new ProviderFetchService(
            p.GetRequiredService<ISiloStore>().Resources, options, p.GetRequiredService<ProviderFetcher>(), p.GetRequiredService<ProviderImports>(),
            p.GetRequiredService<TimeProvider>(), p.GetRequiredService<ILogger<ProviderFetchService>>()));
        services.AddHostedService(p => p.GetRequiredService<ProviderFetchService>());
    }
}
