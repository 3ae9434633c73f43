using System.Net;
using System.Text.Json;
using Silo.Server.Tests.SesApi;
using Xunit;

namespace Silo.Server.Tests.Events;

public sealed class EventDestinationApiTests(ApiServer server) : IClassFixture<ApiServer>
{
    private const string Sns = "\"SnsDestination\":{\"TopicArn\":\"arn:aws:sns:us-east-1:000000000000:events\"}";

    [Fact]
    public async Task A_sets_destination_is_read_as_it_was_made_changed_and_deleted()
    {
        await MakeSet("whole");
        await Ok("POST", "/v2/email/configuration-sets/whole/event-destinations",
            """{"EventDestinationName":"hook","EventDestination":{"Enabled":true,"MatchingEventTypes":["SEND","RENDERING_FAILURE","SEND"],§SNS§}}""".Replace("§SNS§", Sns));
        Assert.Equal(
            """{"EventDestinations":[{"Name":"hook","Enabled":true,"MatchingEventTypes":["SEND","RENDERING_FAILURE"],§SNS§}]}""".Replace("§SNS§", Sns),
            await Ok("GET", "/v2/email/configuration-sets/whole/event-destinations"));
        const string Watch = "\"CloudWatchDestination\":{\"DimensionConfigurations\":[{\"DimensionName\":\"campaign\",\"DimensionValueSource\":\"MESSAGE_TAG\",\"DefaultDimensionValue\":\"none\"}]}";
        await Ok("PUT", "/v2/email/configuration-sets/whole/event-destinations/hook",
            """{"EventDestination":{"MatchingEventTypes":["BOUNCE"],§WATCH§}}""".Replace("§WATCH§", Watch));
        Assert.Equal(
            """{"EventDestinations":[{"Name":"hook","Enabled":false,"MatchingEventTypes":["BOUNCE"],§WATCH§}]}""".Replace("§WATCH§", Watch),
            await Ok("GET", "/v2/email/configuration-sets/whole/event-destinations"));
        await Ok("DELETE", "/v2/email/configuration-sets/whole/event-destinations/hook");
        Assert.Equal("""{"EventDestinations":[]}""", await Ok("GET", "/v2/email/configuration-sets/whole/event-destinations"));
        Assert.Equal(404, (await Refused("DELETE", "/v2/email/configuration-sets/whole/event-destinations/hook", null)).Status);
    }

    [Theory]
    [InlineData("""{"EventDestination":{"MatchingEventTypes":["SEND"],SNS}}""", "EventDestinationName is required")]
    [InlineData("""{"EventDestinationName":"a b","EventDestination":{"MatchingEventTypes":["SEND"],SNS}}""", "EventDestinationName must have")]
    [InlineData("""{"EventDestinationName":"a"}""", "EventDestination is required")]
    [InlineData("""{"EventDestinationName":"a","EventDestination":{SNS}}""", "MatchingEventTypes must name at least one")]
    [InlineData("""{"EventDestinationName":"a","EventDestination":{"MatchingEventTypes":["Send"],SNS}}""", "MatchingEventTypes must be of SEND,")]
    [InlineData("""{"EventDestinationName":"a","EventDestination":{"MatchingEventTypes":["SEND"]}}""", "must have exactly one destination")]
    [InlineData("""{"EventDestinationName":"a","EventDestination":{"MatchingEventTypes":["SEND"],SNS,"EventBridgeDestination":{"EventBusArn":"arn:aws:sns:us-east-1:000000000000:events"}}}""", "must have exactly one destination")]
    [InlineData("""{"EventDestinationName":"a","EventDestination":{"MatchingEventTypes":["SEND"],"SnsDestination":{"TopicArn":"arn:aws:sns:us-east-1:1:none"}}}""", "SnsDestination.TopicArn arn:aws:sns:us-east-1:1:none is mapped to no URL")]
    [InlineData("""{"EventDestinationName":"a","EventDestination":{"MatchingEventTypes":["SEND"],"KinesisFirehoseDestination":{"IamRoleArn":"arn:role","DeliveryStreamArn":"arn:none"}}}""", "KinesisFirehoseDestination.DeliveryStreamArn arn:none is mapped to no URL")]
    [InlineData("""{"EventDestinationName":"a","EventDestination":{"MatchingEventTypes":["SEND"],"PinpointDestination":{"ApplicationArn":"arn:x"}}}""", "PinpointDestination is not available")]
    [InlineData("""{"EventDestinationName":"a","EventDestination":{"MatchingEventTypes":["SEND"],"CloudWatchDestination":{"DimensionConfigurations":[]}}}""", "DimensionConfigurations must have at least one")]
    [InlineData("""{"EventDestinationName":"a","EventDestination":{"MatchingEventTypes":["SEND"],"CloudWatchDestination":{"DimensionConfigurations":[{"DimensionName":"a","DimensionValueSource":"X","DefaultDimensionValue":"b"}]}}}""", "DimensionValueSource must be one of")]
    public async Task What_is_wrong_is_named(string body, string message)
    {
        await server.Send("POST", "/v2/email/configuration-sets", """{"ConfigurationSetName":"wrong"}""");
        var refused = await Refused("POST", "/v2/email/configuration-sets/wrong/event-destinations", body.Replace("SNS", Sns));
        Assert.Equal((400, "BadRequestException"), (refused.Status, refused.Code));
        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Names_are_given_once_ten_of_them_and_in_sets_that_exist()
    {
        await MakeSet("full");
        for (var i = 0; i < 10; i++) await Ok("POST", "/v2/email/configuration-sets/full/event-destinations", Body($"d{i}"));
        Assert.Equal((400, "AlreadyExistsException"), Kind(await Refused("POST", "/v2/email/configuration-sets/full/event-destinations", Body("d1"))));
        Assert.Equal((400, "LimitExceededException"), Kind(await Refused("POST", "/v2/email/configuration-sets/full/event-destinations", Body("more"))));
        Assert.Equal((404, "NotFoundException"), Kind(await Refused("POST", "/v2/email/configuration-sets/none/event-destinations", Body("a"))));
        Assert.Equal((404, "NotFoundException"), Kind(await Refused("GET", "/v2/email/configuration-sets/none/event-destinations", null)));
        Assert.Equal((404, "NotFoundException"), Kind(await Refused("PUT", "/v2/email/configuration-sets/full/event-destinations/none", Body("a"))));

        await Ok("DELETE", "/v2/email/configuration-sets/full");
        await MakeSet("full");
        Assert.Equal("""{"EventDestinations":[]}""", await Ok("GET", "/v2/email/configuration-sets/full/event-destinations"));
    }

    [Fact]
    public async Task A_webhook_of_a_set_keeps_its_secret_and_SESs_calls_switch_it_off_and_on()
    {
        await MakeSet("hooked");
        const string Path = "/silo/v1/configuration-sets/hooked/event-destinations/hook";
        var made = JsonDocument.Parse(await Ok("PUT", Path, """{"MatchingEventTypes":["BOUNCE"],"WebhookDestination":{"Url":"https://hooks.example/in"}}""")).RootElement;
        var secret = made.GetProperty("WebhookDestination").GetProperty("Secrets")[0].GetString()!;
        Assert.Equal(32, Convert.FromBase64String(secret["whsec_".Length..]).Length);
        Assert.True(made.GetProperty("Enabled").GetBoolean());
        Assert.Equal(
            """{"EventDestinations":[{"Name":"hook","Enabled":true,"MatchingEventTypes":["BOUNCE"]}]}""",
            await Ok("GET", "/v2/email/configuration-sets/hooked/event-destinations"));
        await Ok("PUT", "/v2/email/configuration-sets/hooked/event-destinations/hook", """{"EventDestination":{"MatchingEventTypes":["SEND"]}}""");
        // Shown once: one that was made now would be in the answer.
        Assert.DoesNotContain(
            "whsec_", await Ok("PUT", Path, """{"MatchingEventTypes":["SEND"],"WebhookDestination":{"Url":"https://hooks.example/other"}}"""),
            StringComparison.Ordinal);

        var read = JsonDocument.Parse(await Ok("GET", Path)).RootElement;
        Assert.True(read.GetProperty("Enabled").GetBoolean());
        Assert.Equal("https://hooks.example/other", read.GetProperty("WebhookDestination").GetProperty("Url").GetString());
        Assert.False(read.GetProperty("WebhookDestination").TryGetProperty("Secrets", out _));
        Assert.Equal(404, (await Refused("GET", Path + "2", null)).Status);
        await Ok("DELETE", Path);
        Assert.Equal(404, (await Refused("GET", Path, null)).Status);
    }

    [Fact]
    public async Task Default_destinations_are_put_listed_and_deleted()
    {
        await Ok("PUT", "/silo/v1/event-destinations/all", """{"Enabled":false,"MatchingEventTypes":["SEND"],§SNS§}""".Replace("§SNS§", Sns));
        Assert.Equal(
            """{"EventDestinations":[{"Name":"all","Enabled":false,"MatchingEventTypes":["SEND"],§SNS§}]}""".Replace("§SNS§", Sns),
            await Ok("GET", "/silo/v1/event-destinations"));
        await Ok("DELETE", "/silo/v1/event-destinations/all");
        Assert.Equal(404, (await Refused("GET", "/silo/v1/event-destinations/all", null)).Status);
    }

    [Theory]
    [InlineData("""{"MatchingEventTypes":["SEND"],"WebhookDestination":{}}""", "WebhookDestination.Url is required")]
    [InlineData("""{"MatchingEventTypes":["SEND"],"WebhookDestination":{"Url":"ftp://x.example/"}}""", "WebhookDestination.Url must be an http or https URL")]
    [InlineData("""{"MatchingEventTypes":["SEND"],"WebhookDestination":{"Url":"https://u:p@x.example/"}}""", "WebhookDestination.Url must be an http or https URL")]
    [InlineData("""{"MatchingEventTypes":["SEND"],"WebhookDestination":{"Url":"https://x.example/","Secrets":["short"]}}""", "Secrets must each be whsec_")]
    [InlineData("""{"MatchingEventTypes":["SEND"],"WebhookDestination":{"Url":"https://x.example/"},SNS}""", "must have exactly one destination")]
    [InlineData("""{"MatchingEventTypes":["SEND"]}""", "must have exactly one destination")]
    [InlineData("""{"WebhookDestination":{"Url":"https://x.example/"}}""", "MatchingEventTypes must name at least one")]
    public async Task A_webhook_that_is_none_is_refused(string body, string message)
    {
        var refused = await Refused("PUT", "/silo/v1/event-destinations/wrong", body.Replace("SNS", Sns));
        Assert.Equal(400, refused.Status);
        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
    }

    private static string Body(string name) =>
        """{"EventDestinationName":"§NAME§","EventDestination":{"Enabled":false,"MatchingEventTypes":["SEND"],§SNS§}}""".Replace("§NAME§", name).Replace("§SNS§", Sns);

    private static (int, string) Kind((int Status, string Code, string Message) refused) => (refused.Status, refused.Code);

    private Task<string> MakeSet(string name) => Ok("POST", "/v2/email/configuration-sets", """{"ConfigurationSetName":"§NAME§"}""".Replace("§NAME§", name));

    private async Task<string> Ok(string method, string path, string? body = null)
    {
        var (response, answer) = await server.Send(method, path, body);
        Assert.True(response.StatusCode == HttpStatusCode.OK, answer);
        return answer;
    }

    private async Task<(int Status, string Code, string Message)> Refused(string method, string path, string? body)
    {
        var (response, answer) = await server.Send(method, path, body);
        Assert.NotEqual(HttpStatusCode.OK, response.StatusCode);
        return ((int)response.StatusCode, response.Headers.GetValues("x-amzn-ErrorType").Single(),
            JsonDocument.Parse(answer).RootElement.GetProperty("message").GetString()!);
    }
}
