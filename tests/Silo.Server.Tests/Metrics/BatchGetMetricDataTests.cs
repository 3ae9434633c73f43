using System.Net;
using System.Text.Json;
using Silo.Server.Delivery;
using Xunit;

namespace Silo.Server.Tests.Metrics;

public sealed class BatchGetMetricDataTests(MetricsServer server) : IClassFixture<MetricsServer>
{
    private const string Valid = """{"Id":"a","Namespace":"VDM","Metric":"SEND","StartDate":1,"EndDate":2}""";
    private static readonly long Today = DateTimeOffset.UtcNow.ToUnixTimeSeconds() / 86_400 * 86_400;

    [Fact]
    public async Task Metrics_count_messages_to_one_recipient_by_what_became_of_them_and_opens_once()
    {
        await server.AddTenant("metered");
        var linked = await server.Send("metered", "<p><a href='https://shop.example/'>x</a></p>", ["a@gmail.com"]);
        var unlinked = await server.Send("metered", "<p>x</p>", ["b@yahoo.com"]);
        var plain = await server.Send("metered", "x", ["c@gmail.com"]);
        var several = await server.Send("metered", "<p>x</p>", ["d@gmail.com", "e@gmail.com"]);
        var simulated = await server.Send("metered", "<p>x</p>", ["bounce@simulator.amazonses.com"]);
        foreach (var id in new[] { linked, linked, unlinked, several, simulated }) await server.Tell("metered", id, FeedbackKind.Opened);
        foreach (var id in new[] { linked, linked, several }) await server.Tell("metered", id, FeedbackKind.Clicked);
        await server.Tell("metered", plain, FeedbackKind.HardBounce, "c@gmail.com");
        await server.Tell("metered", unlinked, FeedbackKind.Complaint, "b@yahoo.com");
        await server.Tell("metered", several, FeedbackKind.Complaint, "d@gmail.com");

        const string All =
            "SEND 3, DELIVERY 2, PERMANENT_BOUNCE 1, TRANSIENT_BOUNCE 0, COMPLAINT 1, OPEN 2, CLICK 1, DELIVERY_OPEN 2, DELIVERY_CLICK 1, DELIVERY_COMPLAINT 1";
        const string OfGmail =
            "SEND 2, DELIVERY 1, PERMANENT_BOUNCE 1, TRANSIENT_BOUNCE 0, COMPLAINT 0, OPEN 1, CLICK 1, DELIVERY_OPEN 1, DELIVERY_CLICK 1, DELIVERY_COMPLAINT 0";
        (string Name, string Value)[] dimensions =
            [("TENANT_NAME", "metered"), ("EMAIL_IDENTITY", "Metered.example"), ("CONFIGURATION_SET", "metered"), ("ISP", "Gmail")];
        // Every way to cross the four, but for those that name nothing of this test.
        for (var crossed = 1; crossed < 16; crossed++)
        {
            if (crossed == 8) continue;
            var given = dimensions.Where((_, i) => (crossed & (1 << i)) != 0).ToArray();
            Assert.Equal((crossed & 8) != 0 ? OfGmail : All, await Metrics(given));
        }

        Assert.Equal("0", await Sum("SEND", [("EMAIL_IDENTITY", "metered.example"), ("ISP", "Yahoo!")]));
        Assert.Equal("0", await Sum("SEND", [("TENANT_NAME", "nobody")]));
        Assert.Equal("0", await Sum("SEND", [("TENANT_NAME", "metered"), ("CONFIGURATION_SET", "")]));
    }

    [Fact]
    public async Task A_series_has_a_value_for_each_day_and_answers_stand_in_the_order_of_the_queries()
    {
        await server.AddTenant("daily");
        await server.Send("daily", 2, "Gmail", send: 7, delivered: 6);
        await server.Send("daily", 4, "Gmail", send: 5);
        await server.Send("daily", "x", ["a@gmail.com"]);
        const string Dimensions = "\"Dimensions\":{\"TENANT_NAME\":\"daily\"}";
        // The end is the beginning of a day, which is then not in it.
        var answer = await Ask(
            $$"""{"Id":"b","Namespace":"VDM","Metric":"SEND","StartDate":{{Today - 5 * 86_400}},"EndDate":{{Today}},{{Dimensions}} }""",
            $$"""{"Id":"a","Namespace":"VDM","Metric":"DELIVERY","StartDate":{{Today - 2 * 86_400 + 0.5m}},"EndDate":{{Today + 1}},{{Dimensions}} }""",
            $$"""{"Id":"c","Namespace":"VDM","Metric":"DELIVERY","StartDate":{{Today - 5 * 86_400}},"EndDate":{{Today}},{{Dimensions}} }""");

        Assert.Empty(answer.GetProperty("Errors").EnumerateArray());
        var results = answer.GetProperty("Results").EnumerateArray().ToArray();
        Assert.Equal(["b", "a", "c"], results.Select(r => r.GetProperty("Id").GetString()));
        Assert.Equal("[0,5,0,7,0]", results[0].GetProperty("Values").GetRawText());
        Assert.Equal("[6,0,1]", results[1].GetProperty("Values").GetRawText());
        Assert.Equal("[0,0,0,6,0]", results[2].GetProperty("Values").GetRawText());
        Assert.Equal(
            Enumerable.Range(-5, 5).Select(d => Today + d * 86_400), results[0].GetProperty("Timestamps").EnumerateArray().Select(t => t.GetInt64()));
    }

    [Theory]
    [InlineData("""{"Queries":null}""", "Queries is required")]
    [InlineData("""{"Queries":[]}""", "Queries must have 1 to 10 items")]
    [InlineData("""{"Queries":[Q,Q,Q,Q,Q,Q,Q,Q,Q,Q,Q]}""", "Queries must have at most 10 items")]
    [InlineData("""{"Queries":[{}]}""", "Queries[0].Id is required")]
    [InlineData("""{"Queries":[{}]}""", "Queries[0].StartDate is required")]
    [InlineData("""{"Queries":[{"Id":"a","Namespace":"SES","Metric":"SEND","StartDate":1,"EndDate":2}]}""", "Queries[0].Namespace must be one of VDM")]
    [InlineData("""{"Queries":[{"Id":"a","Namespace":"VDM","Metric":"DELIVERED","StartDate":1,"EndDate":2}]}""", "Queries[0].Metric must be one of SEND")]
    [InlineData("""{"Queries":[{"Id":"a","Namespace":"VDM","Metric":"SEND","StartDate":2,"EndDate":2}]}""", "Queries[0].StartDate must be before EndDate")]
    [InlineData("""{"Queries":[{"Id":"a","Namespace":"VDM","Metric":"SEND","StartDate":-1,"EndDate":1e20}]}""", "Queries[0].EndDate must be epoch seconds")]
    [InlineData("""{"Queries":[{"Id":"a","Namespace":"VDM","Metric":"SEND","StartDate":0,"EndDate":5184001}]}""", "at most 60 days")]
    [InlineData("""{"Queries":[{"Id":"a","Namespace":"VDM","Metric":"SEND","StartDate":1,"EndDate":2,"Dimensions":{}}]}""", "Dimensions must have 1 to 4 keys")]
    [InlineData("""{"Queries":[{"Id":"a","Namespace":"VDM","Metric":"SEND","StartDate":1,"EndDate":2,"Dimensions":{"COUNTRY":"x"}}]}""", "Dimensions.COUNTRY must be one of")]
    [InlineData("""{"Queries":[{"Id":"a","Namespace":"VDM","Metric":"SEND","StartDate":1,"EndDate":2,"Dimensions":{"ISP":""}}]}""", "Dimensions.ISP must not be empty")]
    [InlineData("""{"Queries":[{"Id":"a","Namespace":"VDM","Metric":"SEND","StartDate":1,"EndDate":2,"Dimensions":{"TENANT_NAME":"a b"}}]}""", "Dimensions.TENANT_NAME must have")]
    public async Task What_is_wrong_is_named(string body, string words)
    {
        body = body.Replace("[Q", "[" + Valid).Replace(",Q", "," + Valid);
        var (response, text) = await server.Api.Send("POST", "/v2/email/metrics/batch", body);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains(words, text, StringComparison.Ordinal);
    }

    private async Task<string> Metrics((string, string)[] dimensions)
    {
        var queries = Silo.Server.Metrics.Metric.OfSes.Select(m => Query(m.Name, dimensions)).ToArray();
        var results = (await Ask(queries)).GetProperty("Results").EnumerateArray();
        return string.Join(", ", results.Select(r => $"{r.GetProperty("Id").GetString()} {r.GetProperty("Values").EnumerateArray().Sum(v => v.GetInt64())}"));
    }

    private async Task<string> Sum(string name, (string, string)[] dimensions) =>
        (await Ask(Query(name, dimensions))).GetProperty("Results")[0].GetProperty("Values").EnumerateArray().Sum(v => v.GetInt64()).ToString();

    // Two days, should midnight pass meanwhile.
    private static string Query(string metric, (string Name, string Value)[] dimensions) => JsonSerializer.Serialize(new
    {
        Id = metric, Namespace = "VDM", Metric = metric, StartDate = Today, EndDate = Today + 2 * 86_400,
        Dimensions = dimensions.ToDictionary(d => d.Name, d => d.Value),
    });

    private async Task<JsonElement> Ask(params string[] queries) =>
        await server.Ok("POST", "/v2/email/metrics/batch", $$"""{"Queries":[{{string.Join(',', queries)}}]}""");
}
