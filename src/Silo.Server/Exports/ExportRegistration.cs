using System.Security.Cryptography;
using Silo.Server.Accounts;
using Silo.Server.PublicWeb;
using Silo.Storage;

namespace Silo.Server.Exports;

internal static class ExportRegistration
{
    /// <summary>Export jobs and the links to their files; needs insights and the public listener.</summary>
    public static void AddExports(this IServiceCollection services, ExportOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton(p => p.GetRequiredService<ISiloStore>().Exports);
        services.AddSingleton(p => new ExportJobs(
            p.GetRequiredService<ISiloStore>().Resources, p.GetRequiredService<IExportStore>(), p.GetRequiredService<Arns>(),
            p.GetRequiredService<RandomNumberGenerator>(), p.GetRequiredService<TimeProvider>()));
        services.AddSingleton<IExportSource, InsightExport>();
        services.AddSingleton<InsightTenants>();
        services.AddSingleton<IExportSource, MetricsExport>();
        services.AddSingleton<ExportRunner>();
        services.AddSingleton<ExportLinks>();
        services.AddSingleton<ExportService>();
        services.AddHostedService(p => p.GetRequiredService<ExportService>());
        foreach (var method in new[] { "GET", "HEAD" })
            services.MapPublic(method, ExportLinks.Path + "{token}", p => p.GetRequiredService<ExportLinks>().Serve);
    }
}
