using Microsoft.AspNetCore.DataProtection;
using Silo.Dns;
using Silo.Server.Accounts;
using Silo.Server.Delivery;
using Silo.Server.Hosting;
using Silo.Storage;

namespace Silo.Server.Identities;

internal static class IdentityRegistration
{
    /// <param name="jitter">From 0 to below 1; for several threads.</param>
    public static void AddIdentities(this IServiceCollection services, DkimOptions options, IdentityTerms terms, Func<double> jitter)
    {
        services.AddSingleton(options);
        services.AddSingleton(terms);
        services.AddSingleton(p => new KeyProtection(p.GetService<IDataProtectionProvider>()));
        services.AddSingleton(p => new IdentityKeys(
            p.GetRequiredService<ISiloStore>().Resources, p.GetRequiredService<KeyProtection>(), p.GetRequiredService<TimeProvider>()));
        services.AddSingleton(p => new DkimSigning(
            options, terms, p.GetRequiredService<AccountResources>(), p.GetRequiredService<IdentityKeys>(), p.GetRequiredService<TimeProvider>(),
            p.GetRequiredService<ILogger<DkimSigning>>()));
        services.AddSingleton(p => new RecordLookup(p.GetRequiredService<DnsClient>(), terms));
        services.AddSingleton(p => new IdentityVerification(
            p.GetRequiredService<AccountResources>(), p.GetRequiredService<IdentityKeys>(), p.GetRequiredService<DkimSigning>(),
            p.GetRequiredService<RecordLookup>(), terms, jitter, p.GetRequiredService<TimeProvider>(),
            p.GetRequiredService<ILogger<IdentityVerification>>()));
        services.AddSingleton(p => new DkimChanges(
            p.GetRequiredService<AccountResources>(), p.GetRequiredService<IdentityKeys>(), terms, p.GetRequiredService<TimeProvider>()));
        services.AddSingleton(p => new IdentityPolicies(p.GetRequiredService<ISiloStore>().Resources, p.GetRequiredService<TimeProvider>()));
        services.AddHostedService(p => new IdentityService(
            p.GetRequiredService<ISiloStore>().Resources, p.GetRequiredService<AccountResources>(), p.GetRequiredService<IdentityVerification>(),
            p.GetRequiredService<TimeProvider>(), p.GetRequiredService<ILogger<IdentityService>>()));
    }

    /// <summary>What the whole configuration says about identities.</summary>
    public static IdentityTerms TermsOf(SiloSettings settings)
    {
        var (dkim, identities, kind) = (settings.Dkim, settings.Silo.Identities, settings.Transport.Kind);
        return new IdentityTerms(
            settings.AutoVerify,
            kind != TransportKind.Ses && (dkim.Enabled ?? kind is TransportKind.Smtp or TransportKind.Mx),
            dkim.HostedZone is { } zone ? "dkim." + zone.ToLowerInvariant().TrimEnd('.') : null,
            (identities.MailFromMx ?? (settings.Feedback.Smtp.Endpoint is null ? null : settings.Feedback.Smtp.HostName ?? settings.Feedback.ReturnPathDomain))
                ?.ToLowerInvariant().TrimEnd('.'),
            identities.SpfInclude, identities.RevokeAfter, dkim.KeepRetired, dkim.RotateAfter);
    }
}
