using System.Net;
using Silo.Server.Blocklists;
using Silo.Server.CallLimits;
using Silo.Server.Delivery;
using Silo.Server.Delivery.Mx;
using Silo.Server.Delivery.Ses;
using Silo.Server.Delivery.Simulation;
using Silo.Server.Delivery.Smtp;
using Silo.Server.Events;
using Silo.Server.Events.Sending;
using Silo.Server.Exports;
using Silo.Server.Feedback;
using Silo.Server.Identities;
using Silo.Server.Insights;
using Silo.Server.Intake.ContentCheck;
using Silo.Server.Lists;
using Silo.Server.Lists.Imports;
using Silo.Server.ProviderData;
using Silo.Server.Submission;
using Silo.Server.PublicWeb;
using Silo.Server.Tenants;

namespace Silo.Server.Hosting;

/// <summary>All options of a server, read and checked together.</summary>
internal sealed record SiloSettings(
    SiloOptions Silo, StoreOptions Store, ClusterOptions Cluster, TransportOptions Transport,
    TenantOptions Tenants, DispatchOptions Delivery, SmtpRelayOptions Relay, MxOptions Mx, DnsOptions Dns, SesOptions Ses,
    SimulatorOptions Simulator, FeedbackOptions Feedback, EventOptions Events, PublishingOptions Publishing, ContentCheckOptions Content)
{
    private const string RelaySection = "Silo:Transport:Smtp";

    /// <summary>Keys of the section that no option answers to, likely misspelt; not an error, since a later release may know them.</summary>
    public IReadOnlyList<string> UnknownKeys { get; private init; } = [];

    public BlocklistOptions Blocklists { get; private init; } = new();

    public ProviderDataOptions ProviderData { get; private init; } = new();

    public SubmissionOptions Submission { get; private init; } = new();

    public PublicOptions Public { get; init; } = new();

    public UnsubscribeOptions Unsubscribe { get; init; } = new();

    public FeedbackIdOptions FeedbackId { get; init; } = new();

    public DkimOptions Dkim { get; private init; } = new();

    public ImportOptions Imports { get; init; } = new();

    public InsightOptions Insights { get; init; } = new();

    public ExportOptions Exports { get; init; } = new();

    public CallLimitOptions Limits { get; private init; } = new();

    /// <summary>The settings, and every error found in them; with an error they are not to be used.</summary>
    public static (SiloSettings Settings, IReadOnlyList<string> Errors) Read(IConfiguration configuration)
    {
        var reader = new OptionsReader(configuration);
        var transport = reader.Read<TransportOptions>(TransportOptions.Section);
        var settings = new SiloSettings(
            reader.Read<SiloOptions>(SiloOptions.Section), reader.Read<StoreOptions>(StoreOptions.Section),
            reader.Read<ClusterOptions>(ClusterOptions.Section), transport,
            reader.Read<TenantOptions>(TenantOptions.Section), reader.Read<DispatchOptions>(DispatchOptions.Section),
            transport.Kind == TransportKind.Smtp ? reader.Read<SmtpRelayOptions>(RelaySection) : new SmtpRelayOptions(),
            transport.Kind == TransportKind.Mx ? reader.Read<MxOptions>(MxOptions.Section) : new MxOptions(),
            reader.Read<DnsOptions>(DnsOptions.Section),
            transport.Kind == TransportKind.Ses ? reader.Read<SesOptions>(SesOptions.Section) : new SesOptions(),
            reader.Read<SimulatorOptions>("Silo:Transport:Simulator"), reader.Read<FeedbackOptions>(FeedbackOptions.Section),
            reader.Read<EventOptions>(EventOptions.Section), reader.Read<PublishingOptions>(EventOptions.Section),
            reader.Read<ContentCheckOptions>(ContentCheckOptions.Section));
        settings = settings with
        {
            Blocklists = reader.Read<BlocklistOptions>(BlocklistOptions.Section),
            ProviderData = reader.Read<ProviderDataOptions>(ProviderDataOptions.Section),
            Submission = reader.Read<SubmissionOptions>(SubmissionOptions.Section),
            Public = reader.Read<PublicOptions>(PublicOptions.Section),
            Unsubscribe = reader.Read<UnsubscribeOptions>(UnsubscribeOptions.Section),
            FeedbackId = reader.Read<FeedbackIdOptions>(FeedbackIdOptions.Section),
            Dkim = reader.Read<DkimOptions>(DkimOptions.Section),
            Insights = reader.Read<InsightOptions>(InsightOptions.Section),
            Exports = reader.Read<ExportOptions>(ExportOptions.Section),
            Imports = reader.Read<ImportOptions>(ImportOptions.Section),
            Limits = reader.Read<CallLimitOptions>(CallLimitOptions.Section),
        };
        settings = settings with
        {
            // What is written down for a way out that is not in use is not misspelt.
            UnknownKeys = [.. reader.UnknownKeys(SiloOptions.Section).Where(k =>
                (transport.Kind == TransportKind.Smtp || !k.StartsWith(RelaySection + ":", StringComparison.OrdinalIgnoreCase))
                && (transport.Kind == TransportKind.Mx || !k.StartsWith(MxOptions.Section + ":", StringComparison.OrdinalIgnoreCase))
                && (transport.Kind == TransportKind.Ses || !k.StartsWith(SesOptions.Section + ":", StringComparison.OrdinalIgnoreCase)))],
        };
        settings.CheckRelations(reader);
        return (settings, reader.Errors);
    }

    /// <summary>
    /// New identities are verified without DNS: by option, else with the simulator or when only this machine can reach the API.
    /// </summary>
    public bool AutoVerify => Silo.Identities.AutoVerify
        ?? (Transport.Kind == TransportKind.Simulator || (Uri.TryCreate(Silo.Http.Url, UriKind.Absolute, out var url) && url.IsLoopback));

    /// <summary>This side's name in SMTP; null where it has none, or speaks none.</summary>
    public string? HelloName => (Transport.Kind switch
    {
        TransportKind.Smtp => Relay.HelloName,
        TransportKind.Mx => Mx.HelloName,
        _ => null,
    }) is { } name and not "localhost" ? name : null;

    private void CheckRelations(OptionsReader reader)
    {
        if (string.IsNullOrEmpty(Silo.RootAccessKeyId) != string.IsNullOrEmpty(Silo.RootSecretAccessKey))
            reader.Add("Silo:RootAccessKeyId and Silo:RootSecretAccessKey must be given together.");
        CheckUrl(reader);
        if (Transport.Kind == TransportKind.Smtp && string.IsNullOrEmpty(Relay.User) != string.IsNullOrEmpty(Relay.Password))
            reader.Add($"{RelaySection}:User and {RelaySection}:Password must be given together.");
        foreach (var error in Mx.Errors().Concat(Dns.Errors()).Concat(MailboxProviderOptions.Errors(Silo.MailboxProviders))) reader.Add(error);
        foreach (var error in Feedback.Errors().Concat(Events.Errors()).Concat(Publishing.Errors())) reader.Add(error);
        foreach (var error in Blocklists.Errors().Concat(ProviderData.Errors()).Concat(Content.Errors())) reader.Add(error);
        foreach (var error in Submission.Errors(Silo.Http.Url)) reader.Add(error);
        foreach (var error in Public.Errors()) reader.Add(error);
        foreach (var error in Dkim.Errors()) reader.Add(error);
        foreach (var error in Imports.Errors().Concat(Limits.Errors())) reader.Add(error);
        if (Transport.Kind == TransportKind.Ses && SesPlace.Find(Ses, out var errors) is null)
        {
            foreach (var error in errors) reader.Add(error);
        }

        if (Store.Kind == StoreKind.Postgres && string.IsNullOrWhiteSpace(Store.ConnectionString))
            reader.Add("Silo:Store:ConnectionString must be given with Silo:Store:Kind Postgres.");
        if (!Cluster.Tls.IsComplete)
            reader.Add(
                "Silo:Cluster:Tls:CertificateFile, Silo:Cluster:Tls:AuthorityFile and Silo:Cluster:Tls:TargetName must be given together.");
        if (!IPAddress.TryParse(Cluster.AdvertisedAddress, out _))
            reader.Add($"Silo:Cluster:AdvertisedAddress: {Cluster.AdvertisedAddress} is not an IP address.");
        foreach (var (domain, rates) in Simulator.ByDomain.Append(new("Default", Simulator.Default)))
        {
            if (rates.BounceRate + rates.BlockRate + rates.DeferralRate > 1)
                reader.Add($"Silo:Transport:Simulator: the rates of bounces, blocks and deferrals of {domain} must not add up to more than 1.");
        }

        if (Delivery.InFlightPerTenant > Delivery.InFlight)
        {
            reader.Add(
                $"Silo:Delivery:InFlightPerTenant ({Delivery.InFlightPerTenant}) must not be above Silo:Delivery:InFlight ({Delivery.InFlight}).");
        }
    }

    private void CheckUrl(OptionsReader reader)
    {
        try
        {
            if (BindingAddress.Parse(Silo.Http.Url) is { Scheme: "http", PathBase.Length: 0, Port: >= 0 and <= 65_535 }) return;
        }
        catch (FormatException)
        {
        }

        reader.Add($"Silo:Http:Url: {Silo.Http.Url} is not of the form http://address:port; TLS is the work of a proxy in front.");
    }
}

/// <summary>The way out.</summary>
internal enum TransportKind
{
    Simulator,
    Smtp,
    Mx,
    Ses,
}

internal sealed class TransportOptions
{
    public const string Section = "Silo:Transport";

    /// <summary>Default Simulator: nothing leaves this machine.</summary>
    public TransportKind Kind { get; set; } = TransportKind.Simulator;
}
