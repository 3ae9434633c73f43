using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Silo.Core.Delivery;
using Silo.Dns;
using Silo.Server.Access;
using Silo.Server.Accounts;
using Silo.Server.AdminApi;
using Silo.Server.Blocklists;
using Silo.Server.CallLimits;
using Silo.Server.Compliance;
using Silo.Server.Delivery;
using Silo.Server.Delivery.Replies;
using Silo.Server.Egress;
using Silo.Server.Events;
using Silo.Server.Events.Sending;
using Silo.Server.Exports;
using Silo.Server.Feedback;
using Silo.Server.Hosting;
using Silo.Server.Identities;
using Silo.Server.Insights;
using Silo.Server.Intake;
using Silo.Server.Lists;
using Silo.Server.Lists.Imports;
using Silo.Server.Metrics;
using Silo.Server.Policies;
using Silo.Server.ProviderData;
using Silo.Server.PublicWeb;
using Silo.Server.Retention;
using Silo.Server.SesApi.Signing;
using Silo.Server.Templates;
using Silo.Server.Tenants;
using Silo.Server.Trust;
using Silo.Storage;

namespace Silo.Server.SesApi;

internal static class SesApiRegistration
{
    /// <summary>
    /// The account's resources and keys, and the HTTP edge. Needs <see cref="ISiloStore"/>, <see cref="ITenants"/>,
    /// <see cref="MessageIntake"/>, <see cref="SentLast24Hours"/> and the options; clock and randomness default to the system's.
    /// </summary>
    public static IServiceCollection AddSesApi(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(_ => RandomNumberGenerator.Create());
        services.AddSingleton(p => new Arns(Options(p).Region, Options(p).AccountId));
        services.AddSingleton(p => new AccountResources(
            p.GetRequiredService<ISiloStore>().Resources, p.GetRequiredService<Arns>(), p.GetRequiredService<TimeProvider>()));
        services.AddEgress();
        services.AddSingleton(p => new PolicyResources(
            p.GetRequiredService<ISiloStore>().Resources, p.GetRequiredService<ITenants>(), p.GetRequiredService<Arns>(),
            p.GetRequiredService<TimeProvider>(), p.GetRequiredService<ILogger<PolicyResources>>()));
        services.AddSingleton(p => new TrustTiers(
            p.GetRequiredService<ISiloStore>().Resources, p.GetRequiredService<TimeProvider>(), p.GetRequiredService<ILogger<TrustTiers>>()));
        services.AddSingleton(p => new TrustReviews(p.GetRequiredService<ISiloStore>().Resources, p.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton(p => RootKey.Load(
            Options(p).RootAccessKeyId, Options(p).RootSecretAccessKey, Options(p).DataDirectory,
            p.GetRequiredService<RandomNumberGenerator>()));
        services.AddAccess();
        services.AddSingleton(p => new BodyBudget(Options(p).Http.BodyBudgetBytes));
        services.AddSingleton(p => new SignatureVerifier(
            p.GetRequiredService<AccessKeys>(), Options(p).Region, Options(p).Http.SignatureSkew, p.GetRequiredService<TimeProvider>()));
        services.AddSingleton(p => new SesServices(
            p.GetRequiredService<ISiloStore>(), p.GetRequiredService<ITenants>(), p.GetRequiredService<MessageIntake>(),
            p.GetRequiredService<AccountResources>(), p.GetRequiredService<Arns>(), p.GetRequiredService<TimeProvider>(),
            p.GetRequiredService<RandomNumberGenerator>(), Options(p), p.GetRequiredService<SentLast24Hours>(),
            p.GetRequiredService<SendingPoolResources>(), p.GetRequiredService<DedicatedIpResources>(), p.GetRequiredService<Dispatcher>(),
            p.GetRequiredService<MailboxProviders>(), p.GetRequiredService<DnsClient>())
        {
            Feedback = p.GetRequiredService<FeedbackEntries>(),
            Findings = p.GetRequiredService<Dispatcher>().Findings,
            Policies = p.GetRequiredService<PolicyResources>(),
            EventDestinations = p.GetRequiredService<EventDestinationResources>(),
            ArnTargets = p.GetRequiredService<ArnTargets>(),
            Publisher = p.GetRequiredService<Publisher>(),
            Blocklists = p.GetRequiredService<BlocklistWatch>(),
            BlocklistRounds = p.GetRequiredService<BlocklistService>(),
            BlocklistSubjects = p.GetRequiredService<BlocklistSubjects>(),
            ProviderData = p.GetRequiredService<ProviderImports>(),
            ProviderFetches = p.GetRequiredService<ProviderFetchService>(),
            Trust = p.GetRequiredService<TrustTiers>(),
            Reviews = p.GetRequiredService<TrustReviews>(),
            ReplyRules = p.GetRequiredService<ReplyRuleResources>(),
            ReplyBook = p.GetRequiredService<ReplyRuleBook>(),
            Templates = p.GetRequiredService<EmailTemplates>(),
            VerificationTemplates = p.GetRequiredService<CustomVerificationTemplates>(),
            VerificationMail = p.GetRequiredService<VerificationMail>(),
            Credentials = p.GetRequiredService<CredentialResources>(),
            CredentialDocuments = p.GetRequiredService<CredentialDocuments>(),
            IdentityTerms = p.GetRequiredService<IdentityTerms>(),
            IdentityKeys = p.GetRequiredService<IdentityKeys>(),
            IdentityPolicies = p.GetRequiredService<IdentityPolicies>(),
            IdentityVerification = p.GetRequiredService<IdentityVerification>(),
            DkimChanges = p.GetRequiredService<DkimChanges>(),
            DkimSigning = p.GetRequiredService<DkimSigning>(),
            ContactLists = p.GetRequiredService<ContactLists>(),
            LinkKeys = p.GetRequiredService<LinkKeys>(),
            ImportJobs = p.GetRequiredService<ImportJobs>(),
            ImportFiles = p.GetRequiredService<ImportFiles>(),
            InsightOptions = p.GetRequiredService<InsightOptions>(),
            InsightIndexer = p.GetRequiredService<InsightIndexer>(),
            InsightNames = p.GetRequiredService<InsightNames>(),
            InsightSearch = p.GetRequiredService<InsightSearch>(),
            Histories = p.GetRequiredService<MessageHistories>(),
            ExportJobs = p.GetRequiredService<ExportJobs>(),
            ExportLinks = p.GetRequiredService<ExportLinks>(),
            Addresses = p.GetRequiredService<AddressInsights>(),
            Compliance = p.GetRequiredService<ComplianceReports>(),
            Erasures = p.GetRequiredService<Erasures>(),
            ErasureWork = p.GetRequiredService<ErasureService>(),
            Metrics = p.GetRequiredService<MetricsReader>(),
        });
        services.AddSingleton(_ => new SesRouter(
        [
            .. SesOperations.Available, .. SesOperations.NotApplicable, .. SesOperations.NotAvailable, .. AdminOperations.All,
        ]));
        services.AddSingleton<CallLimiter>();
        services.AddSingleton<SesEndpoint>();
        return services;
    }

    /// <summary>Maps the API, and sees to it that whatever else the web server refuses is answered in JSON too.</summary>
    public static void MapSesApi(this WebApplication app)
    {
        var endpoint = app.Services.GetRequiredService<SesEndpoint>();
        app.UseMiddleware<JsonRefusals>();
        app.Map("/v2/email/{**rest}", endpoint.Handle);
        app.Map("/v1/email/{**rest}", endpoint.Handle);
        app.Map("/silo/v1/{**rest}", endpoint.Handle);
    }

    private static SiloOptions Options(IServiceProvider provider) => provider.GetRequiredService<IOptions<SiloOptions>>().Value;
}
