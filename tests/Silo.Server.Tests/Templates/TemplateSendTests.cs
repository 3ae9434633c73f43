using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Silo.Server.Templates;
using Silo.Server.Tests.SesApi;
using Xunit;

namespace Silo.Server.Tests.Templates;

public sealed class TemplateSendTests(ApiServer server) : IClassFixture<ApiServer>
{
    [Fact]
    public async Task A_template_is_kept_ready_and_follows_its_changes()
    {
        var templates = server.Services.Templates;
        await Ok("POST", "/v2/email/templates", """{"TemplateName":"kept","TemplateContent":{"Subject":"s","Text":"one {{a}}"}}""");
        var first = await templates.Find("kept", default);
        Assert.Same(first, await templates.Find("kept", default));
        await Ok("PUT", "/v2/email/templates/kept", """{"TemplateContent":{"Subject":"s","Text":"two {{a}}"}}""");
        Assert.NotSame(first, await templates.Find("kept", default));
        await Ok("DELETE", "/v2/email/templates/kept", null);
        Assert.Null(await templates.Find("kept", default));
        await Ok("POST", "/v2/email/templates", """{"TemplateName":"kept","TemplateContent":{"Subject":"s","Text":"three"}}""");
        Assert.NotNull(await templates.Find("kept", default));
        Assert.Null(await templates.Find("no such name!", default));
        await Ok("DELETE", "/v2/email/templates/kept", null);
    }

    [Fact]
    public async Task A_change_by_another_silo_is_seen_within_five_seconds_and_not_read_when_there_is_none()
    {
        var time = new Silo.Testing.HostileTimeProvider();
        var own = new EmailTemplates(server.Services.Resources, server.Services.Arns, time);
        await own.Create("far", new EmailTemplate("s", "one", null), [], default);
        var first = await own.Find("far", default);
        await server.Services.Templates.Replace("far", new EmailTemplate("s", "two", null), default);
        Assert.Same(first, await own.Find("far", default));
        time.Advance(EmailTemplates.MaxAge);
        var second = await own.Find("far", default);
        Assert.NotSame(first, second);
        time.Advance(EmailTemplates.MaxAge);
        Assert.Same(second, await own.Find("far", default));

        // Deleted and made again, it is at its first version once more.
        await server.Services.Templates.Delete("far", default);
        await server.Services.Templates.Create("far", new EmailTemplate("s", "three", null), [], default);
        await server.Services.Templates.Replace("far", new EmailTemplate("s", "four", null), default);
        time.Advance(EmailTemplates.MaxAge);
        Assert.NotSame(second, await own.Find("far", default));
    }

    [Fact]
    public async Task Templates_in_memory_are_bounded_by_their_bytes()
    {
        var time = new Silo.Testing.HostileTimeProvider();
        var own = new EmailTemplates(server.Services.Resources, server.Services.Arns, time) { Room = 3 << 20 };
        var large = string.Concat(Enumerable.Repeat("{{a}}" + new string('x', 4_000), 100));
        await own.Create("large", new EmailTemplate("s", large, null), [], default);
        await own.Find("large", default);
        var one = own.Bytes;
        Assert.InRange(one, 1 << 19, own.Room / 2);
        for (var i = 0; i < 8; i++)
        {
            await own.Create($"large-{i}", new EmailTemplate("s", large, null), [], default);
            await own.Find($"large-{i}", default);
            Assert.InRange(own.Bytes, one, own.Room);
        }

        foreach (var name in Enumerable.Range(0, 8).Select(i => $"large-{i}").Append("large")) await own.Delete(name, default);
        Assert.InRange(own.Bytes, 0, 100_000);
    }

    [Fact]
    public async Task Of_a_bulk_send_each_entry_fails_alone_and_what_is_wrong_with_all_fails_the_call()
    {
        await Ok("POST", "/v2/email/identities", """{"EmailIdentity":"bulk.example"}""");
        await Ok("POST", "/v2/email/templates", """{"TemplateName":"bulk","TemplateContent":{"Subject":"Hi {{name}}","Text":"{{gift}}"}}""");
        var (status, body) = await Bulk("""
            {"Destination":{"ToAddresses":["a@r.example"]}},
            {"Destination":{"ToAddresses":["not an address"]}},
            {"Destination":{"ToAddresses":["b@r.example"]},"ReplacementEmailContent":{"ReplacementTemplate":{"ReplacementTemplateData":"{\"name\":\"Bob\"}"}}},
            {"Destination":{"ToAddresses":["c@r.example"]},"ReplacementEmailContent":{"ReplacementTemplate":{"ReplacementTemplateData":"[1]"}}},
            {"Destination":{"ToAddresses":["d@r.example"]},"ReplacementHeaders":[{"Name":"To","Value":"x"}]},
            {"Destination":{"ToAddresses":["e@r.example"]},"ReplacementTags":[{"Name":"bad name","Value":"x"}]},
            {"Destination":{}}
            """);
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(
            ["SUCCESS", "INVALID_PARAMETER", "SUCCESS", "INVALID_PARAMETER", "INVALID_PARAMETER", "INVALID_PARAMETER", "INVALID_PARAMETER"], Statuses(body));

        (status, body) = await Bulk("""{"Destination":{"ToAddresses":["a@r.example"]}}""", template: "gone");
        Assert.Equal((HttpStatusCode.OK, "TEMPLATE_NOT_FOUND"), (status, Statuses(body).Single()));
        (status, body) = await Bulk("""{"Destination":{"ToAddresses":["a@r.example"]}}""", more: ""","ConfigurationSetName":"gone" """);
        Assert.Equal((HttpStatusCode.OK, "CONFIGURATION_SET_NOT_FOUND"), (status, Statuses(body).Single()));
        (status, body) = await Bulk("""{"Destination":{"ToAddresses":["a@r.example"]}}""", from: "x@other.example");
        Assert.Equal((HttpStatusCode.OK, "MESSAGE_REJECTED"), (status, Statuses(body).Single()));
        (status, body) = await Bulk("""{"Destination":{"ToAddresses":["a@r.example"]}}""", more: ""","TenantName":"nobody","ConfigurationSetName":"s" """);
        Assert.True(status == HttpStatusCode.NotFound, body);
        (status, body) = await Bulk("""{"Destination":{"ToAddresses":["a@r.example"]}}""", more: ""","EndpointId":"x" """);
        Assert.True(status == HttpStatusCode.BadRequest && body.Contains("EndpointId"), body);
        (status, body) = await Bulk(string.Join(',', Enumerable.Repeat("""{"Destination":{"ToAddresses":["a@r.example"]}}""", 51)));
        Assert.True(status == HttpStatusCode.BadRequest && body.Contains("at most 50"), body);
        (status, body) = await Bulk("{}");
        Assert.True(status == HttpStatusCode.BadRequest && body.Contains("BulkEmailEntries[0].Destination"), body);
    }

    [Theory]
    [InlineData("""{"a":1,"b":{"c":2}}""", """{"b":3}""", """{"a":1,"b":3}""")]
    [InlineData("""{"a":1}""", "{}", """{"a":1}""")]
    [InlineData("""{"a":1}""", null, """{"a":1}""")]
    [InlineData(null, """{"b":3}""", """{"b":3}""")]
    [InlineData("""{"a":1.50}""", """{"é\"":"x"}""", """{"a":1.50,"\u00E9\u0022":"x"}""")]
    public void Data_of_an_entry_goes_before_the_common_data(string? common, string? own, string? merged)
    {
        var checks = new Silo.Server.SesApi.MemberChecks();
        Assert.Equal(merged, Silo.Server.SesApi.Operations.Sending.BulkEntries.MergeData(common, own, checks));
        Assert.Null(checks.Error);
    }

    [Fact]
    public async Task A_template_that_is_rendered_for_a_test_is_a_message_without_sender_and_recipient()
    {
        await Ok("POST", "/v2/email/templates", """{"TemplateName":"shown","TemplateContent":{"Subject":"Hi {{n}}","Text":"t {{n}}","Html":"<p>{{n}}</p>"}}""");
        var (response, body) = await server.Send("POST", "/v2/email/templates/shown/render", """{"TemplateData":"{\"n\":\"<Ann>\"}"}""");
        Assert.True(response.StatusCode == HttpStatusCode.OK, body);
        var message = JsonDocument.Parse(body).RootElement.GetProperty("RenderedTemplate").GetString()!;
        Assert.Contains("Subject: Hi <Ann>\r\n", message);
        Assert.Contains("MIME-Version: 1.0\r\n", message);
        Assert.Contains("multipart/alternative", message);
        Assert.Contains("t <Ann>", message);
        Assert.Contains("<p>&lt;Ann&gt;</p>", message);
        Assert.DoesNotContain("nobody", message);
    }

    private Task<(HttpStatusCode, string)> Bulk(string entries, string template = "bulk", string from = "a@bulk.example", string more = "") => Post(
        "/v2/email/outbound-bulk-emails",
        $$$"""
        {"FromEmailAddress":"{{{from}}}"{{{more}}},"DefaultContent":{"Template":{"TemplateName":"{{{template}}}","TemplateData":"{\"name\":\"x\",\"gift\":\"g\"}"}},
        "BulkEmailEntries":[{{{entries}}}]}
        """);

    private async Task<(HttpStatusCode, string)> Post(string path, string body)
    {
        var (response, text) = await server.Send("POST", path, body);
        return (response.StatusCode, text);
    }

    private static IEnumerable<string> Statuses(string body) => JsonDocument.Parse(body).RootElement.GetProperty("BulkEmailEntryResults")
        .EnumerateArray().Select(r => r.GetProperty("Status").GetString()!);

    private async Task Ok(string method, string path, string? body)
    {
        var (response, text) = await server.Send(method, path, body);
        Assert.True(response.StatusCode == HttpStatusCode.OK, text);
    }
}
