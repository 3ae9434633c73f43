using System.Diagnostics.Metrics;
using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Silo.Server.Intake;
using Silo.Storage;

namespace Silo.Server.Events.Sending;

internal static class SendingRegistration
{
    /// <summary>What brings notices to their endpoints, and what tells the operator. Needs the destinations.</summary>
    /// <param name="httpUrl">Where the HTTP edge listens: what endpoints come back to when nothing else is configured.</param>
    public static void AddNoticeSending(this IServiceCollection services, PublishingOptions options, string httpUrl, Func<double> jitter)
    {
        services.AddSingleton(options);
        services.AddSingleton(new SnsAddresses((options.PublicUrl ?? httpUrl).TrimEnd('/')));
        services.TryAddSingleton<HostLookup>(_ => System.Net.Dns.GetHostAddressesAsync);
        services.AddSingleton(p => new EndpointClient(options, p.GetRequiredService<HostLookup>(), p.GetRequiredService<TimeProvider>()));
        services.AddSingleton(p => new SigningKeys(
            p.GetRequiredService<IResourceStore>(), p.GetRequiredService<RandomNumberGenerator>(), p.GetRequiredService<TimeProvider>()));
        services.AddSingleton(p => new SnsSubscriptions(p.GetRequiredService<IResourceStore>(), p.GetRequiredService<TimeProvider>()));
        services.AddSingleton<NoticeSender>();
        services.AddSingleton(p => new PublishingMetrics(p.GetRequiredService<IMeterFactory>()));
        services.AddSingleton(p => new OperatorMail(
            options.OperatorMail, p.GetRequiredService<IMessageIntake>, p.GetRequiredService<ISiloStore>().Tenants.FindName,
            p.GetRequiredService<TimeProvider>(), p.GetRequiredService<ILogger<OperatorMail>>()));
        services.AddSingleton<DestinationsOf>(p =>
        {
            var watch = p.GetRequiredService<EventDestinationWatch>();
            return set => set is null ? watch.Defaults : watch.Of(set);
        });
        services.AddSingleton(p => new DestinationSwitch(
            p.GetRequiredService<DestinationsOf>(), p.GetRequiredService<EventDestinationResources>().Disable, p.GetRequiredService<OperatorMail>(),
            p.GetRequiredService<PublishingMetrics>(), p.GetRequiredService<ILogger<DestinationSwitch>>()));
        services.AddSingleton(p => new PublishingTurn(
            p.GetRequiredService<ISiloStore>().Notices, p.GetRequiredService<IOwnership>(), p.GetRequiredService<NoticeSender>(),
            new CarefulRenderer(
                p.GetRequiredService<NoticeRenderer>().Render, p.GetRequiredService<PublishingMetrics>(),
                p.GetRequiredService<ILogger<CarefulRenderer>>()).Render,
            options, p.GetRequiredService<TimeProvider>()));
        services.AddSingleton(p => PublisherOf(p, options, jitter));
        services.AddSingleton<SnsEndpoints>();
    }

    /// <summary>Where receivers of SNS messages come back to, without credentials. More exact than the paths of the API.</summary>
    public static void MapSns(this WebApplication app)
    {
        var endpoints = app.Services.GetRequiredService<SnsEndpoints>();
        app.MapGet(SnsEnvelope.CertificatePath, endpoints.Certificate);
        app.MapGet(SnsEnvelope.ConfirmPath, endpoints.Confirm);
        app.MapGet(SnsEnvelope.UnsubscribePath, endpoints.Unsubscribe);
    }

    private static Publisher PublisherOf(IServiceProvider provider, PublishingOptions options, Func<double> jitter)
    {
        var publisher = new Publisher(
            provider.GetRequiredService<ISiloStore>().Notices, provider.GetRequiredService<DestinationsOf>(),
            provider.GetRequiredService<DestinationSwitch>(), provider.GetRequiredService<NoticeSender>(),
            provider.GetRequiredService<PublishingTurn>(), options, provider.GetRequiredService<PublishingMetrics>(),
            provider.GetRequiredService<TimeProvider>(), jitter, provider.GetRequiredService<ILogger<Publisher>>());
        provider.GetRequiredService<SnsSubscriptions>().Confirmed = s => publisher.Wake(SnsSubscriptions.DestinationOf(s));
        return publisher;
    }
}
