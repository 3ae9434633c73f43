using Silo.Orleans.Client;
using Silo.Orleans.Hosting;
using Silo.Server.Hosting;
using Silo.Testing.EndToEnd;
using Silo.Testing.SmtpSink;

namespace Silo.Benchmarks.Grains;

/// <summary>Silos as Silo.Orleans runs them, in processes of their own, which host the grains of this program besides.</summary>
internal static class MeasuredSilo
{
    /// <summary>By which this program becomes such a silo.</summary>
    public const string Verb = "silo";

    public static Task<int> Run() => ServerProgram.Run([], isCluster: true, ClusterEngine.Add);

    /// <summary>A cluster without silos yet. Mail waits: one message in 100 s may leave.</summary>
    public static async Task<RealCluster> Cluster(params (string Key, string Value)[] settings)
    {
        var cluster = await RealCluster.WithoutSilos(typeof(MeasuredSilo).Assembly.Location, new SinkOptions { CountOnly = true });
        cluster.Arguments = [Verb];
        cluster.Settings = [("Silo__Tenants__SendRate", "0.01"), ("Silo__Tenants__SendBurst", "1"), .. settings];
        return cluster;
    }

    /// <summary>A cluster client, connected.</summary>
    public static async Task<IHost> Connect(RealCluster cluster)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.AddSiloClusterClient(o => o.ConnectionString = cluster.ConnectionString);
        var host = builder.Build();
        await host.StartAsync();
        return host;
    }

    /// <summary>Makes calls, so many at a time.</summary>
    public static Task Repeat(int calls, int underWay, Func<int, ValueTask> call)
    {
        var next = -1;
        return Task.WhenAll(Enumerable.Range(0, underWay).Select(_ => Task.Run(async () =>
        {
            for (var i = Interlocked.Increment(ref next); i < calls; i = Interlocked.Increment(ref next)) await call(i);
        })));
    }
}
