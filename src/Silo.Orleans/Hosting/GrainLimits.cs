using Orleans.Configuration;
using Orleans.Hosting;
using ClusterOptions = Silo.Server.Hosting.ClusterOptions;

namespace Silo.Orleans.Hosting;

/// <summary>How long activations stay, how much may wait for one, how large and how slow a call may be.</summary>
internal static class GrainLimits
{
    /// <summary>A message of SES's largest size, 40 MB, with room for its envelope and headers.</summary>
    public const int MaxMessageBytes = 48 * 1024 * 1024;

    /// <summary>
    /// Calls that run or wait for one tenant; beyond it callers get <see cref="Server.Tenants.Embedded.ActorBusyException"/>.
    /// </summary>
    public const int MaxCallsPerTenant = 20_000;

    /// <summary>
    /// A call may have to wait for a claim, and that for a dead silo's lease (10 s) to lapse, up to 15 s in all; then it still has to do
    /// its work.
    /// </summary>
    public static readonly TimeSpan ResponseTimeout = TimeSpan.FromSeconds(20);

    public static void Configure(ISiloBuilder silo, ClusterOptions cluster)
    {
        silo.Configure<GrainCollectionOptions>(o =>
        {
            o.CollectionAge = cluster.CollectionAge;
            o.CollectionQuantum = TimeSpan.FromSeconds(Math.Clamp(cluster.CollectionAge.TotalSeconds / 5, 5, 60));
            // What is collected is stored, so letting idle tenants go early costs a load, and running out of memory costs the silo.
            o.EnableActivationSheddingOnMemoryPressure = cluster.SheddingMemoryPercent < 100;
            o.MemoryUsageLimitPercentage = cluster.SheddingMemoryPercent;
            o.MemoryUsageTargetPercentage = Math.Max(1, cluster.SheddingMemoryPercent - 10);
        });
        silo.Configure<SiloMessagingOptions>(o =>
        {
            Configure(o);
            o.MaxEnqueuedRequestsHardLimit = MaxCallsPerTenant;
        });
    }

    public static void Configure(MessagingOptions options)
    {
        options.ResponseTimeout = ResponseTimeout;
        options.MaxMessageBodySize = MaxMessageBytes;
    }
}
