using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Serialization;
using Orleans.Serialization.Configuration;
using Silo.Orleans.Hosting;
using Silo.Orleans.Wire;
using Silo.Server.Intake;
using Silo.Server.Tenants;

namespace Silo.Orleans.Client;

/// <summary>Gives a .NET program the tenants of a cluster.</summary>
public static class SiloClusterClient
{
    /// <summary>
    /// Registers <see cref="ITenants"/>, every tenant of the cluster by name, and <see cref="IMessageIntake"/>, which takes whole sends.
    /// The client comes up and goes down with the host; it finds the silos in the database and follows them as they come and go.
    /// Calls may be made from any thread. A call that a silo did not answer in 20 s, or whose silo went away meanwhile, throws
    /// <see cref="Storage.StorageException"/>: whether it took effect is unknown then. One that found too much waiting throws
    /// <see cref="Server.Tenants.Embedded.ActorBusyException"/>: slow down, and make it again.
    /// </summary>
    /// <param name="builder">Of the program.</param>
    /// <param name="configure">Where the cluster is to be found.</param>
    /// <exception cref="ArgumentException">The options name no database, or only half of what TLS needs.</exception>
    /// <exception cref="InvalidDataException">A file of Tls cannot be read, or no silo would accept the certificate.</exception>
    public static IHostApplicationBuilder AddSiloClusterClient(
        this IHostApplicationBuilder builder, Action<SiloClusterClientOptions> configure)
    {
        var options = new SiloClusterClientOptions();
        configure(options);
        if (string.IsNullOrWhiteSpace(options.ConnectionString))
            throw new ArgumentException("ConnectionString is missing.", nameof(configure));
        if (!options.Tls.IsComplete)
            throw new ArgumentException("Tls.CertificateFile, Tls.AuthorityFile and Tls.TargetName must be given together.", nameof(configure));
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.UseOrleansClient(client =>
        {
            client.Configure<ClusterOptions>(o => (o.ClusterId, o.ServiceId) = (options.ClusterName, options.ClusterName));
            client.UseAdoNetClustering(o => (o.Invariant, o.ConnectionString) =
                (MembershipDatabase.Invariant, MembershipDatabase.ConnectionString(options.ConnectionString)));
            ClusterTls.Configure(client, options.Tls);
            Configure(client);
        });
        builder.Services.AddSingleton<global::Orleans.IClientConnectionRetryFilter>(
            p => new StartRetries(options.StartTimeout, p.GetRequiredService<TimeProvider>()));
        builder.Services.AddSingleton<ITenants, RemoteTenants>();
        builder.Services.AddSingleton<IMessageIntake, ClusterIntake>();
        return builder;
    }

    /// <summary>What makes a client one of ours, wherever it finds its cluster.</summary>
    internal static void Configure(IClientBuilder client)
    {
        client.Configure<ClientMessagingOptions>(GrainLimits.Configure);
        client.Configure<GatewayOptions>(o => o.GatewayListRefreshPeriod = ClusterNetwork.GatewayRefresh);
        client.AddOutgoingGrainCallFilter<InfrastructureFailures>();
        client.Services.Configure<TypeManifestOptions>(WireTypes.Configure);
        client.Services.Configure<ExceptionSerializationOptions>(WireTypes.Configure);
    }
}
