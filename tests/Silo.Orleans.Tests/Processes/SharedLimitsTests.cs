using Silo.Testing.EndToEnd;
using Silo.Testing.Postgres;
using Silo.Testing.SmtpSink;
using Xunit;

namespace Silo.Orleans.Tests.Processes;

/// <summary>Limits that silos keep together, as real processes do.</summary>
[Collection(nameof(RealCluster))]
public sealed class SharedLimitsTests
{
    private const int Rate = 50;
    private const int Quota = 1_500;

    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "Silo.Orleans.dll");
    private static readonly string[] Tenants = [.. Enumerable.Range(1, 8).Select(i => $"t{i}")];

    // From the gate to the sink.
    private static readonly TimeSpan Way = TimeSpan.FromSeconds(0.3);

    [PostgresFact]
    public async Task Silos_together_keep_the_accounts_rate_and_quota_and_use_them_also_when_the_one_dies_that_keeps_them()
    {
        await using var cluster = await RealCluster.WithoutSilos(Program);
        cluster.Settings = [("Silo__Account__MaxSendRate", $"{Rate}"), ("Silo__Account__Max24HourSend", $"{Quota}")];
        await cluster.StartSilos(2);
        // Until a silo knows how busy the other one is, what is created through it stays with it.
        await cluster.Silos[0].Client.SetUp(Tenants[..4]);
        await cluster.Silos[1].Client.SetUpMore(Tenants[4..]);
        var load = new Load("u", Tenants);
        var sending = ClusterLoad.Run(load, cluster.Silos);
        await Patiently.Until(() => load.Accepted.Count > 2 * Quota, () => $"there is more than enough. {cluster.Outputs()}");
        load.Stop();
        await sending;
        await ClusterLoad.UntilMailFlows(cluster, 2 * Rate);
        var (from, before) = (TimeProvider.System.GetTimestamp(), cluster.Sink.MessageCount);
        await Patiently.Until(() => cluster.Sink.MessageCount >= before + (8 * Rate), () => $"mail flows. {cluster.Outputs()}");
        var used = 8 * Rate / TimeProvider.System.GetElapsedTime(from).TotalSeconds;
        var both = cluster.Sink.Steps.Where(s => s.Kind == SinkStepKind.Mail).GroupBy(s => s.Hello).Count();

        var owner = cluster.Silos.Single(s => s.Process.Output.Contains("keeps the limits of account", StringComparison.Ordinal));
        await owner.Kill();
        await ClusterLoad.UntilMailFlows(cluster, 3 * Rate);
        var (count, since) = (cluster.Sink.MessageCount, TimeProvider.System.GetTimestamp());
        await Patiently.Until(
            () =>
            {
                if (cluster.Sink.MessageCount != count) (count, since) = (cluster.Sink.MessageCount, TimeProvider.System.GetTimestamp());
                return TimeProvider.System.GetElapsedTime(since) > TimeSpan.FromSeconds(8);
            },
            () => $"the quota is used. {cluster.Outputs()}");

        var starts = cluster.Sink.Steps.Where(s => s.Kind == SinkStepKind.Mail).Select(s => s.At).Order().ToArray();
        Assert.Equal(2, both);
        Assert.True(used >= 0.9 * Rate, $"{used} of {Rate} a second");
        // What the one that died had in its block is lost to the day.
        Assert.InRange(starts.Length, Quota - (14 * Rate), Quota);
        for (int first = 0, last = 0; last < starts.Length; last++)
        {
            for (first = Math.Max(0, last - (20 * Rate)); first < last; first++)
            {
                var most = Rate + (Rate * (starts[last] - starts[first] + Way).TotalSeconds);
                Assert.True(last - first + 1 <= most, $"{last - first + 1} starts in {starts[last] - starts[first]}, {starts[first]:O}");
            }
        }
    }
}
