using Microsoft.Extensions.Options;
using Silo.Server.Access;
using Silo.Server.Hosting;
using Silo.Server.Intake;
using Silo.Smtp.Server;
using Silo.Storage;

namespace Silo.Server.Submission;

internal static class SubmissionRegistration
{
    private const string UsualHostName = "silo";

    /// <summary>What listeners of SMTP are encrypted with.</summary>
    public static void AddSmtpCertificates(this IServiceCollection services, SiloSettings settings) =>
        services.AddSingleton(p => new SmtpCertificates(
            settings.Submission, settings.Silo.DataDirectory, HostName(settings), p.GetRequiredService<TimeProvider>(),
            p.GetRequiredService<ILogger<SmtpCertificates>>()));

    /// <summary>The edge that takes mail by SMTP. Needs what the HTTP edge needs.</summary>
    public static void AddSubmission(this IServiceCollection services, SiloSettings settings)
    {
        var options = settings.Submission;
        services.AddSingleton(new SmtpServerLoad(options.MaxConnections, options.MaxConnectionsPerAddress, options.BufferBudgetBytes));
        services.AddSingleton<SubmissionMetrics>();
        services.AddSingleton<LoginLimits>();
        services.AddSingleton(new KeyConnections(options.MaxConnectionsPerKey));
        services.AddSingleton(p => new SubmissionRules(
            p.GetRequiredService<AccessKeys>(), p.GetRequiredService<MessageIntake>(), p.GetRequiredService<ISiloStore>(), options,
            p.GetRequiredService<IOptions<SiloOptions>>().Value.Region, p.GetRequiredService<LoginLimits>(),
            p.GetRequiredService<KeyConnections>(),
            p.GetRequiredService<SubmissionMetrics>(), p.GetRequiredService<TimeProvider>(),
            p.GetRequiredService<ILogger<SubmissionRules>>()));
        services.AddSingleton(p => new SubmissionService(
            options, settings.Silo.Http.Url, HostName(settings), p.GetRequiredService<SubmissionRules>(),
            p.GetRequiredService<SmtpCertificates>(), p.GetRequiredService<SmtpServerLoad>(), p.GetRequiredService<SubmissionMetrics>(),
            p.GetRequiredService<TimeProvider>(), p.GetRequiredService<ILogger<SubmissionService>>()));
        services.AddHostedService(p => p.GetRequiredService<SubmissionService>());
    }

    private static string HostName(SiloSettings settings) => settings.Submission.HostName ?? settings.Silo.Host ?? UsualHostName;
}
