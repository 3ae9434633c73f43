using Silo.Testing.EndToEnd;

namespace Silo.Orleans.Tests.Processes;

/// <summary>Load on a cluster, and what is waited for while it runs.</summary>
internal static class ClusterLoad
{
    private static int _probes;

    public static Task Run(Load load, IReadOnlyList<SiloProcess> silos) => Task.WhenAll(silos.Select(s => load.Run(s.Client, 4)));

    public static Task UntilMailFlows(RealCluster cluster, int messages)
    {
        var before = cluster.Sink.MessageCount;
        return Patiently.Until(() => cluster.Sink.MessageCount >= before + messages, () => $"mail flows. {cluster.Outputs()}");
    }

    /// <summary>Waits until mail of every tenant that was accepted from now on has arrived, through each of these silos.</summary>
    public static async Task UntilEveryTenantSends(RealCluster cluster, Load load, IReadOnlyList<SiloProcess>? through = null)
    {
        through ??= [.. cluster.Silos.Where(s => !s.Process.HasExited)];
        foreach (var silo in through)
        {
            foreach (var tenant in load.Tenants)
            {
                // A probe whose answer was lost may be stored all the same: each one goes to an address of its own.
                await Patiently.Until(
                    () => load.TrySend(silo.Client, tenant, $"probe-{Interlocked.Increment(ref _probes)}-{tenant}@example.org"),
                    () => $"{tenant} is accepted by {silo.Name}. {cluster.Outputs()}");
            }
        }

        await Patiently.Until(
            () => load.Accepted.Where(r => r.StartsWith("probe-", StringComparison.Ordinal)).ToHashSet().IsSubsetOf(cluster.Arrived()),
            () => $"mail of every tenant arrives. {cluster.Outputs()}");
    }
}
