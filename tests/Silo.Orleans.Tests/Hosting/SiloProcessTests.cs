using System.Diagnostics;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Silo.Orleans.Client;
using Silo.Orleans.Tenants;
using Silo.Server.Tenants;
using Silo.Testing.EndToEnd;
using Silo.Testing.Postgres;
using Xunit;

namespace Silo.Orleans.Tests.Hosting;

public sealed class SiloProcessTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("silo-processes-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [PostgresFact]
    public async Task Two_silos_serve_a_program_of_its_own_and_end_in_order_when_they_are_told_to()
    {
        var database = await (await PostgresServer.Shared).CreateDatabase($"p{Guid.NewGuid():n}");
        // Both at once on an empty database: one makes the tables, the other finds them.
        await using var first = Launch(database);
        await using var second = Launch(database);
        using var firstApi = await first.WhenReady();
        using var ses = await second.WhenReady();
        using var http = new HttpClient();
        foreach (var url in new[] { firstApi.Url, ses.Url }) Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(url + "/readyz")).StatusCode);
        await ses.SetUp("acme");
        var ids = (await Run(database, 50)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(50, ids.Distinct().Count());
        Assert.All(ids, id => Assert.Matches("^[0-9a-f]{16}-[0-9a-f-]{36}-[0-9]{6}$", id));
        Assert.Equal("ENABLED", await ses.SendingStatus("acme"));

        var builder = Host.CreateApplicationBuilder();
        builder.AddSiloClusterClient(o => (o.ConnectionString, o.ClusterName) = (database, "test"));
        using var host = builder.Build();
        await host.StartAsync();
        Assert.Equal(50, (await host.Services.GetRequiredService<ITenants>().Get("acme").Describe(default))!.Books.Accepted);
        await host.StopAsync();

        first.Terminate();
        Assert.True(await first.Exit() == 0, first.Output);
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(ses.Url + "/readyz")).StatusCode);
        second.Terminate();
        Assert.True(await second.Exit() == 0, second.Output);
    }

    private ServerProcess Launch(string database)
    {
        var (siloPort, gatewayPort) = RealCluster.FreePorts();
        return ServerProcess.Launch(
            typeof(ITenantGrain).Assembly.Location, _directory,
            ("Silo__Store__Kind", "Postgres"), ("Silo__Store__ConnectionString", database), ("Silo__Cluster__Name", "test"),
            ("Silo__Cluster__SiloPort", $"{siloPort}"), ("Silo__Cluster__GatewayPort", $"{gatewayPort}"));
    }

    private static async Task<string> Run(string database, int messages)
    {
        var program = typeof(ClusterClient.Marker).Assembly.Location;
        string[] arguments = [program, database, "test", "acme", "news", "hello@example.com", $"{messages}"];
        using var process = Process.Start(new ProcessStartInfo("dotnet", arguments)
        {
            RedirectStandardError = true, RedirectStandardOutput = true,
        })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return await output + errors;
    }
}
