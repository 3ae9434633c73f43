using System.Net;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;
using Silo.Server.Hosting;

namespace Silo.Orleans.Hosting;

/// <summary>How a silo finds its cluster, and how soon the cluster finds that a silo is gone.</summary>
internal static class ClusterNetwork
{
    /// <summary>How often a client asks which gateways there are: a dead one costs it at most this long.</summary>
    public static readonly TimeSpan GatewayRefresh = TimeSpan.FromSeconds(5);

    public static void Configure(ISiloBuilder silo, SiloSettings settings)
    {
        var cluster = settings.Cluster;
        silo.Configure<global::Orleans.Configuration.ClusterOptions>(o => (o.ClusterId, o.ServiceId) = (cluster.Name, cluster.Name));
        silo.Configure<EndpointOptions>(o =>
        {
            o.AdvertisedIPAddress = IPAddress.Parse(cluster.AdvertisedAddress);
            (o.SiloPort, o.GatewayPort) = (cluster.SiloPort, cluster.GatewayPort);
            // Behind a loopback address nobody else is to be listened to; any other may be that of a container's host.
            var listen = IPAddress.IsLoopback(o.AdvertisedIPAddress) ? o.AdvertisedIPAddress : IPAddress.Any;
            o.SiloListeningEndpoint = new IPEndPoint(listen, cluster.SiloPort);
            o.GatewayListeningEndpoint = new IPEndPoint(listen, cluster.GatewayPort);
        });
        silo.UseAdoNetClustering(o => (o.Invariant, o.ConnectionString) =
            (MembershipDatabase.Invariant, MembershipDatabase.ConnectionString(settings.Store.ConnectionString!)));
        ConfigureLiveness(silo);
        silo.Services.AddSingleton<IFatalErrorHandler, FatalErrors>();
        ClusterTls.Configure(silo, cluster.Tls);
    }

    /// <summary>
    /// What must not happen twice hangs on the lease in the database, not on these: they only say how soon calls go elsewhere. So they are
    /// short, and a silo that is wrongly given up costs a restart and nothing else.
    /// </summary>
    private static void ConfigureLiveness(ISiloBuilder silo)
    {
        silo.Configure<ClusterMembershipOptions>(o =>
        {
            // Three probes missed, a second to two apart: a killed or stopped silo is noticed after 3 to 6 s, before its lease of 10 s
            // lapses.
            o.ProbeTimeout = TimeSpan.FromSeconds(1.5);
            o.MinProbeTimeout = TimeSpan.FromSeconds(1);
            o.MaxProbeTimeout = TimeSpan.FromSeconds(3);
            o.NumMissedProbesLimit = 3;
            // A stopped process keeps its connections, and what was sent by it before still arrives: that is no sign of life.
            o.EnableConnectionLivenessCheck = false;
            // Gossip tells of changes at once; this is for who missed it.
            o.TableRefreshTimeout = TimeSpan.FromSeconds(10);
            o.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(10);
            // Rows of silos that never came up must not hold up a new one for long.
            o.MaxJoinAttemptTime = TimeSpan.FromSeconds(60);
            o.DefunctSiloExpiration = TimeSpan.FromDays(1);
        });
        // By default nothing that a dead silo hosted could come to life elsewhere for 30 s, nor could a silo that joins meanwhile start: in
        // case the dead one still works. Here it could not do harm: its tenants are claimed in the database only once its lease has lapsed.
        silo.Configure<GrainDirectoryOptions>(o => o.RangeLeaseDuration = TimeSpan.Zero);
#pragma warning disable ORLEANSEXP003 // A grain has at most one entry in it while silos come and go; Orleans calls its API young.
        silo.AddDistributedGrainDirectory();
#pragma warning restore ORLEANSEXP003
    }
}
