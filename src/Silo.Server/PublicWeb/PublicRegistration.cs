using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Silo.Server.Tenants;
using Silo.Storage;

namespace Silo.Server.PublicWeb;

internal static class PublicRegistration
{
    /// <summary>The public listener and the keys of links; pages are added by <see cref="PublicRoutes.MapPublic"/>.</summary>
    public static void AddPublicWeb(this IServiceCollection services, PublicOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton<PublicLinks>();
        services.AddSingleton(p => new LinkKeys(
            p.GetRequiredService<ISiloStore>().Resources, p.GetRequiredService<IDataProtectionProvider>(),
            p.GetRequiredService<RandomNumberGenerator>(), p.GetRequiredService<TimeProvider>(), p.GetRequiredService<IEngine>().IsAlone,
            p.GetRequiredService<ILogger<LinkKeys>>()));
        services.AddHostedService<LinkKeyUpkeep>();
        services.AddSingleton<LinkTokens>();
        services.AddSingleton<PublicServer>();
    }
}
