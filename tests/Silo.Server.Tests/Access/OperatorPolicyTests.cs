using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Silo.Server.Access;
using Silo.Server.Exports;
using Silo.Server.Lists.Imports;
using Silo.Server.SesApi.Operations.Exports;
using Silo.Server.Tenants;
using Silo.Storage;
using Xunit;

namespace Silo.Server.Tests.Access;

/// <summary>What an operator's key may do for one tenant by its policy, it does for that tenant alone.</summary>
public sealed class OperatorPolicyTests(AccessServer server) : IClassFixture<AccessServer>
{
    private const string Exports = "/v2/email/export-jobs";
    private const string Imports = "/v2/email/import-jobs";
    private const string Policy = """
        {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*",
          "Condition":{"StringEquals":{"ses:TenantName":"acme"}}}]}
        """;

    private ExportJobs ExportJobs => server.Provider.GetRequiredService<ExportJobs>();

    [Fact]
    public async Task It_gets_the_exports_of_its_tenant()
    {
        var key = await Key();
        var (own, foreign, account) = (await Export("acme"), await Export("globex"), await Export(null));
        foreach (var id in new[] { foreign, account })
            Assert.Equal("NotFoundException", (await server.Ask("GET", $"{Exports}/{id}?TenantName=acme", by: key)).Code);
        await server.Ok("GET", $"{Exports}/{own}?TenantName=acme", by: key);
        foreach (var query in new[] { "", "?TenantName=globex" })
            Assert.Equal("AccessDeniedException", (await server.Ask("GET", $"{Exports}/{foreign}{query}", by: key)).Code);
        Assert.Equal(400, (await server.Ask("GET", $"{Exports}/{own}?TenantName=acme&TenantName=globex")).Status);

        // So it is for who may see all.
        await server.Ok("GET", $"{Exports}/{foreign}");
        Assert.Equal("NotFoundException", (await server.Ask("GET", $"{Exports}/{foreign}?TenantName=acme")).Code);
        Assert.Equal("NotFoundException", (await server.Ask("GET", $"{Exports}/{foreign}?TenantName=nobody")).Code);
    }

    [Fact]
    public async Task It_lists_the_exports_of_its_tenant()
    {
        var key = await Key();
        var (own, foreign, account) = (await Export("acme"), await Export("globex"), await Export(null));
        var listed = Ids(
            await server.Ok("POST", "/v2/email/list-export-jobs", """{"TenantName":"acme","PageSize":1000}""", key), "ExportJobs");
        Assert.Contains(own, listed);
        Assert.Empty(listed.Intersect([foreign, account]));
        Assert.Equal("AccessDeniedException", (await server.Ask("POST", "/v2/email/list-export-jobs", "{}", key)).Code);
        Assert.Empty(Ids(await server.Ok("POST", "/v2/email/list-export-jobs", """{"TenantName":"nobody"}"""), "ExportJobs"));
    }

    [Fact]
    public async Task It_cancels_the_exports_of_its_tenant()
    {
        var key = await Key();
        var (own, foreign) = (await Export("acme"), await Export("globex"));
        const string body = """{"TenantName":"acme"}""";
        Assert.Equal("NotFoundException", (await server.Ask("PUT", $"{Exports}/{foreign}/cancel", body, key)).Code);
        Assert.True((await ExportJobs.Get(foreign, default))!.Value.Job.IsOpen);
        await server.Ok("PUT", $"{Exports}/{own}/cancel", body, key);
        Assert.False((await ExportJobs.Get(own, default))!.Value.Job.IsOpen);
    }

    [Fact]
    public async Task It_gets_the_imports_of_its_tenant()
    {
        var key = await Key();
        var (own, foreign, account) = (await Import("acme"), await Import("globex"), await Import(null));
        foreach (var id in new[] { foreign, account })
            Assert.Equal("NotFoundException", (await server.Ask("GET", $"{Imports}/{id}?TenantName=acme", by: key)).Code);
        await server.Ok("GET", $"{Imports}/{own}?TenantName=acme", by: key);
        await server.Ok("GET", $"{Imports}/{own}", by: server.Acme);
        Assert.Equal("NotFoundException", (await server.Ask("GET", $"{Imports}/{own}", by: server.Globex)).Code);
        Assert.Equal("AccessDeniedException", (await server.Ask("GET", $"{Imports}/{own}", by: key)).Code);
        await server.Ok("GET", $"{Imports}/{foreign}");
    }

    [Fact]
    public async Task It_lists_the_imports_of_its_tenant()
    {
        var key = await Key();
        var (own, foreign, account) = (await Import("acme"), await Import("globex"), await Import(null));
        foreach (var answer in new[]
        {
            await server.Ok("POST", $"{Imports}/list", """{"TenantName":"acme","PageSize":1000}""", key),
            await server.Ok("POST", $"{Imports}/list", """{"PageSize":1000}""", server.Acme),
        })
        {
            Assert.Contains(own, Ids(answer, "ImportJobs"));
            Assert.Empty(Ids(answer, "ImportJobs").Intersect([foreign, account]));
        }

        Assert.Equal("AccessDeniedException", (await server.Ask("POST", $"{Imports}/list", "{}", key)).Code);
    }

    [Fact]
    public async Task It_gets_the_metrics_of_its_tenant()
    {
        var key = await Key();
        await server.SendMail(server.Acme, "a@acme.example", "acme-mail");
        for (var i = 0; i < 2; i++) await server.SendMail(server.Globex, "a@globex.example", "globex-mail");
        Assert.Equal(1, await Sends("acme", null));
        Assert.Equal(1, await Sends("acme", "acme"));
        Assert.Null(await Sends("acme", "globex"));
        var (status, code, _) = await server.Ask("POST", "/v2/email/metrics/batch", Batch(null, null), key);
        Assert.Equal((403, "AccessDeniedException"), (status, code));
        Assert.Equal(400, (await server.Ask("POST", "/v2/email/metrics/batch", Batch("a b", null))).Status);

        async Task<long?> Sends(string named, string? dimension)
        {
            var answer = await server.Ok("POST", "/v2/email/metrics/batch", Batch(named, dimension), key);
            if (answer.GetProperty("Results").GetArrayLength() > 0)
                return answer.GetProperty("Results")[0].GetProperty("Values").EnumerateArray().Sum(v => v.GetInt64());
            Assert.Equal("ACCESS_DENIED", answer.GetProperty("Errors")[0].GetProperty("Code").GetString());
            return null;
        }
    }

    private static string Batch(string? named, string? dimension)
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        return JsonSerializer.Serialize(new
        {
            TenantName = named,
            Queries = new[]
            {
                new
                {
                    Id = "q", Namespace = "VDM", Metric = "SEND", StartDate = now - 86_400, EndDate = now + 86_400,
                    Dimensions = dimension is null ? null : new { TENANT_NAME = dimension },
                },
            },
        });
    }

    private static string[] Ids(JsonElement answer, string member) =>
        [.. answer.GetProperty(member).EnumerateArray().Select(j => j.GetProperty("JobId").GetString()!)];

    private Task<AccessKey> Key() => server.AddKey("OPERATOR", policy: Policy);

    /// <summary>A job that nobody takes up.</summary>
    private async Task<string> Export(string? tenant)
    {
        var key = tenant is null ? 0 : (await server.Provider.GetRequiredService<ISiloStore>().Tenants.Load(tenant, default))!.TenantKey;
        var source = new ExportDataSourceShape(null, new MessageInsightsDataSourceShape(1, 2, null, null, 1));
        return (await ExportJobs.Create(
            (id, now) => new ExportJob(id, source, true, now) { TenantName = tenant, TenantKey = key, HeldUntil = DateTimeOffset.MaxValue },
            default))!.Id;
    }

    /// <summary>A job that nobody takes up.</summary>
    private async Task<string> Import(string? tenant)
    {
        var tenants = server.Provider.GetRequiredService<ITenants>();
        var tenantId = tenant is null ? null : (await tenants.Get(tenant).Describe(default))!.TenantId;
        return (await server.Provider.GetRequiredService<ImportJobs>().Create(
            null,
            (id, now) => new ImportJob(id, null, false, "s3://none/x.csv", false, now)
            {
                TenantName = tenant, TenantId = tenantId, HeldUntil = DateTimeOffset.MaxValue,
            }, default))!.Id;
    }
}
