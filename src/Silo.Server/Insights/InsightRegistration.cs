using Silo.Server.Delivery;
using Silo.Storage;

namespace Silo.Server.Insights;

internal static class InsightRegistration
{
    /// <summary>The search over messages and what is told of a single one; needs the store and the tenants.</summary>
    public static void AddInsights(this IServiceCollection services, InsightOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton(p => new InsightIndexer(
            p.GetRequiredService<ISiloStore>(), p.GetRequiredService<MailboxProviders>(), options, p.GetRequiredService<TimeProvider>(),
            p.GetRequiredService<ILogger<InsightIndexer>>()));
        services.AddHostedService(p => p.GetRequiredService<InsightIndexer>());
        services.AddSingleton(p => new InsightNames(p.GetRequiredService<ISiloStore>().Tenants));
        services.AddSingleton(p => new InsightSearch(p.GetRequiredService<ISiloStore>().Insights, p.GetRequiredService<TimeProvider>()));
        services.AddSingleton<MessageHistories>();
        services.AddSingleton<AddressInsights>();
    }
}
