using System.Diagnostics;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Silo.Orleans.Client;
using Silo.Orleans.Tests.Processes;
using Silo.Server.Tenants;
using Silo.Testing.EndToEnd;
using Silo.Testing.Postgres;
using Xunit;

namespace Silo.Orleans.Tests.Hosting;

[Collection(nameof(RealCluster))]
public sealed class SiloProcessTests
{
    private static readonly string Silos = Path.Combine(AppContext.BaseDirectory, "Silo.Orleans.dll");

    [PostgresFact]
    public async Task Two_silos_serve_a_program_of_its_own_and_end_in_order_when_they_are_told_to()
    {
        await using var cluster = await RealCluster.WithoutSilos(Silos);
        cluster.Settings = [("Silo__Cluster__Name", "test")];
        // Both at once on an empty database: one makes the tables, the other finds them.
        await cluster.StartSilos(2);
        using var http = new HttpClient();
        foreach (var silo in cluster.Silos) Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(silo.Client.Url + "/readyz")).StatusCode);
        var ses = cluster.Silos[1].Client;
        await ses.SetUp("acme");
        var ids = (await Run(cluster.ConnectionString, 50)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(50, ids.Distinct().Count());
        Assert.All(ids, id => Assert.Matches("^[0-9a-f]{16}-[0-9a-f-]{36}-[0-9]{6}$", id));
        Assert.Equal("ENABLED", await ses.SendingStatus("acme"));

        var builder = Host.CreateApplicationBuilder();
        builder.AddSiloClusterClient(o => (o.ConnectionString, o.ClusterName) = (cluster.ConnectionString, "test"));
        using var host = builder.Build();
        await host.StartAsync();
        Assert.Equal(50, (await host.Services.GetRequiredService<ITenants>().Get("acme").Describe(default))!.Books.Accepted);
        await host.StopAsync();

        await cluster.Silos[0].End();
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(cluster.Silos[1].Client.Url + "/readyz")).StatusCode);
        await cluster.Silos[1].End();
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
