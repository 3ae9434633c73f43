using Microsoft.Extensions.Options;
using Silo.Server.Accounts;
using Silo.Server.Hosting;
using Silo.Server.Identities;
using Silo.Server.Intake;
using Silo.Server.PublicWeb;
using Silo.Storage;

namespace Silo.Server.Templates;

internal static class TemplateRegistration
{
    /// <summary>Stored templates, and the verification of addresses by mail.</summary>
    public static void AddTemplates(this IServiceCollection services)
    {
        services.AddSingleton(p => new EmailTemplates(
            p.GetRequiredService<IResourceStore>(), p.GetRequiredService<Arns>(), p.GetRequiredService<TimeProvider>()));
        services.AddSingleton(p => new CustomVerificationTemplates(
            p.GetRequiredService<IResourceStore>(), p.GetRequiredService<Arns>(), p.GetRequiredService<TimeProvider>()));
        services.AddSingleton<VerificationLinks>();
        services.AddSingleton(p => new VerificationMail(
            p.GetRequiredService<MessageIntake>(), p.GetRequiredService<VerificationLinks>(),
            p.GetRequiredService<IOptions<SiloOptions>>().Value.Identities.VerificationFrom is { Length: > 0 } from ? from : null,
            p.GetRequiredService<Arns>(), p.GetRequiredService<ILogger<VerificationMail>>()));
        services.AddSingleton(p => new VerificationPages(
            p.GetRequiredService<VerificationLinks>(), p.GetRequiredService<AccountResources>(),
            p.GetRequiredService<CustomVerificationTemplates>(), p.GetRequiredService<IdentityVerification>().MarkVerified));
        services.MapPublic(
            "GET", VerificationPages.Pattern,
            p => context => p.GetRequiredService<VerificationPages>().Show(context, context.Token()));
        services.MapPublic(
            "POST", VerificationPages.Pattern,
            p => context => p.GetRequiredService<VerificationPages>().Confirm(context, context.Token()));
    }
}
