using System.Net;
using System.Text.Json;
using Silo.Core.Metrics;
using Silo.Core.Reputation;
using Silo.Core.Tenants;
using Silo.Server.Delivery;
using Silo.Server.Tests.SesApi;
using Silo.Storage;
using Silo.Testing.EndToEnd;
using Xunit;

namespace Silo.Server.Tests.Metrics;

/// <summary>A server with what tests of metrics do to it: tenants that send, recipients who open, and time that has passed.</summary>
public sealed class MetricsServer : IAsyncLifetime
{
    private const string Arn = "arn:aws:ses:us-east-1:000000000000:";

    internal ApiServer Api { get; } = new();

    public Task InitializeAsync() => Api.InitializeAsync();

    public Task DisposeAsync() => Api.DisposeAsync();

    /// <summary>A tenant with an identity "name.example" and a configuration set "name" that tracks opens and clicks.</summary>
    internal async Task AddTenant(string name, params string[] others)
    {
        await Ok("POST", "/v2/email/tenants", $$"""{"TenantName":"{{name}}"}""");
        await Ok("POST", "/v2/email/identities", $$"""{"EmailIdentity":"{{name}}.example"}""");
        await Ok(
            "POST", "/v2/email/configuration-sets",
            $$$"""{"ConfigurationSetName":"{{{name}}}","VdmOptions":{"DashboardOptions":{"EngagementMetrics":"ENABLED"} } }""");
        foreach (var resource in new[] { $"identity/{name}.example", $"configuration-set/{name}" }.Concat(others)) await Associate(name, resource);
    }

    internal async Task Associate(string tenant, string resource) => await Ok(
        "POST", "/v2/email/tenants/resources", $$"""{"TenantName":"{{tenant}}","ResourceArn":"{{Arn}}{{resource}}"}""");

    /// <summary>The id of a message that has left.</summary>
    internal async Task<string> Send(string tenant, string html, string[] to, string? identity = null, string? set = null)
    {
        var body = JsonSerializer.Serialize(new
        {
            TenantName = tenant, FromEmailAddress = $"s@{identity ?? tenant + ".example"}", ConfigurationSetName = set ?? tenant,
            Destination = new { ToAddresses = to },
            Content = new
            {
                Simple = new { Subject = new { Data = "s" }, Body = html.StartsWith('<') ? (object)new { Html = new { Data = html } } : new { Text = new { Data = html } } },
            },
        });
        var id = (await Ok("POST", "/v2/email/outbound-emails", body)).GetProperty("MessageId").GetString()!;
        await Patiently.Until(
            async () => (await Api.Services.Tenants.Get(tenant).Describe(default))!.Books.Open == 0, () => "all of it has left");
        return id;
    }

    internal async Task Tell(string tenant, string id, FeedbackKind kind, string recipient = "") => await Api.Services.Tenants.Get(tenant).Report(
        [new DeliveryFeedback(tenant, id, recipient, TimeProvider.System.GetUtcNow(), kind) { Previous = UnitState.Delivered }], default);

    /// <summary>Sends of days gone by, as a snapshot brings them.</summary>
    internal async Task Send(string tenant, int daysAgo, string provider, int send, int delivered = 0)
    {
        var key = await Api.Services.Tenants.Get(tenant).WriteRollUps(default);
        var counts = new int[RollUpRow.Columns];
        (counts[RollUpRow.ColumnOf(MessageMetric.Send)], counts[RollUpRow.ColumnOf(MessageMetric.Delivery)]) = (send, delivered);
        var row = new RollUpRow(new RollUpKey(RollUpKey.HourOf(TimeProvider.System.GetUtcNow().AddDays(-daysAgo)), 0, provider), counts);
        var spool = Api.Services.Store.Spool;
        await spool.WhenCommitted(spool.Enqueue(new SpoolWrite { TenantKey = key, RollUps = new RollUpChanges([], [row]) }), default);
    }

    internal async Task<JsonElement> Ok(string method, string path, string? body = null)
    {
        var (response, text) = await Api.Send(method, path, body);
        Assert.True(response.StatusCode == HttpStatusCode.OK, $"{method} {path}: {text}");
        return JsonDocument.Parse(text).RootElement;
    }
}
