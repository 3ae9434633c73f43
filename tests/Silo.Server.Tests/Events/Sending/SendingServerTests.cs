using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Silo.Core.Feedback;
using Silo.Server.Events;
using Silo.Server.Events.Sending;
using Silo.Server.Feedback;
using Silo.Testing.EndToEnd;
using Xunit;

namespace Silo.Server.Tests.Events.Sending;

public sealed class SendingServerTests
{
    private const string Topic = "arn:aws:sns:us-east-1:000000000000:events";
    private const string All = """["SEND","DELIVERY","BOUNCE","COMPLAINT"]""";

    [Fact]
    public async Task A_webhook_hears_of_mail_in_order_and_its_status_can_be_asked_for()
    {
        await using var endpoint = await Endpoint.Start();
        await using var server = await SendingServer.Start();
        var hook = await server.Call("PUT", "/silo/v1/event-destinations/hook", $$$"""
            {"MatchingEventTypes":{{{All}}},"WebhookDestination":{"Url":"{{{endpoint.Url}}}"}}
            """);
        var secret = (string)hook["WebhookDestination"]!["Secrets"]![0]!;
        var sent = await server.SendMail("bounce@simulator.amazonses.com");
        await Patiently.Until(() => endpoint.Received.Count == 2, "both came");
        var records = endpoint.Received.Select(r => JsonNode.Parse(r.Body)!).ToList();
        Assert.Equal(["Send", "Bounce"], records.Select(r => (string)r["eventType"]!));
        Assert.All(records, r => Assert.Equal((string)sent["MessageId"]!, (string)r["mail"]!["messageId"]!));
        foreach (var r in endpoint.Received)
            Assert.Equal("v1," + WebhookSignatureTests.Independent(secret, r.Headers["webhook-id"], r.Headers["webhook-timestamp"], r.Text), r.Headers["webhook-signature"]);
        var status = await server.Call("GET", "/silo/v1/event-destinations/hook/status");
        Assert.Equal("WORKING", (string)status["Status"]!);
        Assert.Equal(HttpStatusCode.NotFound, (await server.Send("GET", "/silo/v1/event-destinations/other/status", signed: true)).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await server.Send("GET", "/silo/v1/event-destinations/hook/status")).Status);
    }

    [Fact]
    public async Task An_endpoint_that_wants_no_more_is_disabled_and_the_API_and_the_operator_are_told_why()
    {
        await using var gone = await Endpoint.Start();
        await using var alive = await Endpoint.Start();
        gone.Status = 410;
        await using var server = await SendingServer.Start(
            ("Silo:Events:OperatorMail:To:0", "op@simulator.amazonses.com"), ("Silo:Events:OperatorMail:From", "silo@example.com"));
        foreach (var (name, endpoint) in new[] { ("gone", gone), ("alive", alive) })
            await server.Call("PUT", $"/silo/v1/event-destinations/{name}", $$$"""{"MatchingEventTypes":["SEND"],"WebhookDestination":{"Url":"{{{endpoint.Url}}}"}}""");
        await server.SendMail("success@simulator.amazonses.com");
        await Patiently.Until(
            async () => (string)(await server.Call("GET", "/silo/v1/event-destinations/gone/status"))["Status"]! == "DISABLED", () => "it is disabled");
        var destination = await server.Call("GET", "/silo/v1/event-destinations/gone");
        Assert.Equal((false, "its endpoint wants no more: the answer was 410"), ((bool)destination["Enabled"]!, (string)destination["DisabledReason"]!));
        // The mail to the operator is mail, so the other one hears of it.
        await Patiently.Until(() => alive.Bodies.Any(b => b.Contains("[Silo] Event destination gone (default) was disabled", StringComparison.Ordinal)), "the operator is told");
    }

    [Fact]
    public async Task A_subscription_is_confirmed_at_this_server_and_strangers_learn_nothing()
    {
        await using var endpoint = await Endpoint.Start();
        await using var server = await SendingServer.Start(("Silo:Events:Targets:0:Arn", Topic), ("Silo:Events:Targets:0:Url", endpoint.Url.ToString()));
        await server.Call("PUT", "/silo/v1/event-destinations/topic", $$$"""{"MatchingEventTypes":["SEND"],"SnsDestination":{"TopicArn":"{{{Topic}}}"}}""");
        await server.SendMail("success@simulator.amazonses.com");
        await Patiently.Until(() => endpoint.Received.Count == 1, "it is asked");
        Assert.True(SnsMessage.TryRead(endpoint.Received[0].Body, out var asked));
        foreach (var token in new[] { "", "?token=", "?token=AAAA", "?token=" + asked.Token![..^4] + "AAAA", "?other=" + asked.Token })
            Assert.Equal((HttpStatusCode.Forbidden, "{\"message\":\"The request was refused.\"}"), await server.Send("GET", "/silo/v1/sns/confirm" + token));
        Assert.Equal(HttpStatusCode.Forbidden, (await server.Send("GET", "/silo/v1/sns/unsubscribe?token=" + asked.Token)).Status);
        var (status, pem) = await server.Send("GET", new Uri(asked.SigningCertUrl).PathAndQuery);
        Assert.Equal(HttpStatusCode.OK, status);
        using var certificate = X509Certificate2.CreateFromPem(pem);
        Assert.DoesNotContain("PRIVATE", pem);

        Assert.Equal(HttpStatusCode.OK, (await server.Send("GET", new Uri(asked.SubscribeUrl!).PathAndQuery)).Status);
        await Patiently.Until(() => endpoint.Received.Count == 2, "what waited came");
        Assert.True(SnsMessage.TryRead(endpoint.Received[1].Body, out var notification));
        Assert.Equal("Send", (string)JsonNode.Parse(notification.Message)!["eventType"]!);

        var before = SnsSubscriptions.NameOf(
            Assert.Single(server.Provider.GetRequiredService<EventDestinationWatch>().Defaults), new Uri("https://before.example/"));
        var old = SubscriptionToken.Write(
            await server.Provider.GetRequiredService<SigningKeys>().Get(default), SubscriptionStep.End, before, TimeProvider.System.GetUtcNow().AddDays(1));
        Assert.Equal(HttpStatusCode.OK, (await server.Send("GET", "/silo/v1/sns/unsubscribe?token=" + old)).Status);
        Assert.True((bool)(await server.Call("GET", "/silo/v1/event-destinations/topic"))["Enabled"]!, "an endpoint of before ended it");

        var unsubscribe = new Uri((string)JsonNode.Parse(endpoint.Received[1].Body)!["UnsubscribeURL"]!).PathAndQuery;
        Assert.Equal(HttpStatusCode.OK, (await server.Send("GET", unsubscribe)).Status);
        Assert.Equal("its endpoint unsubscribed", (string)(await server.Call("GET", "/silo/v1/event-destinations/topic"))["DisabledReason"]!);
    }

    [Fact]
    public async Task One_Silo_can_subscribe_to_another()
    {
        await using var receiver = await SendingServer.Start(("Silo:Feedback:Sns:Topics:0", Topic), ("Silo:Feedback:Sns:OtherSilos:0", "http://127.0.0.1:1"));
        await using var sender = await SendingServer.Start(
            ("Silo:Events:Targets:0:Arn", Topic), ("Silo:Events:Targets:0:Url", new Uri(receiver.Url, "/silo/v1/feedback/sns").ToString()));
        await sender.Call("PUT", "/silo/v1/event-destinations/topic", $$$"""{"MatchingEventTypes":["SEND"],"SnsDestination":{"TopicArn":"{{{Topic}}}"}}""");
        await sender.SendMail("success@simulator.amazonses.com");
        // The one that the receiver does not list is a forger.
        await Patiently.Until(
            async () => ((string?)(await sender.Call("GET", "/silo/v1/event-destinations/topic/status"))["LastError"])?.StartsWith("the answer was 403", StringComparison.Ordinal) == true,
            () => "it is refused");
        receiver.Provider.GetRequiredService<FeedbackOptions>().Sns.OtherSilos[0] = sender.Url.ToString();
        await Patiently.Until(
            async () => (string)(await sender.Call("GET", "/silo/v1/event-destinations/topic/status"))["Status"]! == "WORKING", () => "it is taken");
    }
}
