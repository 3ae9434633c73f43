using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using Silo.Core.Delivery;
using Silo.Core.Reputation;
using Silo.Dns;
using Silo.Server.Accounts;
using Silo.Server.Blocklists;
using Silo.Server.Compliance;
using Silo.Server.Delivery;
using Silo.Server.Delivery.Mx;
using Silo.Server.Delivery.Pacing;
using Silo.Server.Delivery.Replies;
using Silo.Server.Delivery.Ses;
using Silo.Server.Delivery.Simulation;
using Silo.Server.Delivery.Smtp;
using Silo.Server.Egress;
using Silo.Server.Egress.Sharing;
using Silo.Server.Events;
using Silo.Server.Events.Sending;
using Silo.Server.Exports;
using Silo.Server.Feedback;
using Silo.Server.Identities;
using Silo.Server.Insights;
using Silo.Server.Intake;
using Silo.Server.Intake.ContentCheck;
using Silo.Server.Lists;
using Silo.Server.Metrics;
using Silo.Server.Ownership;
using Silo.Server.Policies;
using Silo.Server.ProviderData;
using Silo.Server.PublicWeb;
using Silo.Server.Retention;
using Silo.Server.SesApi;
using Silo.Server.Submission;
using Silo.Server.Templates;
using Silo.Server.Tenants;
using Silo.Server.Tenants.Embedded;
using Silo.Server.Tracking;
using Silo.Server.Trust;
using Silo.Server.WebConsole;
using Silo.Storage;

namespace Silo.Server.Hosting;

/// <summary>Puts a server together from its settings, an open store and an engine.</summary>
internal static class SiloServer
{
    // With the default drain a stop ends within 30 s, also when the rest of the cluster does not answer.
    private static readonly TimeSpan SavingTime = TimeSpan.FromSeconds(8);

    /// <param name="addEngine">
    /// Adds what hosts the tenants, and the owners of shared limits: <see cref="IEngine"/>, <see cref="ITenants"/>,
    /// <see cref="IOwnTenants"/>, <see cref="ISendingPools"/>.
    /// </param>
    public static WebApplication Build(
        WebApplicationBuilder builder, SiloSettings settings, ISiloStore store, Action<IHostApplicationBuilder, SiloSettings> addEngine)
    {
        Add(builder, settings, store, addEngine);
        builder.Services.AddSubmission(settings);
        builder.Services.AddHostedService(p => p.GetRequiredService<PublicServer>());
        builder.WebHost.UseUrls(settings.Silo.Http.Url);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // The API bounds bodies itself, by operation, and answers in its own shape.
            kestrel.Limits.MaxRequestBodySize = null;
        });

        var app = builder.Build();
        app.MapGet("/healthz", () => Results.Text("ok"));
        app.MapGet("/readyz", (EngineService engine, ISiloStore s, SubmissionService smtp) => engine.IsReady && s.AcceptsWrites && smtp.IsReady
            ? Results.Text("ready")
            : Results.Text("not ready", statusCode: StatusCodes.Status503ServiceUnavailable));
        app.MapSesApi();
        app.MapFeedback();
        app.MapSns();
        app.MapWebConsole();
        return app;
    }

    /// <summary>Everything of a server but its endpoints.</summary>
    public static void Add(
        IHostApplicationBuilder builder, SiloSettings settings, ISiloStore store, Action<IHostApplicationBuilder, SiloSettings> addEngine)
    {
        var services = builder.Services;
        settings.Silo.Identities.AutoVerify = settings.AutoVerify;
        services.AddSingleton(Options.Create(settings.Silo));
        services.AddSingleton(settings.Tenants);
        services.AddSingleton(settings.Delivery);
        services.AddSingleton(settings.Store);
        services.AddSingleton(store);
        services.AddSingleton(store.Spool);
        services.AddSingleton(store.Resources);
        services.AddSingleton(store.Ownership);
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(_ => RandomNumberGenerator.Create());
        services.AddEventDestinations(settings.Events, settings.HelloName);
        services.AddPublicWeb(settings.Public);
        services.AddSingleton(p => new SendingSources(settings, p.GetRequiredService<SendingPools>(), p.GetRequiredService<DnsClient>()));
        services.AddSingleton<ComplianceCheck>();
        services.AddSingleton(p => new ComplianceReports(p.GetRequiredService<ComplianceCheck>().Of, p.GetRequiredService<TimeProvider>()));
        // SES puts its own on.
        services.AddLists(settings.Unsubscribe, settings.FeedbackId, settings.Imports, addsFeedbackId: settings.Transport.Kind != TransportKind.Ses);
        services.AddSingleton(settings.Limits);
        services.AddSesApi();
        services.AddWebConsole();
        services.AddTemplates();
        AddTenants(services, settings);
        // Its hosted services come up before the ones that need tenants, and go down after them.
        addEngine(builder, settings);
        AddDelivery(services, settings);
        services.AddInsights(settings.Insights);
        services.AddExports(settings.Exports);
        services.AddRetention();
        services.AddMetrics();
        services.AddSingleton<SiloMetrics>();
        services.AddSingleton<TenantMoves>();
        services.AddContentCheck(settings.Content, Jitter());
        services.AddSingleton(p => new MessageIntake(
            store, p.GetRequiredService<ITenants>(), p.GetRequiredService<AccountResources>(), p.GetRequiredService<Arns>(),
            p.GetRequiredService<RandomNumberGenerator>(), p.GetRequiredService<TimeProvider>(), p.GetRequiredService<EventDestinationWatch>())
        {
            Content = p.GetService<ContentChecker>(), MaxScheduleAhead = settings.Tenants.MaxScheduleAhead,
            Templates = p.GetRequiredService<EmailTemplates>(),
            Lists = p.GetRequiredService<ListMailing>(),
            Tracking = p.GetService<TrackingSetup>(),
            Providers = p.GetRequiredService<MailboxProviders>(),
            SimulatorDomains = settings.Transport.Kind == TransportKind.Simulator
                ? settings.Simulator.MailboxDomains.ToHashSet(StringComparer.OrdinalIgnoreCase) : new HashSet<string>(),
            Signing = p.GetRequiredService<DkimSigning>(),
            Coverage = new TrustCoverage(
                p.GetRequiredService<TrustTiers>(), p.GetRequiredService<ITenants>(), p.GetRequiredService<TimeProvider>()),
        });
        services.AddTracking();
        services.AddSingleton<IMessageIntake>(p => p.GetRequiredService<MessageIntake>());
        services.AddHostedService(p => p.GetRequiredService<FeedbackService>());
        services.AddNoticeSending(settings.Publishing, settings.Silo.Http.Url, Jitter());
        services.AddSingleton(p => new EngineService(
            p.GetRequiredService<ISiloStore>(), p.GetRequiredService<ITenants>(), p.GetRequiredService<IOwnTenants>(),
            p.GetRequiredService<IEngine>(), p.GetRequiredService<Dispatcher>(), p.GetRequiredService<TenantMoves>(),
            p.GetRequiredService<FeedbackInbox>(), p.GetRequiredService<AccountUsage>(), p.GetRequiredService<SiloMetrics>(),
            p.GetRequiredService<IHostApplicationLifetime>(), p.GetRequiredService<TimeProvider>(),
            p.GetRequiredService<ILogger<EngineService>>())
        {
            Committed = p.GetRequiredService<OperatorMail>().OnCommitted,
        });
        services.AddHostedService(p => p.GetRequiredService<EngineService>());
        services.AddHostedService(p => p.GetRequiredService<Publisher>());
        services.AddHostedService(p => p.GetRequiredService<OperatorMail>());
        services.Configure<HostOptions>(o => o.ShutdownTimeout = settings.Delivery.DrainTimeout + SavingTime);
    }

    /// <summary>All tenants in this process.</summary>
    public static void AddEmbeddedEngine(IHostApplicationBuilder builder, SiloSettings settings)
    {
        var services = builder.Services;
        var options = new ActorHostOptions();
        services.AddSingleton(p => TenantServicesOf(
            p, settings, options.CollectionAge, name => p.GetRequiredService<IOwnTenants>().Discard(name)));
        services.AddSingleton(p =>
        {
            var tenantServices = p.GetRequiredService<TenantServices>();
            return new ActorHost<TenantActor>(name => new TenantActor(name, tenantServices), p.GetRequiredService<TimeProvider>(), options);
        });
        services.AddSingleton<EmbeddedTenants>();
        services.AddSingleton<ITenants>(p => p.GetRequiredService<EmbeddedTenants>());
        services.AddSingleton<IOwnTenants>(p => p.GetRequiredService<EmbeddedTenants>());
        services.AddSingleton<IEngine>(p => p.GetRequiredService<EmbeddedTenants>());
        services.AddSingleton(p => SharingServicesOf(p, settings, isAlone: true));
        services.AddSingleton<ISendingPools, EmbeddedPools>();
    }

    public static SharingServices SharingServicesOf(IServiceProvider provider, SiloSettings settings, bool isAlone) => new(
        provider.GetRequiredService<IResourceStore>(), provider.GetRequiredService<SendingPools>().Get, settings.Silo.Account.ToBudget(),
        provider.GetRequiredService<TimeProvider>(), isAlone, provider.GetRequiredService<ILogger<SendingPoolActor>>());

    public static TenantServices TenantServicesOf(
        IServiceProvider provider, SiloSettings settings, TimeSpan collectionAge, Action<string> discard)
    {
        var time = provider.GetRequiredService<TimeProvider>();
        return new TenantServices(
            provider.GetRequiredService<ISiloStore>(), provider.GetRequiredService<SendingGates>(), provider.GetRequiredService<MessageCache>(),
            provider.GetRequiredService<Arns>(), settings.Tenants, new ReputationThresholds(), settings.Silo.Account.MaxTenants, time,
            provider.GetRequiredService<Dispatcher>, time.GetUtcNow(), collectionAge, Jitter(),
            provider.GetRequiredService<ILogger<TenantActor>>())
        {
            Discard = discard, Providers = provider.GetRequiredService<MailboxProviders>(),
            Account = provider.GetRequiredService<AccountResources>(),
            Destinations = provider.GetRequiredService<EventDestinationWatch>(),
            KeepsInsights = settings.Insights.Enabled,
            Unstored = provider.GetRequiredService<UnstoredRollUps>(),
            Trust = provider.GetRequiredService<TrustTiers>(), Reviews = provider.GetRequiredService<TrustReviews>(),
        };
    }

    private static void AddTenants(IServiceCollection services, SiloSettings settings)
    {
        services.AddSingleton(new MailboxProviders(settings.Silo.MailboxProviders));
        services.AddSingleton<SendingGates>();
        services.AddSingleton<UnstoredRollUps>();
        services.AddSingleton<MetricsReader>();
        services.AddSingleton(new MessageCache(settings.Delivery.MessageCacheBytes));
        services.AddSingleton(p => new AccountUsage(
            p.GetRequiredService<IResourceStore>(), p.GetRequiredService<TimeProvider>(),
            p.GetRequiredService<IEngine>().IsAlone ? null : p.GetRequiredService<IOwnership>().Incarnation));
        services.AddSingleton<SentLast24Hours>(p => _ => ValueTask.FromResult(p.GetRequiredService<AccountUsage>().Last24Hours));
    }

    private static void AddDelivery(IServiceCollection services, SiloSettings settings)
    {
        services.AddSingleton<FeedbackInbox>();
        services.AddSingleton<IFeedbackSink>(p => p.GetRequiredService<FeedbackInbox>());
        services.AddFeedback(settings.Feedback);
        services.AddSmtpCertificates(settings);
        services.AddBlocklists(settings.Blocklists, Jitter());
        services.AddProviderData(settings.ProviderData);
        services.AddIdentities(settings, Jitter());
        services.AddSingleton(p => new HandOverRunner(
            p.GetRequiredService<ISpool>(), p.GetRequiredService<ITransport>(), p.GetRequiredService<SendingGates>(),
            p.GetRequiredService<MessageCache>(), settings.Tenants, p.GetRequiredService<TimeProvider>(),
            p.GetRequiredService<ILogger<HandOverRunner>>())
        {
            References = settings.Feedback.IsOn ? p.GetRequiredService<OutgoingReferences>() : null,
            Recheck = new RecipientRecheck(
                p.GetRequiredService<ISiloStore>(), p.GetRequiredService<AccountResources>(), p.GetRequiredService<ContactLists>(),
                p.GetRequiredService<TimeProvider>()),
        });
        services.AddSingleton(new AccountLimits(settings.Silo.Account.ToBudget()));
        services.AddSingleton(p => new Dispatcher(
            p.GetRequiredService<ISiloStore>(), p.GetRequiredService<IOwnTenants>(), p.GetRequiredService<HandOverRunner>(), settings.Delivery,
            p.GetRequiredService<AccountLimits>(), p.GetRequiredService<ISendingPools>(), p.GetRequiredService<TimeProvider>(),
            p.GetRequiredService<ILogger<Dispatcher>>(), settings.Silo.Host ?? Environment.MachineName)
        {
            Jitter = Jitter(),
        });
        services.AddHostedService<PolicyWatch>();
        services.AddHostedService<TrustWatch>();
        services.AddHostedService<EgressWatch>();
        services.AddSingleton(new ReplyRuleBook(ReplyRules.Shipped));
        services.AddSingleton(p => new ReplyRuleResources(
            p.GetRequiredService<ISiloStore>().Resources, p.GetRequiredService<ReplyRuleBook>(), p.GetRequiredService<TimeProvider>(),
            p.GetRequiredService<ILogger<ReplyRuleResources>>()));
        services.AddHostedService<ReplyRuleWatch>();
        services.AddSingleton(p => new DnsClient(
            settings.Dns.ToClientOptions(), p.GetRequiredService<TimeProvider>(), new UnpredictableRandom()));
        services.AddSingleton<ITransport>(p => settings.Transport.Kind switch
        {
            TransportKind.Smtp => new SmtpRelayTransport(
                settings.Relay, p.GetRequiredService<ReplyRuleBook>(), p.GetRequiredService<TimeProvider>(),
                p.GetRequiredService<ILogger<SmtpRelayTransport>>()),
            TransportKind.Mx => new MxTransport(
                settings.Mx, p.GetRequiredService<DnsClient>(), p.GetRequiredService<MailboxProviders>(), p.GetRequiredService<ReplyRuleBook>(),
                new UnpredictableRandom(),
                p.GetRequiredService<TimeProvider>(), p.GetRequiredService<ILogger<MxTransport>>()),
            TransportKind.Ses => new SesTransport(
                settings.Ses, p.GetRequiredService<AccountLimits>(), p.GetRequiredService<TimeProvider>(), Jitter(),
                p.GetRequiredService<ILogger<SesTransport>>()),
            _ => new SimulatorTransport(settings.Simulator, p.GetRequiredService<IFeedbackSink>(), p.GetRequiredService<TimeProvider>()),
        });
    }

    /// <summary>A source of numbers from 0 to below 1, for several threads.</summary>
    private static Func<double> Jitter()
    {
        var random = new Random(RandomNumberGenerator.GetInt32(int.MaxValue));
        return () =>
        {
            lock (random) return random.NextDouble();
        };
    }
}
