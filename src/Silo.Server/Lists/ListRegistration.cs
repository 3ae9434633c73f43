using System.Security.Cryptography;
using Silo.Server.Accounts;
using Silo.Server.PublicWeb;
using Silo.Storage;

namespace Silo.Server.Lists;

internal static class ListRegistration
{
    /// <summary>Contact lists, what mail of lists and bulk streams carries, and the pages behind its links.</summary>
    /// <param name="addsFeedbackId">False where the way out puts on its own.</param>
    public static void AddLists(
        this IServiceCollection services, UnsubscribeOptions unsubscribe, FeedbackIdOptions feedbackId, bool addsFeedbackId)
    {
        services.AddSingleton(p => new ContactLists(
            p.GetRequiredService<ISiloStore>(), p.GetRequiredService<Arns>(), p.GetRequiredService<RandomNumberGenerator>(),
            p.GetRequiredService<TimeProvider>()));
        services.AddSingleton(p => new ListMailing(
            p.GetRequiredService<ISiloStore>(), p.GetRequiredService<ContactLists>(), p.GetRequiredService<LinkTokens>(),
            p.GetRequiredService<PublicLinks>(), unsubscribe, feedbackId, addsFeedbackId, p.GetRequiredService<ILogger<ListMailing>>()));
        services.AddSingleton<UnsubscribePages>();
        services.MapPublic("GET", UnsubscribeLink.Path + "{token}", p => p.GetRequiredService<UnsubscribePages>().Show);
        services.MapPublic("POST", UnsubscribeLink.Path + "{token}", p => p.GetRequiredService<UnsubscribePages>().Take);
    }
}
