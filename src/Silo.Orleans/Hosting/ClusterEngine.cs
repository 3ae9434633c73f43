using Orleans;
using Orleans.Hosting;
using Orleans.Placement;
using Orleans.Runtime;
using Orleans.Runtime.Placement;
using Orleans.Serialization;
using Orleans.Serialization.Configuration;
using Silo.Orleans.Egress;
using Silo.Orleans.Placement;
using Silo.Orleans.Tenants;
using Silo.Orleans.Wire;
using Silo.Server.Egress.Sharing;
using Silo.Server.Hosting;
using Silo.Server.Tenants;
using Silo.Storage;

namespace Silo.Orleans.Hosting;

/// <summary>The engine of a cluster: grains for tenants, and the silo that hosts them.</summary>
internal static class ClusterEngine
{
    public static void Add(IHostApplicationBuilder builder, SiloSettings settings)
    {
        // Comes up before the silo, which reads what it makes.
        builder.Services.AddHostedService(p => new MembershipSchema(
            settings.Store.ConnectionString!, p.GetRequiredService<ILogger<MembershipSchema>>()));
        builder.UseOrleans(silo =>
        {
            AddTenants(silo, settings);
            ClusterNetwork.Configure(silo, settings);
        });
    }

    /// <summary>What makes a silo one of ours, wherever it finds its cluster.</summary>
    public static void AddTenants(ISiloBuilder silo, SiloSettings settings)
    {
        var services = silo.Services;
        services.AddSingleton<LocalTenants>();
        // A bucket starts empty wherever a tenant comes to life: how long it had been idle nobody here knows.
        services.AddSingleton(p => SiloServer.TenantServicesOf(
            p, settings, collectionAge: TimeSpan.Zero, p.GetRequiredService<LocalTenants>().Discard));
        services.AddSingleton<TenantBalance>();
        services.AddSingleton(p => new ClusterTenants(
            p.GetRequiredService<IGrainFactory>(), p.GetRequiredService<LocalTenants>(), p.GetRequiredService<ISiloStatusOracle>(),
            p.GetRequiredService<TenantBalance>));
        services.AddSingleton<ITenants>(p => p.GetRequiredService<ClusterTenants>());
        services.AddSingleton<IOwnTenants>(p => p.GetRequiredService<ClusterTenants>());
        services.AddSingleton<IEngine>(p => p.GetRequiredService<ClusterTenants>());
        services.AddSingleton(p => SiloServer.SharingServicesOf(p, settings, isAlone: false));
        services.AddSingleton<ISendingPools, ClusterPools>();
        silo.AddPlacementDirector<OwnerPlacement>(p => new OwnerPlacementDirector(
            p.GetRequiredService<IOwnership>(),
            p.GetRequiredKeyedService<IPlacementDirector>(typeof(ActivationCountBasedPlacement)),
            p.GetRequiredService<ILogger<OwnerPlacementDirector>>()));
        silo.AddOutgoingGrainCallFilter<InfrastructureFailures>();
        services.Configure<TypeManifestOptions>(WireTypes.Configure);
        services.Configure<ExceptionSerializationOptions>(WireTypes.Configure);
        GrainLimits.Configure(silo, settings.Cluster);
    }
}
