using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Silo.Core.Messages;
using Silo.Server.Access;
using Silo.Server.Tests.Access;
using Silo.Storage;
using Silo.Testing.EndToEnd;
using Xunit;

namespace Silo.Server.Tests.Insights;

public sealed class InsightTests(AccessServer server) : IClassFixture<AccessServer>
{
    private const string Tags = """[{"Name":"campaign","Value":"spring"}]""";

    [Fact]
    public async Task A_message_is_told_with_the_events_of_each_recipient_and_what_the_other_side_said()
    {
        var id = await Send(server.Acme, "acme", "Each its own", ["success@simulator.amazonses.com", "bounce@simulator.amazonses.com", "ann@gmail.com"], Tags);
        var insights = await Until($"/v2/email/insights/{id}", i => Types(i).All(t => t.Count == 2));

        Assert.Equal("news@acme.example", insights.GetProperty("FromEmailAddress").GetString());
        Assert.Equal("Each its own", insights.GetProperty("Subject").GetString());
        Assert.Equal("""[{"Name":"campaign","Value":"spring"}]""", insights.GetProperty("EmailTags").GetRawText());
        Assert.Equal([["SEND", "DELIVERY"], ["SEND", "BOUNCE"], ["SEND", "DELIVERY"]], Types(insights));
        var deliveries = insights.GetProperty("Insights");
        Assert.Equal(["Other", "Other", "Gmail"], deliveries.EnumerateArray().Select(d => d.GetProperty("Isp").GetString()));
        var bounce = deliveries[1].GetProperty("Events")[1].GetProperty("Details").GetProperty("Bounce");
        Assert.Equal(("PERMANENT", "NoEmail"), (bounce.GetProperty("BounceType").GetString(), bounce.GetProperty("BounceSubType").GetString()));
        Assert.StartsWith("smtp; 550 5.1.1", bounce.GetProperty("DiagnosticCode").GetString(), StringComparison.Ordinal);
        Assert.Equal(insights.GetRawText(), (await server.Ok("GET", $"/v2/email/insights/{id}/")).GetRawText());

        var timeline = await server.Ok("GET", $"/silo/v1/messages/{id}/insights");
        Assert.Equal("acme", timeline.GetProperty("TenantName").GetString());
        Assert.False(timeline.TryGetProperty("Explanation", out _));
        var bounced = timeline.GetProperty("Deliveries")[1];
        Assert.Equal("PERMANENT_BOUNCE", bounced.GetProperty("LastDeliveryEvent").GetString());
        Assert.Equal("HARD_BOUNCED", bounced.GetProperty("Events")[1].GetProperty("Event").GetString());
        Assert.StartsWith("550 5.1.1", bounced.GetProperty("Events")[1].GetProperty("Reply").GetString(), StringComparison.Ordinal);
        Assert.True(bounced.GetProperty("Events")[1].GetProperty("IsSimulated").GetBoolean());
    }

    [Fact]
    public async Task What_waits_is_explained_beside_its_events()
    {
        await server.AddTenant("waits");
        await server.Ok("POST", "/silo/v1/tenants/waits/queue-orders", """{"Action":"HOLD"}""");
        var id = await Send(null, "waits", "Held", ["held@gmail.com"]);
        var timeline = await Until($"/silo/v1/messages/{id}/insights", t => t.TryGetProperty("Explanation", out _));
        var delivery = timeline.GetProperty("Explanation").GetProperty("Deliveries")[0];
        Assert.Equal("held@gmail.com", delivery.GetProperty("Recipient").GetString());
        Assert.Equal("SEND", timeline.GetProperty("Deliveries")[0].GetProperty("LastDeliveryEvent").GetString());
    }

    [Fact]
    public async Task A_search_finds_by_each_member_and_all_of_what_there_is_page_by_page()
    {
        await server.AddTenant("finds");
        var ids = new List<string>();
        for (var i = 0; i < 25; i++) ids.Add(await Send(null, "finds", $"Letter {i:00}", [$"r{i}@{(i % 5 == 0 ? "gmail.com" : "example.org")}"]));
        await Send(null, "finds", "Bounces", ["bounce@simulator.amazonses.com"]);
        await Patiently.Until(
            async () => (await Search("""{"TenantName":"finds","Include":{"LastDeliveryEvent":["DELIVERY","PERMANENT_BOUNCE"]}}""")).Count == 26,
            () => "all have arrived");

        var all = await Search("""{"TenantName":"finds","PageSize":7,"Include":{"Subject":["Letter *"]}}""");
        ids.Reverse();
        Assert.Equal(ids, all.Select(m => m.GetProperty("MessageId").GetString()));
        Assert.Equal("finds", all[0].GetProperty("TenantName").GetString());
        Assert.Equal("finds-mail", all[0].GetProperty("ConfigurationSetName").GetString());
        Assert.False(all[0].TryGetProperty("LastEngagementEvent", out _));
        Assert.Equal(5, (await Search("""{"Include":{"TenantName":["finds"],"Isp":["Gmail"]}}""")).Count);
        Assert.Equal(20, (await Search("""{"TenantName":"finds","Include":{"Destination":["*@example.org"]}}""")).Count);
        Assert.Equal(21, (await Search("""{"TenantName":"finds","Exclude":{"Destination":["*@gmail.com"]}}""")).Count);
        Assert.Equal(10, (await Search("""{"TenantName":"finds","Include":{"Subject":["Letter 0*"],"FromEmailAddress":["*@finds.example"]}}""")).Count);
        Assert.Empty(await Search("""{"TenantName":"finds","Include":{"Subject":["letter 0*"]}}"""));
        Assert.Single(await Search("""{"TenantName":"finds","Include":{"LastDeliveryEvent":["PERMANENT_BOUNCE"]}}"""));
        Assert.Empty(await Search("""{"TenantName":"finds","Include":{"LastEngagementEvent":["OPEN","CLICK"]}}"""));
        Assert.Equal(26, (await Search("""{"TenantName":"finds","Include":{"ConfigurationSetName":["finds-*"]}}""")).Count);
        Assert.Empty(await Search("""{"TenantName":"finds","EndDate":1}"""));
        Assert.Empty(await Search("""{"TenantName":"nobody-of-that-name"}"""));
    }

    [Fact]
    public async Task A_tenants_key_finds_its_own_and_cannot_tell_what_is_anothers_from_what_is_not_there()
    {
        var (own, foreign) = (await Send(server.Acme, "acme", "Ours alone", ["a@own.example"]), await Send(server.Globex, "globex", "Theirs", ["a@own.example"]));
        await Until($"/v2/email/insights/{own}", _ => true, server.Acme);
        await Until($"/v2/email/insights/{foreign}", _ => true, server.Globex);
        Assert.True(MessageIdFormat.TryParse(foreign, out var ms, out var uuid));
        var absent = MessageIdFormat.ToText(ms, uuid ^ 1);

        foreach (var path in new[] { "/v2/email/insights/{0}", "/silo/v1/messages/{0}/insights" })
        {
            var (status, code, text) = await server.Ask("GET", string.Format(path, foreign), by: server.Acme);
            var missing = await server.Ask("GET", string.Format(path, absent), by: server.Acme);
            Assert.Equal((404, "NotFoundException"), (status, code));
            Assert.Equal((status, code, text.Replace(foreign, absent, StringComparison.Ordinal)), missing);
            Assert.Equal(404, (await server.Ask("GET", string.Format(path, "nonsense"), by: server.Acme)).Status);
        }

        foreach (var filter in new[] { "", ""","Include":{"Destination":["a@own.example"]}""", ""","Include":{"TenantName":["acme","globex"]}""" })
        {
            var found = await Search($$"""{"PageSize":100{{filter}}}""", server.Acme);
            Assert.Contains(found, m => m.GetProperty("MessageId").GetString() == own);
            Assert.All(found, m => Assert.Equal("acme", m.GetProperty("TenantName").GetString()));
        }

        Assert.Empty(await Search("""{"Include":{"TenantName":["globex"]}}""", server.Acme));
        Assert.Equal("AccessDeniedException", (await server.Ask("POST", "/silo/v1/messages/search", """{"TenantName":"globex"}""", server.Acme)).Code);
    }

    [Theory]
    [InlineData("""{"PageSize":1001}""", "PageSize")]
    [InlineData("""{"NextToken":"x"}""", "NextToken")]
    [InlineData("""{"StartDate":5,"EndDate":5}""", "StartDate")]
    [InlineData("""{"StartDate":-1}""", "StartDate")]
    [InlineData("""{"EndDate":1e12}""", "EndDate")]
    [InlineData("""{"Include":{"Subject":["1","2","3","4","5","6"]}}""", "Include.Subject")]
    [InlineData("""{"Include":{"Destination":[""]}}""", "Include.Destination[0]")]
    [InlineData("""{"Include":{"Isp":[null]}}""", "Include.Isp[0]")]
    [InlineData("""{"Include":{"Subject":["***********"]}}""", "Include.Subject[0]")]
    [InlineData("""{"Exclude":{"LastDeliveryEvent":["SENT"]}}""", "Exclude.LastDeliveryEvent[0]")]
    [InlineData("""{"Include":{"LastEngagementEvent":["NONE"]}}""", "Include.LastEngagementEvent[0]")]
    [InlineData("""{"Includes":{}}""", "Includes")]
    public async Task What_is_wrong_with_a_search_is_named(string body, string member)
    {
        var (status, _, text) = await server.Ask("POST", "/silo/v1/messages/search", body);
        Assert.Equal(400, status);
        Assert.Contains(member, text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_is_good_for_its_own_search_alone()
    {
        await server.AddTenant("tokens");
        for (var i = 0; i < 3; i++) await Send(null, "tokens", "Same", [$"r{i}@example.org"]);
        await Patiently.Until(async () => (await Search("""{"TenantName":"tokens"}""")).Count == 3, () => "all are there");
        var page = await server.Ok("POST", "/silo/v1/messages/search", """{"TenantName":"tokens","PageSize":1}""");
        var token = page.GetProperty("NextToken").GetString();
        await server.Ok("POST", "/silo/v1/messages/search", $$"""{"TenantName":"tokens","PageSize":2,"NextToken":"{{token}}"}""");
        var other = await server.Ask("POST", "/silo/v1/messages/search", $$"""{"TenantName":"acme","NextToken":"{{token}}"}""");
        Assert.Equal(400, other.Status);
    }

    [Fact]
    public async Task An_erased_address_is_found_by_its_pseudonym_alone()
    {
        await server.AddTenant("forgets");
        var id = await Send(null, "forgets", "For forget.me@gmail.com", ["Forget.Me@gmail.com", "stays@gmail.com"]);
        await Patiently.Until(
            async () => (await Search("""{"TenantName":"forgets","Include":{"LastDeliveryEvent":["DELIVERY"]}}""")).Count == 2, () => "both have arrived");
        var erasure = await server.Ok("POST", "/silo/v1/erasures", """{"EmailAddress":"forget.me@gmail.com"}""");
        var path = $"/silo/v1/erasures/{erasure.GetProperty("ErasureId").GetString()}";
        var done = await Until(path, e => e.GetProperty("Status").GetString() == "COMPLETED");

        Assert.Equal(2, done.GetProperty("Found").GetProperty("Insights").GetInt64());
        var pseudonym = done.GetProperty("Pseudonym").GetString()!;
        var found = await Search("""{"TenantName":"forgets"}""");
        Assert.Equal([pseudonym, "stays@gmail.com"], found.Select(m => m.GetProperty("Destination").GetString()).Order());
        Assert.All(found, m => Assert.Equal("For " + pseudonym, m.GetProperty("Subject").GetString()));
        Assert.Empty(await Search("""{"TenantName":"forgets","Include":{"Destination":["*orget.*e@gmail.com"]}}"""));
        foreach (var each in new[] { $"/v2/email/insights/{id}", $"/silo/v1/messages/{id}/insights" })
        {
            var text = (await server.Ok("GET", each)).GetRawText();
            Assert.DoesNotContain("forget.me", text, StringComparison.OrdinalIgnoreCase);
            Assert.Equal(2, text.Split("DELIVERY\"").Length - 1 - (each.StartsWith("/silo", StringComparison.Ordinal) ? 2 : 0));
        }
    }

    [Fact]
    public async Task The_index_is_made_anew_from_the_log_when_it_has_to_be()
    {
        await server.AddTenant("again");
        for (var i = 0; i < 5; i++) await Send(null, "again", "Once", [$"r{i}@example.org"]);
        await Patiently.Until(
            async () => (await Search("""{"TenantName":"again","Include":{"LastDeliveryEvent":["DELIVERY"]}}""")).Count == 5, () => "all have arrived");
        var store = server.Provider.GetRequiredService<ISiloStore>();
        var before = await Search("""{"TenantName":"again"}""");
        // As after a crash of a database that lost the last steps: what is gone through twice counts once.
        Assert.True(await store.Insights.Write(new InsightBatch(await store.Insights.ReadPosition(default), 0, [], []), default));
        var after = await Search("""{"TenantName":"again"}""");
        Assert.Equal(before.Select(m => m.GetRawText()), after.Select(m => m.GetRawText()));
        var timeline = await server.Ok("GET", $"/silo/v1/messages/{after[0].GetProperty("MessageId").GetString()}/insights");
        Assert.Equal(2, timeline.GetProperty("Deliveries")[0].GetProperty("Events").GetArrayLength());
    }

    private async Task<string> Send(AccessKey? by, string tenant, string subject, string[] to, string? tags = null)
    {
        var answer = await server.Ok("POST", "/v2/email/outbound-emails", $$$"""
            {"TenantName":"{{{tenant}}}","FromEmailAddress":"News <news@{{{tenant}}}.example>","ConfigurationSetName":"{{{tenant}}}-mail",
            "Destination":{"ToAddresses":{{{JsonSerializer.Serialize(to)}}}},"EmailTags":{{{tags ?? "[]"}}},
            "Content":{"Simple":{"Subject":{"Data":"{{{subject}}}"},"Body":{"Text":{"Data":"x"} } } } }
            """, by);
        return answer.GetProperty("MessageId").GetString()!;
    }

    private async Task<List<JsonElement>> Search(string body, AccessKey? by = null)
    {
        var (found, token) = (new List<JsonElement>(), default(string));
        do
        {
            var text = token is null ? body : body[..^1] + $",\"NextToken\":\"{token}\"}}";
            var page = await server.Ok("POST", "/silo/v1/messages/search", text, by);
            found.AddRange(page.GetProperty("Messages").EnumerateArray());
            token = page.TryGetProperty("NextToken", out var next) ? next.GetString() : null;
        }
        while (token is not null);
        return found;
    }

    private async Task<JsonElement> Until(string path, Func<JsonElement, bool> holds, AccessKey? by = null)
    {
        JsonElement last = default;
        await Patiently.Until(
            async () =>
            {
                var (status, _, text) = await server.Ask("GET", path, by: by);
                if (status != (int)HttpStatusCode.OK) return false;
                return holds(last = JsonDocument.Parse(text).RootElement);
            },
            () => $"{path} is as expected: {last}");
        return last;
    }

    private static List<List<string?>> Types(JsonElement insights) =>
    [
        .. insights.GetProperty("Insights").EnumerateArray()
            .Select(i => i.GetProperty("Events").EnumerateArray().Select(e => e.GetProperty("Type").GetString()).ToList()),
    ];
}
