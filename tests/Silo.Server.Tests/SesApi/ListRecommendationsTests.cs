using Microsoft.Extensions.DependencyInjection;
using System.Net;
using System.Text.Json;
using Silo.Core.Delivery;
using Silo.Core.Messages;
using Silo.Server.Accounts;
using Silo.Server.Events;
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

        var found = (await Pages(pageSize, null)).Select(r => r.Name);

        // Tenants of the other cases may be among them.
        Assert.Equal(tenants, found.Where(tenants.Contains));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(100)]
    public async Task Destinations_that_were_given_up_stand_before_the_tenants_whatever_the_size_of_a_page(int pageSize)
    {
        await BounceMuch($"z-{pageSize}");
        string[] sets = [$"u-{pageSize}", $"v-{pageSize}", $"w-{pageSize}"];
        foreach (var set in sets) await GiveUp(set);

        var rows = await Pages(pageSize, null);

        var ofSets = rows.Where(r => sets.Contains(r.Name)).ToList();
        Assert.Equal(sets, ofSets.Select(r => r.Name));
        Assert.All(ofSets, r => Assert.Equal("EVENT_DESTINATION", r.Type));
        Assert.True(rows.FindLastIndex(r => sets.Contains(r.Name)) < rows.FindIndex(r => r.Name == $"z-{pageSize}"));
        Assert.Equal([(sets[0], "EVENT_DESTINATION")], await Pages(pageSize, new { RESOURCE_ARN = "arn:aws:ses:us-east-1:000000000000:configuration-set/" + sets[0] }));
        Assert.DoesNotContain(await Pages(pageSize, new { STATUS = "FIXED" }), r => sets.Contains(r.Name));
        Assert.Equal(sets, (await Pages(pageSize, new { TYPE = "EVENT_DESTINATION" })).Select(r => r.Name).Where(sets.Contains));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(100)]
    public async Task Without_a_type_what_is_wrong_with_identities_stands_behind_the_tenants(int pageSize)
    {
        await BounceMuch($"y-{pageSize}");
        string[] names = [$"i1-{pageSize}.example", $"i2-{pageSize}.example", $"i3-{pageSize}.example"];
        foreach (var name in names)
        {
            await server.Services.Account.Create(
                new EmailIdentity
                {
                    Name = name, CreatedAt = TimeProvider.System.GetUtcNow(), VerificationStatus = "FAILED",
                    Dkim = new DkimSettings { SigningEnabled = true, Status = "FAILED", Origin = "AWS_SES" },
                    MailFrom = new MailFromSettings("bounce." + name, "USE_DEFAULT_VALUE", "FAILED", TimeProvider.System.GetUtcNow()),
                }, [], default);
        }

        var expected = names.SelectMany(n => new[] { (n, "DKIM"), (n, "SPF") }).ToArray();
        foreach (var filter in new object?[] { null, new { STATUS = "OPEN" }, new { IMPACT = "HIGH" } })
        {
            var rows = await Pages(pageSize, filter);
            Assert.Equal(expected, rows.Where(r => names.Contains(r.Name)));
            Assert.True(rows.FindIndex(r => r.Name == $"y-{pageSize}") < rows.FindIndex(r => r.Name == names[0]));
        }

        foreach (var filter in new object[] { new { STATUS = "FIXED" }, new { TYPE = "BOUNCE" }, new { IMPACT = "LOW" } })
            Assert.DoesNotContain(await Pages(pageSize, filter), r => names.Contains(r.Name));
    }

    private async Task GiveUp(string set)
    {
        await server.Services.Account.Create(new ConfigurationSet { Name = set, CreatedAt = TimeProvider.System.GetUtcNow() }, [], default);
        var destination = new EventDestination
        {
            Name = "hook", Enabled = true, CreatedAt = TimeProvider.System.GetUtcNow(), MatchingEventTypes = [SesEventType.Bounce],
            Target = new WebhookTarget(new Uri("https://hooks.example/in"), ["whsec_x"]),
        };
        await server.Services.EventDestinations.Create(set, destination, default);
        Assert.True(await server.Services.EventDestinations.Disable(new ScopedDestination(set, destination), "it is gone", default));
    }

    private async Task<List<(string Name, string Type)>> Pages(int pageSize, object? filter)
    {
        var found = new List<(string, string)>();
        string? next = null;
        do
        {
            var (response, body) = await server.Send(
                "POST", "/v2/email/vdm/recommendations", JsonSerializer.Serialize(new { PageSize = pageSize, NextToken = next, Filter = filter }));
            Assert.True(response.StatusCode == HttpStatusCode.OK, body);
            var page = JsonDocument.Parse(body).RootElement;
            var rows = page.GetProperty("Recommendations").EnumerateArray()
                .Select(r => (r.GetProperty("ResourceArn").GetString()!.Split('/')[1], r.GetProperty("Type").GetString()!)).ToList();
            Assert.InRange(rows.Count, 0, pageSize);
            found.AddRange(rows);
            next = page.TryGetProperty("NextToken", out var token) ? token.GetString() : null;
        }
        while (next is not null);
        return found;
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
