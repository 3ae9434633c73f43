using Silo.Benchmarks.Send;
using Silo.Server.Access;
using Silo.Testing.EndToEnd;
using Silo.Testing.SmtpSink;
using Spectre.Console;

namespace Silo.Benchmarks.Cluster;

/// <summary>
/// What a message costs on one, two, three silos of one machine, from a signed call at any of them to the final dot at an SMTP server:
/// messages per second, and CPU per message of the silos and of PostgreSQL.
/// </summary>
internal static class ClusterBenchmark
{
    public static async Task<int> Run(ClusterBenchmarkOptions options)
    {
        var results = options.Silos.ToDictionary(n => n, _ => new List<Round>());
        for (var round = 0; round < options.Rounds; round++)
        {
            foreach (var silos in options.Silos)
            {
                results[silos].Add(await Measure(options, silos));
                Console.Error.WriteLine($"round {round + 1}, {silos} silos: {results[silos][^1]}");
            }
        }

        var table = new Table().AddColumns(
            "silos", "messages/s", "silo CPU µs/message", "least", "most", "ratio to the first", "PostgreSQL CPU µs/message", "twice arrived");
        var first = Median(results[options.Silos[0]].Select(r => r.SiloCpu));
        foreach (var silos in options.Silos)
        {
            var rounds = results[silos];
            var cpu = Median(rounds.Select(r => r.SiloCpu));
            table.AddRow(
                $"{silos}", $"{Median(rounds.Select(r => r.PerSecond)):N0}", $"{cpu:F0}", $"{rounds.Min(r => r.SiloCpu):F0}",
                $"{rounds.Max(r => r.SiloCpu):F0}", $"{cpu / first:F2}", $"{Median(rounds.Select(r => r.DatabaseCpu)):F0}",
                $"{rounds.Sum(r => r.Twice)}");
        }

        AnsiConsole.Profile.Width = 150;
        AnsiConsole.WriteLine(
            $"{options.Rounds} rounds of {options.Messages:N0} messages after {options.WarmUp:N0} for each silo that warm up, "
            + $"{options.Tenants} tenants, {options.Connections} connections to each silo; medians");
        AnsiConsole.Write(table);
        return 0;
    }

    private static async Task<Round> Measure(ClusterBenchmarkOptions options, int silos)
    {
        await using var cluster = await RealCluster.WithoutSilos(options.Program, new SinkOptions { CountOnly = true });
        cluster.Settings =
        [
            ("Silo__Delivery__InFlight", "512"), ("Silo__Delivery__InFlightPerTenant", "256"), ("Silo__Transport__Smtp__MaxConnections", "40"),
            ("Silo__Tenants__SendRate", "1000000"), ("Silo__Tenants__SendBurst", "1000000"),
        ];
        await cluster.StartSilos(silos);
        await SetUp(cluster.Silos[0].Client, options.Tenants);
        if (options.WarmUp > 0) await Send(cluster, options with { Messages = options.WarmUp * silos });
        var (siloCpu, databaseCpu, arrived) = (SiloCpu(cluster), DatabaseCpu(cluster), cluster.Sink.MessageCount);
        var began = TimeProvider.System.GetTimestamp();
        await Send(cluster, options);
        var seconds = TimeProvider.System.GetElapsedTime(began).TotalSeconds;
        return new Round(
            options.Messages / seconds, (SiloCpu(cluster) - siloCpu) / options.Messages,
            (DatabaseCpu(cluster) - databaseCpu) / options.Messages, cluster.Sink.MessageCount - arrived - options.Messages);
    }

    private static async Task Send(RealCluster cluster, ClusterBenchmarkOptions options)
    {
        var goal = cluster.Sink.MessageCount + options.Messages;
        var perSilo = options.Messages / cluster.Silos.Count;
        var load = new SendBenchmarkOptions(perSilo, options.Connections, 1, 0, options.Tenants, 4096);
        await Task.WhenAll(cluster.Silos.Select((silo, i) => Task.Run(async () =>
        {
            var client = new SendClient(new Uri(silo.Client.Url), new AccessKey(SesClient.KeyId, SesClient.Secret), load, TimeProvider.System);
            await client.Run(i == 0 ? options.Messages - perSilo * (cluster.Silos.Count - 1) : perSilo);
        })));
        while (cluster.Sink.MessageCount < goal) await Task.Delay(5);
    }

    internal static async Task SetUp(SesClient client, int tenants)
    {
        await client.Must("/v2/email/identities", new { EmailIdentity = "sender.example" });
        await client.Must("/v2/email/configuration-sets", new { ConfigurationSetName = "news" });
        for (var i = 0; i < tenants; i++)
        {
            var name = SendServer.TenantName(i);
            await client.Must("/v2/email/tenants", new { TenantName = name });
            foreach (var resource in new[] { "identity/sender.example", "configuration-set/news" })
                await client.Must("/v2/email/tenants/resources",
                    new { TenantName = name, ResourceArn = $"arn:aws:ses:us-east-1:000000000000:{resource}" });
        }
    }

    private static double SiloCpu(RealCluster cluster) => cluster.Silos.Sum(s => CpuTime.OfProcess(s.Process.Id));

    private static double DatabaseCpu(RealCluster cluster) => CpuTime.OfFamily(cluster.Database.ProcessId);

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted[sorted.Length / 2];
    }

    private readonly record struct Round(double PerSecond, double SiloCpu, double DatabaseCpu, long Twice);
}
