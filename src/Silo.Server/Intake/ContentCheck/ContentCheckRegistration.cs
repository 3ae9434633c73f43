using System.Diagnostics.Metrics;

namespace Silo.Server.Intake.ContentCheck;

internal static class ContentCheckRegistration
{
    /// <summary>Nothing is added where no checker is configured.</summary>
    public static void AddContentCheck(this IServiceCollection services, ContentCheckOptions options, Func<double> chance)
    {
        if (!options.IsOn) return;
        services.AddSingleton(p => new ContentChecker(
            options, chance, p.GetRequiredService<TimeProvider>(), p.GetRequiredService<IMeterFactory>(),
            p.GetRequiredService<ILogger<ContentChecker>>()));
    }
}
