using Microsoft.AspNetCore.DataProtection;
using Silo.Dns;
using Silo.Server.Accounts;
using Silo.Server.Delivery;
using Silo.Server.Events;
using Silo.Server.Hosting;
using Silo.Server.Tenants;
using Silo.Storage;

namespace Silo.Server.Identities;

internal static class IdentityRegistration
{
    /// <param name="jitter">From 0 to below 1; for several threads.</param>
    public static void AddIdentities(this IServiceCollection services, SiloSettings settings, Func<double> jitter)
    {
        var (options, terms) = (settings.Dkim, TermsOf(settings));
        services.AddSingleton(options);
        services.AddSingleton(terms);
        services.AddSingleton(p => new KeyProtection(p.GetRequiredService<IDataProtectionProvider>()));
        services.AddSingleton(p => new IdentityKeys(
            p.GetRequiredService<ISiloStore>().Resources, p.GetRequiredService<KeyProtection>(), p.GetRequiredService<TimeProvider>()));
        services.AddSingleton(p => new DkimSigning(
            options, terms, p.GetRequiredService<AccountResources>(), p.GetRequiredService<IdentityKeys>(), p.GetRequiredService<TimeProvider>(),
            p.GetRequiredService<ILogger<DkimSigning>>()));
        services.AddSingleton(p => new RecordLookup(
            new DnsClient(
                settings.Dns.ToClientOptions() with { MaxCacheEntries = 0 }, p.GetRequiredService<TimeProvider>(), new UnpredictableRandom()),
            terms));
        services.AddSingleton(p => new IdentityVerification(
            p.GetRequiredService<AccountResources>(), p.GetRequiredService<IdentityKeys>(), p.GetRequiredService<DkimSigning>(),
            p.GetRequiredService<RecordLookup>(), terms, jitter, p.GetRequiredService<TimeProvider>(),
            p.GetRequiredService<ILogger<IdentityVerification>>())
        {
            TellAccount = (report, token) => AccountNews.Tell(
                p.GetRequiredService<ITenants>(), report, p.GetRequiredService<ILogger<IdentityVerification>>(), token),
        });
        services.AddSingleton(p => new PlatformKeyCheck(
            terms, p.GetRequiredService<DkimSigning>(), p.GetRequiredService<IdentityKeys>(), p.GetRequiredService<RecordLookup>(),
            p.GetRequiredService<TimeProvider>(), p.GetRequiredService<ILogger<PlatformKeyCheck>>()));
        services.AddSingleton(p => new DkimChanges(
            p.GetRequiredService<AccountResources>(), p.GetRequiredService<IdentityKeys>(), terms, p.GetRequiredService<TimeProvider>()));
        services.AddSingleton(p => new IdentityPolicies(p.GetRequiredService<ISiloStore>().Resources, p.GetRequiredService<TimeProvider>()));
        services.AddHostedService(p => new IdentityService(
            p.GetRequiredService<ISiloStore>().Resources, p.GetRequiredService<AccountResources>(), p.GetRequiredService<IdentityVerification>(),
            p.GetRequiredService<TimeProvider>(), p.GetRequiredService<ILogger<IdentityService>>())
        {
            PlatformKey = p.GetRequiredService<PlatformKeyCheck>(),
        });
    }

    /// <summary>What the whole configuration says about identities.</summary>
    internal static IdentityTerms TermsOf(SiloSettings settings)
    {
        var (dkim, identities, feedback, kind) = (settings.Dkim, settings.Silo.Identities, settings.Feedback, settings.Transport.Kind);
        var listener = feedback.Smtp.Endpoint is null ? null : feedback.Smtp.HostName ?? feedback.ReturnPathDomain;
        return new IdentityTerms(
            settings.AutoVerify,
            kind != TransportKind.Ses && (dkim.Enabled ?? kind is TransportKind.Smtp or TransportKind.Mx),
            dkim.HostedZone is { } zone ? "dkim." + zone.ToLowerInvariant().TrimEnd('.') : null,
            (identities.MailFromMx ?? listener)?.ToLowerInvariant().TrimEnd('.'),
            identities.SpfInclude, identities.RevokeAfter, dkim.KeepRetired, dkim.RotateAfter);
    }
}
