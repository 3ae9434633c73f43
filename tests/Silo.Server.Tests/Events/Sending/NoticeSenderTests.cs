using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Silo.Core.Feedback;
using Silo.Server.Events;
using Silo.Server.Events.Sending;
using Silo.Server.Feedback;
using Silo.Testing.EndToEnd;
using Xunit;

namespace Silo.Server.Tests.Events.Sending;

public sealed class NoticeSenderTests
{
    private const string Topic = "arn:aws:sns:us-east-1:123456789012:events";
    private const string Stream = "arn:aws:firehose:us-east-1:123456789012:deliverystream/events";
    private const string Bus = "arn:aws:events:us-east-1:123456789012:event-bus/events";

    [Fact]
    public async Task Nothing_but_the_confirmation_leaves_for_a_topic_until_its_endpoint_confirmed()
    {
        await using var endpoint = await Endpoint.Start();
        await using var under = await PublisherUnderTest.Start(u => Map(u, Topic, endpoint));
        var destination = under.Add("topic", new SnsTarget(Topic));
        var tenant = await under.Tenant("acme");
        await under.Write(tenant, "{\"n\":1}", "{\"n\":2}");
        await Patiently.Until(() => endpoint.Received.Count == 1, "it is asked");
        var asked = endpoint.Received[0];
        Assert.Equal("SubscriptionConfirmation", asked.Headers["x-amz-sns-message-type"]);
        Assert.DoesNotContain("\"n\":1", asked.Text);
        var message = Read(asked);
        Assert.Equal(SnsMessageType.SubscriptionConfirmation, message.Type);
        Assert.Equal(SnsVerdict.Valid, await Verify(under, message));
        // It is asked once an hour, and waits.
        for (var i = 0; i < 60; i++) under.Time.Advance(TimeSpan.FromSeconds(30));
        Assert.Single(endpoint.Received);

        var token = message.SubscribeUrl![(message.SubscribeUrl!.IndexOf("token=", StringComparison.Ordinal) + 6)..];
        Assert.Equal(message.Token, token);
        var keys = await under.Keys.Get(default);
        var subscription = SubscriptionToken.Read(keys, SubscriptionStep.Confirm, token, under.Time.GetUtcNow())!;
        Assert.Equal(SnsSubscriptions.NameOf(destination, endpoint.Url), subscription);
        Assert.True(await under.Subscriptions.Confirm(subscription, default));
        await Patiently.Until(() => endpoint.Received.Count == 3, "what waited came");
        foreach (var (received, record) in endpoint.Received.Skip(1).Zip(["{\"n\":1}", "{\"n\":2}"]))
        {
            var notification = Read(received);
            Assert.Equal(("Notification", "text/plain; charset=UTF-8"), (received.Headers["x-amz-sns-message-type"], received.Headers["Content-Type"]));
            Assert.Equal((SnsMessageType.Notification, Topic, record), (notification.Type, notification.TopicArn, notification.Message));
            Assert.Equal("2", notification.SignatureVersion);
            Assert.Equal(SnsVerdict.Valid, await Verify(under, notification));
            Assert.Equal(SnsVerdict.Forged, await Verify(under, notification with { Message = notification.Message + " " }));
            Assert.StartsWith(PublisherUnderTest.PublicUrl + "/silo/v1/sns/unsubscribe?token=", (string?)JsonNode.Parse(received.Body)!["UnsubscribeURL"]);
        }

        // Another silo, or the next process, knows of it.
        await under.Restart();
        await under.Write(tenant, "{\"n\":3}");
        await Patiently.Until(() => endpoint.Received.Count == 4, "the next one came without being asked again");
        Assert.Equal("{\"n\":3}", Read(endpoint.Received[3]).Message);
    }

    [Fact]
    public async Task Tokens_are_believed_for_their_step_in_their_time_and_as_they_were_written()
    {
        await using var under = await PublisherUnderTest.Start();
        var keys = await under.Keys.Get(default);
        var now = under.Time.GetUtcNow();
        var token = SubscriptionToken.Write(keys, SubscriptionStep.Confirm, "*/x@1#y", now.AddDays(1));
        Assert.Equal("*/x@1#y", SubscriptionToken.Read(keys, SubscriptionStep.Confirm, token, now));
        Assert.Null(SubscriptionToken.Read(keys, SubscriptionStep.End, token, now));
        Assert.Null(SubscriptionToken.Read(keys, SubscriptionStep.Confirm, token, now.AddDays(2)));
        foreach (var forged in new[] { "", "a", "!", token[..^2], token + "AA", new string('A', 200), new string('A', 5_000) })
            Assert.Null(SubscriptionToken.Read(keys, SubscriptionStep.Confirm, forged, now));
        for (var i = 0; i < token.Length - 1; i++)
        {
            var changed = string.Concat(token.AsSpan(0, i), token[i] == 'A' ? "B" : "A", token.AsSpan(i + 1));
            Assert.Null(SubscriptionToken.Read(keys, SubscriptionStep.Confirm, changed, now));
        }
    }

    [Fact]
    public async Task All_silos_and_later_processes_sign_with_the_same_key()
    {
        await using var under = await PublisherUnderTest.Start();
        var before = (await under.Keys.Get(default)).CertificatePem;
        await under.Restart();
        var after = await under.Keys.Get(default);
        Assert.Equal(before, after.CertificatePem);
        using var certificate = X509Certificate2.CreateFromPem(after.CertificatePem);
        using var key = certificate.GetRSAPublicKey()!;
        Assert.True(key.VerifyData(
            "x"u8, after.Sign("x"u8.ToArray()), System.Security.Cryptography.HashAlgorithmName.SHA256, System.Security.Cryptography.RSASignaturePadding.Pkcs1));
    }

    [Fact]
    public async Task A_stream_gets_lines_in_batches_with_the_headers_of_Firehose()
    {
        await using var endpoint = await Endpoint.Start();
        await using var under = await PublisherUnderTest.Start(u => Map(u, Stream, endpoint, "access-key"));
        under.Add("stream", new FirehoseTarget(Stream, "arn:aws:iam::123456789012:role/x"));
        await under.Write(await under.Tenant("acme"), [.. Enumerable.Range(1, 250).Select(i => $"{{\"n\":{i}}}")]);
        await Patiently.Until(() => Lines(endpoint).Count == 250, "all came");
        Assert.Equal(Enumerable.Range(1, 250).Select(i => $"{{\"n\":{i}}}"), Lines(endpoint));
        Assert.InRange(endpoint.Received.Count, 1, 10);
        var headers = endpoint.Received[0].Headers;
        Assert.Equal(
            ("1.0", Stream, "access-key", "application/x-ndjson"),
            (headers["X-Amz-Firehose-Protocol-Version"], headers["X-Amz-Firehose-Source-Arn"], headers["X-Amz-Firehose-Access-Key"], headers["Content-Type"]));
        Assert.Equal(endpoint.Received.Count, endpoint.Received.Select(r => r.Headers["X-Amz-Firehose-Request-Id"]).Distinct().Count());
        Assert.EndsWith("_250", endpoint.Received[^1].Headers["X-Amz-Firehose-Request-Id"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_bad_record_of_a_batch_costs_itself_alone()
    {
        await using var endpoint = await Endpoint.Start();
        await using var under = await PublisherUnderTest.Start(u => Map(u, Stream, endpoint));
        var taken = new List<string>();
        endpoint.Answer = (received, context) =>
        {
            if (received.Text.Contains("bad", StringComparison.Ordinal)) context.Response.StatusCode = 413;
            else lock (taken) taken.AddRange(received.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries));
            return Task.CompletedTask;
        };
        under.Add("stream", new FirehoseTarget(Stream, "x"));
        await under.Write(await under.Tenant("acme"), "1", "2", "bad", "3", "4");
        await under.Pass(TimeSpan.FromMinutes(1), () => Has(taken, "4"), "the rest came");
        lock (taken) Assert.Equal(["1", "2", "3", "4"], taken);
    }

    [Fact]
    public async Task A_bus_gets_one_signed_event_a_post()
    {
        await using var endpoint = await Endpoint.Start();
        await using var under = await PublisherUnderTest.Start(u => Map(u, Bus, endpoint, PublisherUnderTest.Secret));
        under.Add("bus", new EventBridgeTarget(Bus));
        await under.Write(await under.Tenant("acme"), "{\"version\":\"0\"}", "{\"version\":\"0\"}");
        await Patiently.Until(() => endpoint.Received.Count == 2, "they came");
        foreach (var received in endpoint.Received)
        {
            var expected = WebhookSignatureTests.Independent(
                PublisherUnderTest.Secret, received.Headers["webhook-id"], received.Headers["webhook-timestamp"], received.Text);
            Assert.Equal("v1," + expected, received.Headers["webhook-signature"]);
        }
    }

    [Fact]
    public async Task An_ARN_without_an_endpoint_waits_until_it_has_one()
    {
        await using var under = await PublisherUnderTest.Start();
        var destination = under.Add("bus", new EventBridgeTarget(Bus));
        await under.Write(await under.Tenant("acme"), "{}");
        await Patiently.Until(async () => (await under.Report(destination))?.LastError is not null, () => "it failed");
        Assert.Equal("its ARN is mapped to no endpoint in Silo:Events:Targets", (await under.Report(destination))!.LastError);
    }

    private static void Map(PublisherUnderTest under, string arn, Endpoint endpoint, string? secret = null) =>
        under.Events.Targets.Add(new ArnTargetOptions { Arn = arn, Url = endpoint.Url.ToString(), Secret = secret });

    private static List<string> Lines(Endpoint endpoint) => [.. endpoint.Bodies.SelectMany(b => b.Split('\n', StringSplitOptions.RemoveEmptyEntries))];

    private static bool Has(List<string> list, string item)
    {
        lock (list) return list.Contains(item);
    }

    private static SnsMessage Read(Received received)
    {
        Assert.True(SnsMessage.TryRead(received.Body, out var message));
        return message;
    }

    /// <summary>As another Silo does that is subscribed to this one.</summary>
    private static async Task<SnsVerdict> Verify(PublisherUnderTest under, SnsMessage message)
    {
        var options = new SnsOptions { Topics = [Topic], OtherSilos = [PublisherUnderTest.PublicUrl] };
        var pem = Encoding.ASCII.GetBytes((await under.Keys.Get(default)).CertificatePem);
        var verifier = new SnsVerifier(
            options, (address, _) => Task.FromResult(address.ToString() == PublisherUnderTest.PublicUrl + "/silo/v1/sns/certificate.pem" ? pem : null),
            under.Time);
        var stranger = new SnsVerifier(new SnsOptions { Topics = [Topic] }, (_, _) => Task.FromResult<byte[]?>(pem), under.Time);
        Assert.Equal(SnsVerdict.Forged, await stranger.Check(message, default));
        return await verifier.Check(message, default);
    }
}
