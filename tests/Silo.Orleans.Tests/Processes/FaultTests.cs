using Silo.Core.Tenants;
using Silo.Testing;
using Silo.Testing.EndToEnd;
using Silo.Testing.Postgres;
using Silo.Testing.SmtpSink;
using Xunit;
using static Silo.Orleans.Tests.Processes.ClusterLoad;

namespace Silo.Orleans.Tests.Processes;

/// <summary>
/// What a cluster of real processes promises when something breaks under load: nothing lost, duplicates marked and few, pauses hold.
/// </summary>
[Collection(nameof(RealCluster))]
public sealed class FaultTests
{
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "Silo.Orleans.dll");

    private static readonly string[] Tenants = [.. Enumerable.Range(1, 12).Select(i => $"t{i}")];

    [PostgresFact]
    public async Task Silos_that_are_asked_to_stop_one_by_one_lose_nothing_and_repeat_nothing()
    {
        await using var cluster = await RealCluster.Start(Program, 3);
        var (load, sending) = await PutUnderLoad(cluster, Tenants);
        await cluster.Silos[0].End();
        await UntilEveryTenantSends(cluster, load);
        await cluster.Silos[1].End();
        await UntilEveryTenantSends(cluster, load);
        await UntilAllArrived(cluster, load, sending);

        var books = await cluster.EndAndReadBooks();
        cluster.AssertBalanced(books, load, deaths: 0);
    }

    [PostgresFact]
    public async Task When_a_silo_is_killed_its_tenants_send_again_from_the_others_and_nothing_is_lost()
    {
        await using var cluster = await RealCluster.Start(Program, 3);
        var (load, sending) = await PutUnderLoad(cluster, Tenants);
        await cluster.Silos[0].Kill();
        await UntilEveryTenantSends(cluster, load);
        await UntilAllArrived(cluster, load, sending);

        var books = await cluster.EndAndReadBooks();
        cluster.AssertBalanced(books, load, deaths: 1);
    }

    [PostgresFact]
    public async Task A_silo_that_stood_still_for_longer_than_its_lease_begins_nothing_when_it_goes_on_and_ends()
    {
        await using var cluster = await RealCluster.Start(Program, 3);
        var (load, sending) = await PutUnderLoad(cluster, Tenants);
        var frozen = cluster.Silos[0];
        frozen.Process.Freeze();
        await UntilEveryTenantSends(cluster, load, [.. cluster.Silos.Skip(1)]);

        var continued = TimeProvider.System.GetUtcNow();
        frozen.Process.Continue();
        Assert.NotEqual(0, await frozen.Process.Exit());
        await UntilAllArrived(cluster, load, sending);
        // The one exception that the promise makes: a command that was being written when the process stood still.
        var late = cluster.Sink.Steps.Where(s => s.Hello == frozen.Name && s.At >= continued).GroupBy(s => s.Connection).ToArray();
        Assert.All(late, connection => Assert.Single(connection));

        var books = await cluster.EndAndReadBooks();
        cluster.AssertBalanced(books, load, deaths: 1);
    }

    [PostgresTheory]
    [InlineData(PostgresStop.Fast)]
    [InlineData(PostgresStop.Immediate)]
    public async Task A_database_that_is_restarted_under_load_costs_time_and_nothing_else(PostgresStop how)
    {
        await using var cluster = await RealCluster.Start(Program, 2);
        var (load, sending) = await PutUnderLoad(cluster, Tenants);
        await cluster.Database.Stop(how);
        await cluster.Database.StartAgain();
        await UntilEveryTenantSends(cluster, load);
        await UntilAllArrived(cluster, load, sending);

        Assert.All(cluster.Silos, s => Assert.False(s.Process.HasExited, s.Process.Output));
        var books = await cluster.EndAndReadBooks();
        cluster.AssertBalanced(books, load, deaths: 0);
    }

    [PostgresFact]
    public async Task A_synchronous_standby_that_is_promoted_has_everything_that_was_accepted()
    {
        await using var cluster = await RealCluster.WithoutSilos(Program);
        await using var standby = await cluster.Database.StartStandby();
        var both = cluster.ConnectionString
            .Replace("Host=127.0.0.1;", $"Host=127.0.0.1:{cluster.Database.Port},127.0.0.1:{standby.Port};", StringComparison.Ordinal)
            .Replace($"Port={cluster.Database.Port};", "", StringComparison.Ordinal);
        cluster.ConnectionString = both + ";Target Session Attributes=primary";
        await cluster.StartSilos(2);
        var (load, sending) = await PutUnderLoad(cluster, Tenants);
        await cluster.Database.Stop(PostgresStop.Kill);
        await standby.Promote();
        await UntilEveryTenantSends(cluster, load);
        await UntilAllArrived(cluster, load, sending);

        var books = await cluster.EndAndReadBooks(standby.ConnectionStringOf("silo"));
        cluster.AssertBalanced(books, load, deaths: 0);
    }

    [PostgresFact]
    public async Task A_failover_that_could_lose_mail_is_refused_at_the_start()
    {
        await using var cluster = await RealCluster.WithoutSilos(Program);
        await using var standby = await cluster.Database.StartStandby(synchronous: false);
        var both = cluster.ConnectionString
            .Replace("Host=127.0.0.1;", $"Host=127.0.0.1:{cluster.Database.Port},127.0.0.1:{standby.Port};", StringComparison.Ordinal)
            .Replace($"Port={cluster.Database.Port};", "", StringComparison.Ordinal);
        var silo = cluster.Launch(both);
        Assert.Equal(1, await silo.Process.Exit());
        Assert.Contains("synchronous_standby_names", silo.Process.Output, StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task A_silo_that_alone_is_cut_off_from_the_database_ends_itself_and_the_others_take_over()
    {
        await using var cluster = await RealCluster.WithoutSilos(Program);
        await using var proxy = new TcpProxy(cluster.Database.Port);
        await cluster.StartSilos(2);
        var cutOff = await cluster.StartSilo(
            cluster.ConnectionString.Replace($"Port={cluster.Database.Port};", $"Port={proxy.Port};", StringComparison.Ordinal));
        var (load, sending) = await PutUnderLoad(cluster, Tenants);
        proxy.Part();
        Assert.Equal(3, await cutOff.Process.Exit());
        await UntilEveryTenantSends(cluster, load, [.. cluster.Silos.Take(2)]);
        await UntilAllArrived(cluster, load, sending);

        var books = await cluster.EndAndReadBooks();
        cluster.AssertBalanced(books, load, deaths: 1);
    }

    [PostgresFact]
    public async Task A_tenant_that_is_paused_while_another_silo_takes_it_over_begins_nothing_after_the_answer()
    {
        await using var cluster = await RealCluster.Start(Program, 2);
        var (load, sending) = await PutUnderLoad(cluster, "t1");
        var owner = cluster.Silos.Single(s => s.Name == cluster.Sink.Steps.Last().Hello);
        var other = cluster.Silos.Single(s => s != owner);
        await owner.Kill();
        await Paused(other.Client, "t1");
        var acknowledged = TimeProvider.System.GetUtcNow();
        load.Stop();
        await sending;
        Assert.Equal("DISABLED", await other.Client.SendingStatus("t1"));
        // Only this tenant sends: a MAIL after the answer would be its own.
        Assert.DoesNotContain(cluster.Sink.Steps, s => s.Kind == SinkStepKind.Mail && s.At > acknowledged);

        await other.Client.SetStatus("t1", "ENABLED");
        await cluster.UntilArrived(load);
        var books = await cluster.EndAndReadBooks();
        cluster.AssertBalanced(books, load, deaths: 1);
        Assert.Contains(books.Events, e => e.Kind == TenantEventKind.StatusChanged);
    }

    [PostgresFact]
    public async Task A_pause_through_any_silo_holds_on_the_one_that_sends()
    {
        await using var cluster = await RealCluster.Start(Program, 2);
        var (load, sending) = await PutUnderLoad(cluster, "t1");
        foreach (var silo in cluster.Silos)
        {
            await silo.Client.SetStatus("t1", "DISABLED");
            var acknowledged = TimeProvider.System.GetUtcNow();
            Assert.Equal("DISABLED", await cluster.Silos[^1].Client.SendingStatus("t1"));
            Assert.DoesNotContain(cluster.Sink.Steps, s => s.Kind == SinkStepKind.Mail && s.At > acknowledged);
            await silo.Client.SetStatus("t1", "ENABLED");
            await UntilMailFlows(cluster, 100);
        }

        await UntilAllArrived(cluster, load, sending);
        cluster.AssertBalanced(await cluster.EndAndReadBooks(), load, deaths: 0);
    }

    private static async Task<(Load Load, Task Sending)> PutUnderLoad(RealCluster cluster, params string[] tenants)
    {
        await cluster.Silos[0].Client.SetUp(tenants);
        var load = new Load("u", tenants);
        var sending = Run(load, cluster.Silos);
        await UntilMailFlows(cluster, 300);
        return (load, sending);
    }

    private static async Task UntilAllArrived(RealCluster cluster, Load load, Task sending)
    {
        load.Stop();
        await sending;
        await cluster.UntilArrived(load);
    }

    private static Task Paused(SesClient client, string tenant) => Patiently.Until(
        async () =>
        {
            try
            {
                await client.SetStatus(tenant, "DISABLED");
                return true;
            }
            catch (Xunit.Sdk.TrueException)
            {
                return false;
            }
        },
        () => $"{tenant} is paused");
}

/// <summary>These tests take all that the machine has; they run one after the other.</summary>
[CollectionDefinition(nameof(RealCluster), DisableParallelization = true)]
public sealed class RealClusterCollection;
