using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Options;
using Silo.Server.Accounts;
using Silo.Server.Hosting;
using Silo.Server.Tenants;
using Silo.Storage;

namespace Silo.Server.Access;

internal static class AccessRegistration
{
    private const string RingDirectory = "key-ring";

    /// <summary>Keys, who may do what, and the record of who did. Needs the store, the tenants, the options, a <see cref="RootKey"/>.</summary>
    public static IServiceCollection AddAccess(this IServiceCollection services)
    {
        services.AddSingleton(p => ProtectionOf(p));
        services.AddSingleton<IDataProtectionProvider>(p => p.GetRequiredService<SecretProtection>());
        services.AddSingleton(p => new CredentialDocuments(
            p.GetRequiredService<ISiloStore>().Resources, p.GetRequiredService<SecretProtection>(), p.GetRequiredService<Arns>(),
            p.GetRequiredService<TimeProvider>(), p.GetRequiredService<ILogger<CredentialDocuments>>()));
        services.AddSingleton(p => new AccessKeys(
            p.GetRequiredService<RootKey>(), p.GetRequiredService<CredentialDocuments>(), p.GetRequiredService<TimeProvider>()));
        services.AddSingleton(p => new CredentialResources(
            p.GetRequiredService<CredentialDocuments>(), p.GetRequiredService<AccessKeys>(), p.GetRequiredService<ITenants>(),
            p.GetRequiredService<RandomNumberGenerator>(), p.GetRequiredService<TimeProvider>()));
        services.AddSingleton<Authorization>();
        services.AddSingleton<OperationGuard>();
        services.AddHostedService(p => new AuditRetention(
            p.GetRequiredService<ISiloStore>(), Options(p).Audit, p.GetRequiredService<TimeProvider>(),
            p.GetRequiredService<ILogger<AuditRetention>>()));
        return services;
    }

    /// <param name="isShared">The store is one that several silos use.</param>
    public static SecretProtection ProtectionOf(SiloOptions options, IResourceStore resources, bool isShared, TimeProvider time) => new(
        isShared && options.KeyRing.Directory is null
            ? new KeyRingDocuments(resources, time)
            : new KeyRingFiles(options.KeyRing.Directory ?? Path.Combine(options.DataDirectory, RingDirectory)),
        time);

    private static SecretProtection ProtectionOf(IServiceProvider provider) => ProtectionOf(
        Options(provider), provider.GetRequiredService<ISiloStore>().Resources,
        provider.GetService<StoreOptions>()?.Kind == StoreKind.Postgres, provider.GetRequiredService<TimeProvider>());

    private static SiloOptions Options(IServiceProvider provider) => provider.GetRequiredService<IOptions<SiloOptions>>().Value;
}
