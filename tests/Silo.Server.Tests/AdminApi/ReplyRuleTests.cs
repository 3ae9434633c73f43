using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Silo.Core.Delivery;
using Silo.Server.Delivery.Replies;
using Silo.Server.Delivery.Smtp;
using Silo.Server.Tests.SesApi;
using Silo.Smtp.Client;
using Silo.Storage;
using Xunit;

namespace Silo.Server.Tests.AdminApi;

public sealed class ReplyRuleTests(ApiServer server) : IClassFixture<ApiServer>
{
    private const string Path = "/silo/v1/reply-rules";
    private const string Question = Path + "/explain?code=550&enhanced=5.1.1&text=Our%20own%20words&provider=Gmail";
    private const string Rules =
        """[{"name":"ours","codes":["550"],"text":["own words"],"kind":"Blocked","actor":"Operator","advice":"Ask them.","explanation":"They know us."}]""";

    [Fact]
    public async Task Own_rules_are_used_from_the_answer_on_explained_and_removed_again_and_other_silos_follow()
    {
        Assert.Equal("[]", await Ok("GET", Path));
        Assert.Equal("no-such-user", Explained(await Ok("GET", Question)).GetProperty("RuleName").GetString());
        var book = server.Provider.GetRequiredService<ReplyRuleBook>();
        var results = new DialogueResults(book, DeliveryResultKind.Delivered, "server");
        var refused = new SmtpOutcome(SmtpOutcomeKind.Refused, DeliveryStage.Recipient) { Reply = new SmtpReply(550, "5.1.1", "Our own words") };
        Assert.Equal(DeliveryResultKind.HardBounce, results.Of(refused, "mx", "Gmail").Kind);

        await Ok("PUT", Path, Rules);
        Assert.Equal(Rules, await Ok("GET", Path));
        var explained = Explained(await Ok("GET", Question));
        Assert.Equal(
            ("ours", false, "Blocked", "Operator", "Ask them.", "They know us."),
            (Text("RuleName"), explained.GetProperty("IsShipped").GetBoolean(), Text("Kind"), Text("Actor"), Text("Advice"), Text("Explanation")));
        Assert.Equal(DeliveryResultKind.Blocked, results.Of(refused, "mx", "Gmail").Kind);

        var other = new ReplyRuleBook(ReplyRules.Shipped);
        var follower = new ReplyRuleResources(
            server.Provider.GetRequiredService<ISiloStore>().Resources, other, TimeProvider.System, NullLogger<ReplyRuleResources>.Instance);
        await follower.Follow(default);
        Assert.Equal("ours", other.Present.Find(DeliveryStage.Recipient, refused.Reply, "Gmail").Name);

        await Ok("DELETE", Path);
        Assert.Equal("[]", await Ok("GET", Path));
        await follower.Follow(default);
        Assert.Same(ReplyRules.Shipped, other.Present);
        Assert.Equal(DeliveryResultKind.HardBounce, results.Of(refused, "mx", "Gmail").Kind);

        string? Text(string member) => explained.GetProperty(member).GetString();
    }

    [Theory]
    [InlineData("PUT", Path, """[{"name":"a","kind":"Blocked"}]""", "explanation")]
    [InlineData("PUT", Path, """[{"name":"closing","kind":"Blocked","explanation":"e"}]""", "[0].name is the name of a rule that Silo comes with")]
    [InlineData("PUT", Path, "{}", "list")]
    [InlineData("GET", Path + "/explain", null, "code is required")]
    [InlineData("GET", Path + "/explain?code=250", null, "code must be 400 to 599")]
    [InlineData("GET", Path + "/explain?code=550&stage=Lunch", null, "stage must be one of Connect")]
    [InlineData("GET", Path + "/explain?code=550&enhanced=5.1", null, "enhanced must be an enhanced code")]
    [InlineData("GET", Path + "/explain?code=550&provider=Nobody", null, "provider must be one of")]
    public async Task What_is_wrong_is_refused_with_the_name_of_the_member(string method, string path, string? body, string message)
    {
        var (response, answer) = await server.Send(method, path, body);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains(message, Explained(answer).GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    private static JsonElement Explained(string text) => JsonDocument.Parse(text).RootElement;

    private async Task<string> Ok(string method, string path, string? body = null)
    {
        var (response, answer) = await server.Send(method, path, body);
        Assert.True(response.StatusCode == HttpStatusCode.OK, answer);
        return answer;
    }
}
