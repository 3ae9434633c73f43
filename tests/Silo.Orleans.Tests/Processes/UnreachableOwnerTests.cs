using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Npgsql;
using Silo.Testing.EndToEnd;
using Silo.Testing.Postgres;
using Xunit;
using static Silo.Orleans.Tests.Processes.ClusterLoad;

namespace Silo.Orleans.Tests.Processes;

/// <summary>What callers of the API see when the silo that owns a tenant has too much to do, stands still, or is voted out.</summary>
[Collection(nameof(RealCluster))]
public sealed class UnreachableOwnerTests
{
    private const int Dead = 6;

    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "Silo.Orleans.dll");
    private static readonly string[] Tenants = [.. Enumerable.Range(1, 6).Select(i => $"t{i}")];
    private static readonly string[] TooMany = [.. Enumerable.Range(1, 45).Select(i => $"many{i}@example.org")];

    [PostgresFact]
    public async Task An_owner_that_is_full_stands_still_or_is_voted_out_answers_429_or_503_and_never_500()
    {
        await using var cluster = await RealCluster.WithoutSilos(Program);
        cluster.Settings = [("Silo__Tenants__BacklogCap", "40")];
        await cluster.StartSilos(2);
        var (owner, other) = (cluster.Silos[0], cluster.Silos[1]);
        await other.Client.SetUp(Tenants);
        foreach (var silo in cluster.Silos)
        {
            foreach (var tenant in Tenants)
                Assert.Equal((HttpStatusCode.TooManyRequests, "TooManyRequestsException"), ShapeOf(await silo.Client.Send(tenant, TooMany)));
        }

        var load = new Load("u", Tenants);
        var sending = Run(load, cluster.Silos);
        await UntilMailFlows(cluster, 200);
        var answers = new ConcurrentBag<SesReply>();
        using var stop = new CancellationTokenSource();
        var asking = Task.WhenAll(Tenants.Select(t => Ask(other.Client, t, answers, stop.Token)));

        // Shorter than its lease, and than the others wait before they vote: it goes on as if nothing had been.
        owner.Process.Freeze();
        await UntilLeaseOf(cluster, owner, TimeSpan.FromSeconds(8));
        owner.Process.Continue();
        await UntilEveryTenantSends(cluster, load);
        Assert.All(cluster.Silos, s => Assert.False(s.Process.HasExited, s.Process.Output));

        await VoteOut(cluster, owner);
        Assert.Equal(3, await owner.Process.Exit());
        Assert.Contains("its place in the cluster is lost", owner.Process.Output, StringComparison.Ordinal);
        await UntilEveryTenantSends(cluster, load);
        await stop.CancelAsync();
        await asking;
        load.Stop();
        await sending;
        await cluster.UntilArrived(load);

        Assert.Contains(answers, a => a.Status == HttpStatusCode.OK);
        Assert.All(answers.Concat(load.Refused).Where(a => a.Status != HttpStatusCode.OK).Select(ShapeOf), a => Assert.Contains(a, (IEnumerable<(HttpStatusCode, string?)>)
            [(HttpStatusCode.TooManyRequests, "TooManyRequestsException"), (HttpStatusCode.ServiceUnavailable, "ServiceUnavailable")]));
        var books = await cluster.EndAndReadBooks();
        cluster.AssertBalanced(books, load, deaths: 1);
    }

    /// <summary>Status and code of an error, whose body has to be one of SES's.</summary>
    private static (HttpStatusCode Status, string? Code) ShapeOf(SesReply reply)
    {
        Assert.NotEmpty(JsonDocument.Parse(reply.Body).RootElement.GetProperty("message").GetString()!);
        return (reply.Status, reply.ErrorType);
    }

    /// <summary>Asks for a tenant again and again. A call that gets no answer within the client's 30 s fails the test.</summary>
    private static async Task Ask(SesClient client, string tenant, ConcurrentBag<SesReply> answers, CancellationToken until)
    {
        while (!until.IsCancellationRequested)
        {
            answers.Add(await client.Post("/v2/email/tenants/get", new { TenantName = tenant }));
            await Task.Delay(20, CancellationToken.None);
        }
    }

    /// <summary>Waits until the silo's lease has less than this left, which it has only when it does not renew it.</summary>
    private static Task UntilLeaseOf(RealCluster cluster, SiloProcess silo, TimeSpan left) => Patiently.Until(
        async () => (TimeSpan)(await Query(
            cluster,
            "SELECT expires_at - clock_timestamp() FROM silo.leases JOIN silo.incarnations USING (incarnation) WHERE NOT dead AND address = $1",
            $"127.0.0.1:{silo.SiloPort}"))! < left,
        () => $"{silo.Name} is not heard of");

    /// <summary>As if the others had found it dead: its row, and the table's version.</summary>
    private static Task VoteOut(RealCluster cluster, SiloProcess silo) => Query(
        cluster,
        $"""
        WITH voted AS (UPDATE silo.orleansmembershiptable SET status = {Dead} WHERE port = $1 RETURNING 1)
        UPDATE silo.orleansmembershipversiontable SET version = version + (SELECT count(*) FROM voted)::integer RETURNING version
        """,
        silo.SiloPort);

    private static async Task<object?> Query(RealCluster cluster, string sql, object parameter)
    {
        await using var connection = new NpgsqlConnection(cluster.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection) { Parameters = { new() { Value = parameter } } };
        return await command.ExecuteScalarAsync();
    }
}
