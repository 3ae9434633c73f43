using Microsoft.Extensions.DependencyInjection;
using System.Net;
using System.Text.Json;
using Silo.Core.Delivery;
using Silo.Core.Messages;
using Silo.Server.Tenants;
using Silo.Storage;
using Xunit;

namespace Silo.Server.Tests.SesApi;

public sealed class ListRecommendationsTests(ApiServer server) : IClassFixture<ApiServer>
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(100)]
    public async Task Pages_of_any_size_hold_every_finding_once(int pageSize)
    {
        string[] tenants = [$"a-{pageSize}", $"b-{pageSize}", $"c-{pageSize}", $"d-{pageSize}"];
        foreach (var tenant in tenants) await BounceMuch(tenant);

        var found = new List<string>();
        string? next = null;
        do
        {
            var (response, body) = await server.Send(
                "POST", "/v2/email/vdm/recommendations", JsonSerializer.Serialize(new { PageSize = pageSize, NextToken = next }));
            Assert.True(response.StatusCode == HttpStatusCode.OK, body);
            var page = JsonDocument.Parse(body).RootElement;
            var rows = page.GetProperty("Recommendations").EnumerateArray().Select(r => r.GetProperty("ResourceArn").GetString()!).ToList();
            Assert.InRange(rows.Count, 0, pageSize);
            found.AddRange(rows.Select(arn => arn.Split('/')[1]));
            next = page.TryGetProperty("NextToken", out var token) ? token.GetString() : null;
        }
        while (next is not null);

        // Tenants of the other cases may be among them.
        Assert.Equal(tenants, found.Where(tenants.Contains));
    }

    private async Task BounceMuch(string tenant)
    {
        var (created, body) = await server.Send("POST", "/v2/email/tenants", $$"""{"TenantName":"{{tenant}}"}""");
        Assert.True(created.StatusCode == HttpStatusCode.OK, body);
        var key = (await server.Services.Store.Tenants.Load(tenant, default))!.TenantKey;
        var now = TimeProvider.System.GetUtcNow();
        var envelope = new Envelope
        {
            MessageId = "m", TenantName = tenant, Sender = "s@example.com", FromAddress = "s@example.com", IdentityArn = "arn",
            Destination = ["r@example.org"], AcceptedAt = now, SizeBytes = 1,
        };
        var unit = new QueuedUnit(2, 1, 1, "r@example.org", now, 0, null, 0, false);
        var bounce = new DeliveryResult { Kind = DeliveryResultKind.HardBounce, Stage = DeliveryStage.Recipient };
        var outcomes = Enumerable.Repeat(new Outcome(unit, envelope, 0, bounce, now, now), 300).ToArray();
        var ticket = await server.Provider.GetRequiredService<IOwnTenants>().Get(tenant).Record(
            new OutcomeBatch(key, server.Services.Store.Ownership.Incarnation, outcomes, default), default);
        await server.Services.Store.Spool.WhenCommitted(ticket, default);
    }
}
