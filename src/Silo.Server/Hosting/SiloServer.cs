using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using Silo.Core.Delivery;
using Silo.Core.Reputation;
using Silo.Server.Accounts;
using Silo.Server.Delivery;
using Silo.Server.Delivery.Simulation;
using Silo.Server.Delivery.Smtp;
using Silo.Server.Feedback;
using Silo.Server.Intake;
using Silo.Server.SesApi;
using Silo.Server.Tenants;
using Silo.Server.Tenants.Embedded;
using Silo.Storage;

namespace Silo.Server.Hosting;

/// <summary>Puts a server together from its settings and an open store, on the embedded engine.</summary>
internal static class SiloServer
{
    public static WebApplication Build(WebApplicationBuilder builder, SiloSettings settings, ISiloStore store)
    {
        var services = builder.Services;
        settings.Silo.Identities.AutoVerify = settings.AutoVerify;
        services.AddSingleton(Options.Create(settings.Silo));
        services.AddSingleton(settings.Tenants);
        services.AddSingleton(settings.Delivery);
        services.AddSingleton(store);
        services.AddSingleton(store.Spool);
        services.AddSingleton(store.Resources);
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(_ => RandomNumberGenerator.Create());
        services.AddSesApi();
        AddTenants(services, settings);
        AddDelivery(services, settings);
        services.AddSingleton<MessageIntake>();
        services.AddSingleton<EngineService>();
        services.AddHostedService(p => p.GetRequiredService<EngineService>());
        services.Configure<HostOptions>(o => o.ShutdownTimeout = settings.Delivery.DrainTimeout + TimeSpan.FromSeconds(10));
        builder.WebHost.UseUrls(settings.Silo.Http.Url);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // The API bounds bodies itself, by operation, and answers in its own shape.
            kestrel.Limits.MaxRequestBodySize = null;
        });

        var app = builder.Build();
        app.MapGet("/healthz", () => Results.Text("ok"));
        app.MapGet("/readyz", (EngineService engine, ISiloStore s) => engine.IsReady && s.AcceptsWrites
            ? Results.Text("ready")
            : Results.Text("not ready", statusCode: StatusCodes.Status503ServiceUnavailable));
        app.MapSesApi();
        return app;
    }

    private static void AddTenants(IServiceCollection services, SiloSettings settings)
    {
        services.AddSingleton<SendingGates>();
        services.AddSingleton(new MessageCache(settings.Delivery.MessageCacheBytes));
        services.AddSingleton(new ActorHostOptions());
        services.AddSingleton<AccountUsage>();
        services.AddSingleton<SentLast24Hours>(p => _ => ValueTask.FromResult(p.GetRequiredService<AccountUsage>().Last24Hours));
        services.AddSingleton<ITenants, EmbeddedTenants>();
        services.AddSingleton(p =>
        {
            var tenantServices = Services(p, settings);
            return new ActorHost<TenantActor>(
                name => new TenantActor(name, tenantServices), p.GetRequiredService<TimeProvider>(),
                p.GetRequiredService<ActorHostOptions>());
        });
    }

    private static TenantServices Services(IServiceProvider provider, SiloSettings settings)
    {
        var time = provider.GetRequiredService<TimeProvider>();
        var jitter = new Random(RandomNumberGenerator.GetInt32(int.MaxValue));
        return new TenantServices(
            provider.GetRequiredService<ISiloStore>(), provider.GetRequiredService<SendingGates>(), provider.GetRequiredService<MessageCache>(),
            provider.GetRequiredService<Arns>(), settings.Tenants, new ReputationThresholds(), settings.Silo.Account.MaxTenants, time,
            // The dispatcher needs the tenants as the tenants need it: it is looked up when it is told something.
            (key, name) => provider.GetRequiredService<Dispatcher>().Wake(key, name),
            key => provider.GetRequiredService<Dispatcher>().Forget(key),
            time.GetUtcNow(), provider.GetRequiredService<ActorHostOptions>().CollectionAge, Jitter)
        {
            Discard = name => provider.GetRequiredService<ActorHost<TenantActor>>().Discard(name),
        };

        double Jitter()
        {
            lock (jitter) return jitter.NextDouble();
        }
    }

    private static void AddDelivery(IServiceCollection services, SiloSettings settings)
    {
        services.AddSingleton<FeedbackInbox>();
        services.AddSingleton<IFeedbackSink>(p => p.GetRequiredService<FeedbackInbox>());
        services.AddSingleton<HandOverRunner>();
        services.AddSingleton<Dispatcher>();
        services.AddSingleton<ITransport>(p => settings.Transport.Kind == TransportKind.Smtp
            ? new SmtpRelayTransport(
                settings.Relay, ReplyRules.Shipped, p.GetRequiredService<TimeProvider>(), p.GetRequiredService<ILogger<SmtpRelayTransport>>())
            : new SimulatorTransport(settings.Simulator, p.GetRequiredService<IFeedbackSink>(), p.GetRequiredService<TimeProvider>()));
    }
}
