using Silo.Server.Hosting;

namespace Silo.Orleans.Client;

/// <summary>How a program reaches a cluster of silos.</summary>
public sealed class SiloClusterClientOptions
{
    /// <summary>The cluster's <c>Silo:Cluster:Name</c>. Default silo.</summary>
    public string ClusterName { get; set; } = new ClusterOptions().Name;

    /// <summary>
    /// Of the cluster's PostgreSQL database, in the words of Npgsql. Only read, and only the tables orleansquery and
    /// orleansmembershiptable of the schema silo: a role that may SELECT from these two is enough. Required.
    /// </summary>
    public string ConnectionString { get; set; } = "";

    /// <summary>How long the start goes on trying when no silo answers. Default 1 min; after it the host's start fails.</summary>
    public TimeSpan StartTimeout { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>As the silos' <c>Silo:Cluster:Tls</c>: with a certificate from the same authority.</summary>
    public ClusterTlsOptions Tls { get; } = new();
}
