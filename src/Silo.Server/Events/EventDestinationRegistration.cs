using System.Diagnostics.Metrics;
using Silo.Server.Accounts;
using Silo.Server.Tenants;
using Silo.Storage;

namespace Silo.Server.Events;

internal static class EventDestinationRegistration
{
    /// <summary>Who is told of events, and what: everything but the telling.</summary>
    public static void AddEventDestinations(this IServiceCollection services, EventOptions options, string? reportingMta)
    {
        services.AddSingleton(options);
        services.AddSingleton(new ArnTargets(options));
        services.AddSingleton<EventDestinationWatch>();
        services.AddSingleton(p => new EventDestinationResources(
            p.GetRequiredService<IResourceStore>(), p.GetRequiredService<Arns>(), p.GetRequiredService<EventDestinationWatch>(),
            p.GetRequiredService<TimeProvider>())
        {
            Tell = async (report, token) => await AccountNews.Tell(
                p.GetRequiredService<ITenants>(), report, p.GetRequiredService<ILogger<EventDestinationResources>>(), token),
        });
        services.AddSingleton(p => new NoticeRenderer(p.GetRequiredService<Arns>(), reportingMta));
        services.AddSingleton(p => new EventCounters(p.GetRequiredService<IMeterFactory>()));
        services.AddHostedService<EventDestinationService>();
    }
}
