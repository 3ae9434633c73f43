using System.Security.Cryptography;
using Silo.Server.Accounts;
using Silo.Server.Feedback;
using Silo.Server.Lists.Imports;
using Silo.Server.PublicWeb;
using Silo.Server.Tenants;
using Silo.Storage;

namespace Silo.Server.Lists;

internal static class ListRegistration
{
    /// <summary>Contact lists, what mail of lists and bulk streams carries, and the pages behind its links.</summary>
    /// <param name="addsFeedbackId">False where the way out puts on its own.</param>
    public static void AddLists(
        this IServiceCollection services, UnsubscribeOptions unsubscribe, FeedbackIdOptions feedbackId, ImportOptions imports,
        bool addsFeedbackId)
    {
        services.AddSingleton(unsubscribe);
        services.AddSingleton(p => new ContactLists(
            p.GetRequiredService<ISiloStore>(), p.GetRequiredService<Arns>(), p.GetRequiredService<RandomNumberGenerator>(),
            p.GetRequiredService<TimeProvider>()));
        services.AddSingleton(p => new ListMailing(
            p.GetRequiredService<ISiloStore>(), p.GetRequiredService<ContactLists>(), p.GetRequiredService<ITenants>(),
            p.GetRequiredService<LinkTokens>(),
            p.GetRequiredService<PublicLinks>(), p.GetRequiredService<UnsubscribeMail>(), unsubscribe, feedbackId, addsFeedbackId,
            p.GetRequiredService<ILogger<ListMailing>>()));
        services.AddSingleton(p => new UnsubscribeMail(
            p.GetRequiredService<LinkTokens>(),
            unsubscribe.MailTo && p.GetRequiredService<FeedbackOptions>() is { Smtp.Endpoint: not null, ReturnPathDomain: { } domain }
                ? domain
                : null));
        services.AddSingleton<Unsubscriptions>();
        services.AddSingleton<UnsubscribePages>();
        services.AddHostedService<ContactSweep>();
        AddImports(services, imports);
        services.MapPublic("GET", UnsubscribeLink.Path + "{token}", p => p.GetRequiredService<UnsubscribePages>().Show);
        services.MapPublic("POST", UnsubscribeLink.Path + "{token}", p => p.GetRequiredService<UnsubscribePages>().Take);
    }

    private static void AddImports(IServiceCollection services, ImportOptions options)
    {
        services.AddSingleton(new ImportFiles(options));
        services.AddSingleton(p => new ImportJobs(
            p.GetRequiredService<ISiloStore>().Resources, p.GetRequiredService<Arns>(), p.GetRequiredService<RandomNumberGenerator>(),
            p.GetRequiredService<TimeProvider>()));
        services.AddSingleton<ImportRunner>();
        services.AddSingleton<ImportService>();
        services.AddHostedService(p => p.GetRequiredService<ImportService>());
    }
}
