using System.Net;
using System.Text.Json.Nodes;
using Silo.Core.Messages;
using Silo.Core.Tenants;
using Xunit;

namespace Silo.Server.Tests.Feedback;

public sealed class FeedbackApiTests
{
    private const string Path = "/silo/v1/feedback";

    [Fact]
    public async Task Each_entry_has_its_result_and_counts_once()
    {
        await using var server = await FeedbackServer.Start();
        var (one, _, reference, _) = await server.Send("ann@yahoo.com");
        var (two, _, _, _) = await server.Send("bob@example.net");
        var unknown = MessageIdFormat.Create(DateTimeOffset.UtcNow, 1);
        var forged = reference[..40] + (reference[40] == 'A' ? 'B' : 'A') + reference[41..];
        var body = $$"""
            {"Entries":[
              {"Reference":"{{reference}}","Kind":"COMPLAINT","ComplaintType":"spam-trap"},
              {"Reference":"{{forged}}","Kind":"COMPLAINT"},
              {"MessageId":"{{two}}","Recipient":"BOB@example.net","Kind":"HARD_BOUNCE","Diagnostic":"gone"},
              {"MessageId":"{{two}}","Recipient":"ann@example.net","Kind":"HARD_BOUNCE"},
              {"MessageId":"{{unknown}}","Recipient":"bob@example.net","Kind":"DELIVERY"}
            ]}
            """;
        for (var times = 0; times < 2; times++)
        {
            var (status, answer) = await server.Post(Path, body, signed: true);
            Assert.Equal(HttpStatusCode.OK, status);
            Assert.Equal(
                ["STORED", "FORGED", "STORED", "NOT_FOUND", "NOT_FOUND"],
                JsonNode.Parse(answer)!["Results"]!.AsArray().Select(r => (string)r!["Status"]!));
        }

        Assert.Equal(new TenantBooks { Accepted = 2, HandedOver = 1, Bounced = 1 }, await server.Books());
        var events = await server.Events();
        Assert.Equal((one, "spam-trap"), events.Where(e => e.Kind == TenantEventKind.Complained).Select(e => (e.MessageId, e.ComplaintType)).Single());
        Assert.Equal((two, "bob@example.net", "gone"), events.Where(e => e.Kind == TenantEventKind.HardBounced).Select(e => (e.MessageId, e.Recipient, e.Diagnostic)).Single());
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"Entries":[]}""")]
    [InlineData("""{"Entries":[null]}""")]
    [InlineData("""{"Entries":[{"Kind":"COMPLAINT"}]}""")]
    [InlineData("""{"Entries":[{"Reference":"v1.x","MessageId":"m","Recipient":"a@b.example","Kind":"COMPLAINT"}]}""")]
    [InlineData("""{"Entries":[{"MessageId":"m","Recipient":"a@b.example","Kind":"COMPLAINT"}]}""")]
    [InlineData("""{"Entries":[{"Reference":"v1.x","Kind":"SPAM"}]}""")]
    [InlineData("""{"Entries":[{"Reference":"v1.x"}]}""")]
    [InlineData("""{"Entries":[{"Reference":"v1.x","Kind":"DELIVERY","ComplaintType":"abuse"}]}""")]
    [InlineData("""{"Entries":[{"Reference":"v1.x","Kind":"COMPLAINT","ComplaintType":"not-spam"}]}""")]
    [InlineData("""{"Entries":[{"Reference":"v1.x","Kind":"COMPLAINT","ComplaintType":"DMARC"}]}""")]
    [InlineData("""{"Entries":[{"Reference":"v1.x","Kind":"COMPLAINT","ComplaintType":"auth-failure"}]}""")]
    public async Task A_request_that_is_not_well_formed_changes_nothing(string body)
    {
        await using var server = await FeedbackServer.Start();
        Assert.Equal(HttpStatusCode.BadRequest, (await server.Post(Path, body, signed: true)).Status);
    }

    [Fact]
    public async Task An_opt_out_is_a_wish_to_get_no_more_and_no_complaint()
    {
        await using var server = await FeedbackServer.Start();
        var (id, _, reference, _) = await server.Send("ann@yahoo.com");
        var body = $$"""{"Entries":[{"Reference":"{{reference}}","Kind":"COMPLAINT","ComplaintType":"Opt-Out"}]}""";
        for (var times = 0; times < 2; times++) Assert.Contains("STORED", (await server.Post(Path, body, signed: true)).Body);
        Assert.Equal(id, Assert.Single(await server.Events(), e => e.Kind == TenantEventKind.Unsubscribed).MessageId);
        Assert.DoesNotContain(await server.Events(), e => e.Kind == TenantEventKind.Complained);
    }

    [Fact]
    public async Task Nobody_tells_without_credentials()
    {
        await using var server = await FeedbackServer.Start();
        Assert.Equal(HttpStatusCode.Forbidden, (await server.Post(Path, "{}")).Status);
    }
}
