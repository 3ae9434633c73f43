using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Silo.Core.ProviderData;
using Silo.Core.Tenants;

namespace Silo.Server.ProviderData;

/// <summary>Gets what providers measured in the last days.</summary>
internal sealed class ProviderFetcher(ProviderDataOptions options, GoogleTokens tokens, ProviderHttp http, TimeProvider time)
{
    /// <summary>Google publishes days late, and changes them for a while.</summary>
    private const int GoogleDays = 10;

    private const int MaxPages = 100;

    // Metrics of one question; Google does not say how many it takes.
    private const int LoopsPerQuestion = 20;

    public async ValueTask<SndsReading> Snds(CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, options.Snds.Url);
        var (body, problem) = await http.Send(request, cancellationToken);
        return body is null ? new SndsReading([], 0, problem) : SndsReader.Read(body);
    }

    public ValueTask<(string? Token, string? Problem)> GoogleToken(CancellationToken cancellationToken) => tokens.Get(cancellationToken);

    /// <summary>The spam rate of a domain by day, and that of each feedback loop that may name a tenant.</summary>
    public async ValueTask<GoogleReading> Google(string domain, string token, CancellationToken cancellationToken)
    {
        JsonNode[] metrics = [Metric(GoogleReader.SpamRate, GoogleReader.SpamRate), Metric(GoogleReader.LoopIds, GoogleReader.LoopIds)];
        var first = await Ask(domain, token, metrics, null, cancellationToken);
        if (first.Problem is not null) return first;
        var days = first.Days;
        // Others are tags, configuration sets and whatever a Feedback-ID that was not Silo's own held.
        var loops = days.SelectMany(d => d.Loops).Select(l => l.Id).Distinct(StringComparer.Ordinal).Where(MayBeTenants)
            .Take(ProviderDataLimits.MaxLoops).ToArray();
        foreach (var some in loops.Chunk(LoopsPerQuestion))
        {
            var names = some.Select((id, i) => (Name: $"loop_{i}", Id: id)).ToDictionary(n => n.Name, n => n.Id, StringComparer.Ordinal);
            metrics = [.. names.Select(n => Metric(n.Key, "FEEDBACK_LOOP_SPAM_RATE", $"feedback_loop_id = \"{n.Value}\""))];
            var rates = await Ask(domain, token, metrics, names, cancellationToken);
            if (rates.Problem is not null) return rates with { Days = days };
            days = GoogleDay.Merge(days, rates.Days);
        }

        return new GoogleReading(days, null, null);
    }

    private async ValueTask<GoogleReading> Ask(
        string domain, string token, JsonNode[] metrics, IReadOnlyDictionary<string, string>? loops, CancellationToken cancellationToken)
    {
        IReadOnlyList<GoogleDay> days = [];
        var today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        string? page = null;
        for (var pages = 0; pages < MaxPages; pages++)
        {
            var question = new JsonObject
            {
                ["metricDefinitions"] = new JsonArray([.. metrics.Select(m => m.DeepClone())]),
                ["timeQuery"] = new JsonObject
                {
                    ["dateRanges"] = new JsonObject
                    {
                        ["dateRanges"] = new JsonArray(new JsonObject { ["start"] = Date(today.AddDays(-GoogleDays)), ["end"] = Date(today) }),
                    },
                },
                ["aggregationGranularity"] = "DAILY", ["pageSize"] = 200,
            };
            if (page is not null) question["pageToken"] = page;
            using var request = new HttpRequestMessage(
                HttpMethod.Post, $"{options.Google.Endpoint.TrimEnd('/')}/v2/domains/{Uri.EscapeDataString(domain)}/domainStats:query")
            {
                Content = new StringContent(question.ToJsonString(), Encoding.UTF8, "application/json"),
            };
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            var (body, problem) = await http.Send(request, cancellationToken);
            if (body is null) return new GoogleReading(days, null, problem);
            var reading = GoogleReader.Read(body, loops);
            if (reading.Problem is not null) return reading with { Days = days };
            days = GoogleDay.Merge(days, reading.Days);
            if ((page = reading.NextPageToken) is null) return new GoogleReading(days, null, null);
        }

        return new GoogleReading(days, null, "It has pages without end");
    }

    // What would break out of the filter names none.
    private static bool MayBeTenants(string id) =>
        TenantName.IsValid(id) || (id.Split(':') is [_, _, var tenant, _] && TenantName.IsValid(tenant) && !id.Contains('"') && !id.Contains('\\'));

    private static JsonObject Metric(string name, string metric, string? filter = null)
    {
        var definition = new JsonObject { ["name"] = name, ["baseMetric"] = new JsonObject { ["standardMetric"] = metric } };
        if (filter is not null) definition["filter"] = filter;
        return definition;
    }

    private static JsonObject Date(DateOnly day) => new() { ["year"] = day.Year, ["month"] = day.Month, ["day"] = day.Day };
}
