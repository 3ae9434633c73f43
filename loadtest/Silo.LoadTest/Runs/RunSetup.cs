using System.Text.Json.Nodes;
using Silo.LoadTest.Scenarios;
using Silo.LoadTest.Servers;
using Silo.LoadTest.Traffic;

namespace Silo.LoadTest.Runs;

/// <summary>
/// Makes by the API what a run needs: an identity, configuration sets, templates, tenants that may use them; and takes tenants away again.
/// </summary>
internal sealed class RunSetup(ApiClient api, Scenario scenario, RunPlan plan)
{
    // Enough for group commits to have work.
    private const int CallsAtATime = 64;

    /// <param name="webhookUrl">Of a webhook, by its name.</param>
    /// <param name="progress">Told how many tenants there are.</param>
    public async Task Make(Func<string, string> webhookUrl, Action<int> progress, CancellationToken cancellationToken)
    {
        await Post("identities", new JsonObject { ["EmailIdentity"] = RunPlan.Domain }, cancellationToken);
        foreach (var flow in scenario.Flows.DistinctBy(plan.ConfigurationSetOf)) await MakeSet(flow, webhookUrl, cancellationToken);
        foreach (var template in scenario.Flows.SelectMany(f => f.Kinds).Select(k => k.Template).OfType<string>().Distinct(
            StringComparer.Ordinal))
            await MakeTemplate(template, cancellationToken);
        var made = 0;
        foreach (var group in scenario.Tenants)
        {
            var resources = ResourcesOf(group).ToArray();
            await Parallel.ForEachAsync(plan.Group(group.Name), Options(cancellationToken), async (tenant, token) =>
            {
                await MakeTenant(tenant, group, resources, token);
                progress(Interlocked.Increment(ref made));
            });
        }
    }

    /// <summary>From somebody's own cluster. A tenant whose queue is not empty stays, and is counted.</summary>
    public async Task<int> Remove(CancellationToken cancellationToken)
    {
        var left = 0;
        await Parallel.ForEachAsync(plan.Tenants, Options(cancellationToken), async (tenant, token) =>
        {
            var answer = await api.Call("POST", "/v2/email/tenants/delete", new JsonObject { ["TenantName"] = tenant.Name }, token);
            if (answer.Status != 200) Interlocked.Increment(ref left);
        });
        return left;
    }

    private static ParallelOptions Options(CancellationToken cancellationToken) =>
        new() { MaxDegreeOfParallelism = CallsAtATime, CancellationToken = cancellationToken };

    private async Task MakeSet(FlowSpec flow, Func<string, string> webhookUrl, CancellationToken cancellationToken)
    {
        var set = plan.ConfigurationSetOf(flow);
        await Post("configuration-sets", new JsonObject { ["ConfigurationSetName"] = set }, cancellationToken);
        if (flow.Stream != MailStreamName.Normal)
        {
            var stream = new JsonObject { ["Stream"] = flow.Stream.ToString().ToUpperInvariant() };
            await api.Demand("PUT", $"/silo/v1/configuration-sets/{set}/stream", stream, cancellationToken);
        }

        if (flow.Webhook is not { } webhook) return;
        var destination = new JsonObject
        {
            ["MatchingEventTypes"] = new JsonArray("SEND", "BOUNCE", "COMPLAINT"),
            ["WebhookDestination"] = new JsonObject { ["Url"] = webhookUrl(webhook) },
        };
        await api.Demand("PUT", $"/silo/v1/configuration-sets/{set}/event-destinations/{webhook}", destination, cancellationToken);
    }

    private Task MakeTemplate(string name, CancellationToken cancellationToken) => Post(
        "templates",
        new JsonObject
        {
            ["TemplateName"] = name,
            ["TemplateContent"] = new JsonObject { ["Subject"] = "News for {{name}}", ["Text"] = "Dear {{name}},\n\n{{text}}\n" },
        },
        cancellationToken);

    private IEnumerable<string> ResourcesOf(TenantGroup group)
    {
        var flows = plan.FlowsOf(group.Name).ToArray();
        return flows.Select(f => $"configuration-set/{plan.ConfigurationSetOf(f)}")
            .Concat(flows.SelectMany(f => f.Kinds).Select(k => k.Template).OfType<string>().Select(t => $"template/{t}"))
            .Append($"identity/{RunPlan.Domain}").Distinct(StringComparer.Ordinal);
    }

    private async ValueTask MakeTenant(LoadTenant tenant, TenantGroup group, string[] resources, CancellationToken cancellationToken)
    {
        await Post("tenants", new JsonObject { ["TenantName"] = tenant.Name }, cancellationToken);
        foreach (var resource in resources)
        {
            var association = new JsonObject { ["TenantName"] = tenant.Name, ["ResourceArn"] = api.ArnOf(resource) };
            await Post("tenants/resources", association, cancellationToken);
        }

        if (group.Limits is { } limits) await api.Demand("PUT", $"/silo/v1/tenants/{tenant.Name}/limits", limits, cancellationToken);
    }

    private Task Post(string operation, JsonObject body, CancellationToken cancellationToken) =>
        api.Demand("POST", $"/v2/email/{operation}", body, cancellationToken);
}
