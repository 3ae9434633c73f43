using Silo.Server.PublicWeb;

namespace Silo.Server.Tracking;

internal static class TrackingRegistration
{
    /// <summary>Open and click tracking; needs the public listener, the tenants and the destinations of events.</summary>
    public static void AddTracking(this IServiceCollection services)
    {
        services.AddSingleton<TrackingSetup>();
        services.AddSingleton<EngagementInbox>();
        services.AddHostedService(p => p.GetRequiredService<EngagementInbox>());
        services.AddSingleton<TrackingPages>();
        foreach (var method in new[] { "GET", "HEAD" })
        {
            services.MapPublic(method, "/o/{token}", p => p.GetRequiredService<TrackingPages>().Open);
            services.MapPublic(method, "/c/{token}", p => p.GetRequiredService<TrackingPages>().Click);
        }
    }
}
