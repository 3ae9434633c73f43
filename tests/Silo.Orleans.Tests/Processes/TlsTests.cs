using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Silo.Orleans.Client;
using Silo.Server.Hosting;
using Silo.Server.Tenants;
using Silo.Testing.EndToEnd;
using Silo.Testing.Postgres;
using Xunit;
using static Silo.Orleans.Tests.Processes.ClusterLoad;

namespace Silo.Orleans.Tests.Processes;

/// <summary>Mutual TLS between silos, and between clients and silos, each with a certificate of its own.</summary>
[Collection(nameof(RealCluster))]
public sealed class TlsTests : IDisposable
{
    private const string Name = "silo.internal";
    private const byte TlsAlert = 0x15;

    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "Silo.Orleans.dll");
    private static readonly string[] Tenants = [.. Enumerable.Range(1, 8).Select(i => $"t{i}")];

    private readonly string _directory = Directory.CreateTempSubdirectory("silo-tls-").FullName;
    private readonly TestAuthority _authority;
    private readonly TestAuthority _stranger;

    public TlsTests() => (_authority, _stranger) = (new TestAuthority(_directory, "own"), new TestAuthority(_directory, "stranger"));

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [PostgresFact]
    public async Task Silos_and_clients_with_certificates_of_the_authority_work_together_and_nobody_else_gets_in()
    {
        await using var cluster = await RealCluster.WithoutSilos(Program);
        var silos = new[] { cluster.Launch(null, Settings(_authority)), cluster.Launch(null, Settings(_authority)) };
        foreach (var silo in silos) await silo.WhenReady();
        await silos[0].Client.SetUp(Tenants);

        // While these try, the cluster works on.
        var foreign = cluster.Launch(null, Settings(_stranger, trusted: _authority));
        var plain = cluster.Launch();
        var misconfigured = cluster.Launch(null, [.. Settings(_authority), ("Silo__Cluster__Tls__KeyFile", _stranger.Issue(Name).KeyFile)]);
        var load = new Load("u", Tenants);
        var sending = Run(load, silos);
        await UntilEveryTenantSends(cluster, load, silos);
        await AssertClient(cluster, _authority, served: true);
        await AssertClient(cluster, _stranger, served: false);
        await AssertClient(cluster, authority: null, served: false);
        foreach (var port in silos.SelectMany(s => (int[])[s.SiloPort, s.GatewayPort])) await AssertPlainTextGetsNothing(port);

        Assert.Equal(1, await misconfigured.Process.Exit());
        Assert.Contains("Silo:Cluster:Tls:KeyFile", misconfigured.Process.Output, StringComparison.Ordinal);
        foreach (var outsider in (SiloProcess[])[foreign, plain])
        {
            await Patiently.Until(() => HasFailed(outsider.Process), () => $"{outsider.Name} is turned away: {outsider.Process.Output}");
            Assert.False(outsider.Process.Url.IsCompleted, outsider.Process.Output);
            if (!outsider.Process.HasExited) await outsider.Kill();
        }

        Assert.Equal(2, await MembersThatWereEverActive(cluster));
        load.Stop();
        await sending;
        await cluster.UntilArrived(load);
        cluster.AssertBalanced(await cluster.EndAndReadBooks(), load, deaths: 0);
    }

    private static bool HasFailed(ServerProcess process) =>
        process.HasExited || process.Output.Contains("Failed to get ping responses", StringComparison.Ordinal);

    private static async Task<long> MembersThatWereEverActive(RealCluster cluster)
    {
        await using var connection = new NpgsqlConnection(cluster.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("SELECT count(*) FROM silo.orleansmembershiptable WHERE status = 3", connection);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>Speaks to the port as somebody without TLS would: nothing of the silo's comes back, at most that this was no TLS.</summary>
    private static async Task AssertPlainTextGetsNothing(int port)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", port);
        var answer = new MemoryStream();
        try
        {
            await client.GetStream().WriteAsync(new byte[256]);
            await client.GetStream().CopyToAsync(answer).WaitAsync(ServerProcess.Patience);
        }
        catch (IOException)
        {
            // It was reset.
        }

        Assert.True(answer.Length == 0 || answer.ToArray()[0] == TlsAlert, Convert.ToHexString(answer.ToArray()));
        Assert.InRange(answer.Length, 0, 16);
    }

    private async Task AssertClient(RealCluster cluster, TestAuthority? authority, bool served)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.AddSiloClusterClient(o =>
        {
            (o.ConnectionString, o.StartTimeout) = (cluster.ConnectionString, served ? TimeSpan.FromMinutes(1) : TimeSpan.Zero);
            if (authority is null) return;
            (o.Tls.CertificateFile, o.Tls.KeyFile) = authority.Issue(Name);
            (o.Tls.AuthorityFile, o.Tls.TargetName) = (authority == _authority ? authority.AuthorityFile : Both(), Name);
        });
        using var host = builder.Build();
        if (!served)
        {
            await Assert.ThrowsAnyAsync<Exception>(() => host.StartAsync().WaitAsync(ServerProcess.Patience));
            return;
        }

        await host.StartAsync();
        var tenants = host.Services.GetRequiredService<ITenants>();
        foreach (var tenant in Tenants) Assert.NotNull(await tenants.Get(tenant).Describe(default));
        await host.StopAsync();
    }

    /// <param name="trusted">Whom it trusts besides its own authority.</param>
    private (string Key, string Value)[] Settings(TestAuthority authority, TestAuthority? trusted = null)
    {
        var (certificate, key) = authority.Issue(Name);
        return
        [
            ("Silo__Cluster__Tls__CertificateFile", certificate), ("Silo__Cluster__Tls__KeyFile", key),
            ("Silo__Cluster__Tls__AuthorityFile", trusted is null ? authority.AuthorityFile : Both()), ("Silo__Cluster__Tls__TargetName", Name),
        ];
    }

    /// <summary>A file with both authorities.</summary>
    private string Both()
    {
        var file = Path.Combine(_directory, "both.pem");
        File.WriteAllText(file, File.ReadAllText(_authority.AuthorityFile) + "\n" + File.ReadAllText(_stranger.AuthorityFile));
        return file;
    }
}
