using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Silo.Core.Messages;
using Silo.Core.Tenants;
using Silo.Server.Delivery;
using Silo.Server.Delivery.Ses;
using Silo.Server.Feedback;
using Silo.Server.Tests.Delivery;
using Xunit;

namespace Silo.Server.Tests.Feedback;

public sealed class SnsFeedbackTests
{
    private const string Path = "/silo/v1/feedback/sns";

    [Theory]
    [InlineData("1")]
    [InlineData("2")]
    public async Task A_signed_record_is_tied_by_its_tag_and_counts_once(string version)
    {
        using var sns = new SnsSender();
        await using var server = await FeedbackServer.Start(sns.Fetch);
        var (id, _, _, _) = await server.Send("ann@example.net");
        var message = sns.Message("Notification", SnsSender.Bounce(Tag(server, id, "ann@example.net"), "ann@example.net"), version: version);
        for (var times = 0; times < 3; times++) Assert.Equal(HttpStatusCode.OK, (await server.Post(Path, message)).Status);
        var bounce = Assert.Single(await server.Events(), e => e.Kind == TenantEventKind.HardBounced);
        var left = Assert.Single(await server.Events(), e => e.Kind == TenantEventKind.HandedOver);
        Assert.Equal((id, "ann@example.net"), (bounce.MessageId, bounce.Recipient));
        Assert.True(bounce.SentAt >= left.SentAt);
        Assert.Equal(new TenantBooks { Accepted = 1, Bounced = 1 }, await server.Books());
        // The certificate is fetched once.
        Assert.Equal([SnsSender.CertificateUrl], sns.Fetched.Select(u => u.ToString()));
    }

    [Fact]
    public async Task What_is_not_signed_by_SNS_of_a_listed_topic_in_its_time_is_refused()
    {
        using var sns = new SnsSender();
        using var stranger = new SnsSender();
        await using var server = await FeedbackServer.Start(sns.Fetch);
        var (id, _, _, _) = await server.Send("ann@example.net");
        var record = SnsSender.Bounce(Tag(server, id, "ann@example.net"), "ann@example.net");
        string[] refused =
        [
            sns.Message("Notification", record, topic: FeedbackServer.Topic + "2"),
            sns.Message("Notification", record, at: DateTimeOffset.UtcNow.AddDays(-2)),
            sns.Message("Notification", record, at: DateTimeOffset.UtcNow.AddHours(1)),
            sns.Message("Notification", record, version: "3"),
            sns.Message("Notification", record, version: "1", change: m => m["SignatureVersion"] = "2"),
            sns.Message("Notification", record, change: m => m["Message"] = record.Replace("ann@", "bob@")),
            sns.Message("Notification", record, change: m => m["Signature"] = "!"),
            stranger.Message("Notification", record),
        ];
        foreach (var message in refused) Assert.Equal(HttpStatusCode.Forbidden, (await server.Post(Path, message)).Status);
        // Raw delivery: the record alone, which nobody signed.
        Assert.Equal(HttpStatusCode.BadRequest, (await server.Post(Path, record)).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await server.Post(Path, new string('x', 600_000))).Status);
        Assert.Equal(new TenantBooks { Accepted = 1, HandedOver = 1 }, await server.Books());
    }

    [Theory]
    [InlineData("http://sns.us-east-1.amazonaws.com/x.pem")]
    [InlineData("https://sns.us-east-1.amazonaws.com.evil.example/x.pem")]
    [InlineData("https://sns.us-east-1.amazonaws.com@evil.example/x.pem")]
    [InlineData("https://evil.example/sns.us-east-1.amazonaws.com/x.pem")]
    [InlineData("https://evil.s3.amazonaws.com/x.pem")]
    [InlineData("https://sns.a.b.amazonaws.com/x.pem")]
    [InlineData("https://sns.s3.amazonaws.com/SimpleNotificationService-f3.pem")]
    [InlineData("https://sns.s3-us-west-2.amazonaws.com/SimpleNotificationService-f3.pem")]
    [InlineData("https://sns.s3-accelerate.amazonaws.com/SimpleNotificationService-f3.pem")]
    [InlineData("https://sns.s3-website-us-east-1.amazonaws.com/SimpleNotificationService-f3.pem")]
    [InlineData("https://sns.s3.cn-north-1.amazonaws.com.cn/SimpleNotificationService-f3.pem")]
    [InlineData("https://sns.us-east-1.amazonaws.com:8443/x.pem")]
    [InlineData("https://sns.us-east-1.amazonaws.com/x.pem#y")]
    [InlineData("https://127.0.0.1/x.pem")]
    [InlineData("file:///etc/passwd")]
    [InlineData("x.pem")]
    public void Certificates_come_from_the_hosts_of_SNS_alone(string url) => Assert.False(PinnedFetcher.IsPinned(url, out _));

    [Theory]
    [InlineData("https://sns.us-east-1.amazonaws.com/SimpleNotificationService-f3.pem")]
    [InlineData("https://sns.us-gov-west-1.amazonaws.com/SimpleNotificationService-01234567890abcdef01234567890abcd.pem")]
    [InlineData("https://sns.cn-north-1.amazonaws.com.cn/SimpleNotificationService-f3.pem")]
    public void The_hosts_of_SNS_are_known_in_both_partitions(string url) => Assert.True(PinnedFetcher.IsCertificate(url, out _));

    [Theory]
    [InlineData("https://sns.us-east-1.amazonaws.com/SimpleNotificationService-f3.pem?1")]
    [InlineData("https://sns.us-east-1.amazonaws.com/?Action=GetTopicAttributes&x=.pem")]
    [InlineData("https://sns.us-east-1.amazonaws.com/x/SimpleNotificationService-f3.pem")]
    [InlineData("https://sns.us-east-1.amazonaws.com/SimpleNotificationService-.pem")]
    [InlineData("https://sns.us-east-1.amazonaws.com/SimpleNotificationService-f3.pem%0A")]
    [InlineData("https://sns.us-east-1.amazonaws.com/other.pem")]
    public void Nothing_else_at_the_hosts_of_SNS_is_a_certificate(string url) => Assert.False(PinnedFetcher.IsCertificate(url, out _));

    [Fact]
    public async Task A_certificate_elsewhere_is_not_fetched_and_one_that_is_not_there_now_is_asked_for_again()
    {
        using var sns = new SnsSender();
        await using var server = await FeedbackServer.Start(sns.Fetch);
        Assert.Equal(HttpStatusCode.Forbidden, (await server.Post(Path, sns.Message("Notification", "{}", certificateUrl: "https://evil.example/x.pem"))).Status);
        Assert.Empty(sns.Fetched);
        sns.IsAway = true;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await server.Post(Path, sns.Message("Notification", "{}"))).Status);
        sns.IsAway = false;
        Assert.Equal(HttpStatusCode.OK, (await server.Post(Path, sns.Message("Notification", "{}"))).Status);
        // Strangers name what is fetched: ten a minute is enough.
        for (var i = 0; i < 20; i++) await server.Post(Path, sns.Message("Notification", "{}", certificateUrl: $"https://sns.us-east-1.amazonaws.com/SimpleNotificationService-{i:x}.pem"));
        Assert.Equal(10, sns.Fetched.Count);
        Assert.Equal(HttpStatusCode.OK, (await server.Post(Path, sns.Message("Notification", "{}"))).Status);
    }

    [Fact]
    public async Task A_subscription_is_confirmed_for_listed_topics_at_pinned_hosts_alone()
    {
        using var sns = new SnsSender();
        await using var server = await FeedbackServer.Start(sns.Fetch);
        const string confirm = "https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription&Token=2336";
        Assert.Equal(HttpStatusCode.Forbidden, (await server.Post(Path, sns.Message("SubscriptionConfirmation", "x", FeedbackServer.Topic + "2", subscribeUrl: confirm))).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await server.Post(Path, sns.Message("SubscriptionConfirmation", "x", subscribeUrl: "https://evil.example/"))).Status);
        Assert.DoesNotContain(sns.Fetched, u => u.Query.Length > 0 || u.Host == "evil.example");
        Assert.Equal(HttpStatusCode.OK, (await server.Post(Path, sns.Message("SubscriptionConfirmation", "x", subscribeUrl: confirm))).Status);
        Assert.Contains(new Uri(confirm), sns.Fetched);
        Assert.Equal(HttpStatusCode.OK, (await server.Post(Path, sns.Message("UnsubscribeConfirmation", "x", subscribeUrl: confirm))).Status);
    }

    [Fact]
    public async Task Records_without_a_reference_with_a_forged_one_or_of_other_things_change_nothing()
    {
        using var sns = new SnsSender();
        await using var server = await FeedbackServer.Start(sns.Fetch);
        var (id, _, _, _) = await server.Send("ann@example.net");
        var reference = Tag(server, id, "ann@example.net");
        string[] records =
        [
            SnsSender.Bounce(null, "ann@example.net"), SnsSender.Bounce("b" + reference[1..], "ann@example.net"),
            SnsSender.Record("DeliveryDelay", reference, "ann@example.net", "\"deliveryDelay\":{\"delayedRecipients\":[{\"emailAddress\":\"ann@example.net\"}]}"),
            SnsSender.Record("Rendering Failure", reference, "ann@example.net", "\"failure\":{}"),
            "{\"notificationType\":\"AmazonSnsSubscriptionSucceeded\",\"message\":\"hello\"}", "not JSON",
        ];
        foreach (var record in records) Assert.Equal(HttpStatusCode.OK, (await server.Post(Path, sns.Message("Notification", record))).Status);
        Assert.Equal(new TenantBooks { Accepted = 1, HandedOver = 1 }, await server.Books());
    }

    [Fact]
    public async Task Deliveries_complaints_and_rejections_find_their_unit()
    {
        using var sns = new SnsSender();
        await using var server = await FeedbackServer.Start(sns.Fetch);
        var (one, _, _, _) = await server.Send("ann@yahoo.com");
        var (two, _, _, _) = await server.Send("bob@yahoo.com");
        string[] records =
        [
            // SES lists every recipient at the complaining domain when the provider blacks out who it was.
            SnsSender.Record("Complaint", Tag(server, one, "ann@yahoo.com"), "ann@yahoo.com",
                "\"complaint\":{\"complainedRecipients\":[{\"emailAddress\":\"other@yahoo.com\"},{\"emailAddress\":\"ann@yahoo.com\"}],\"complaintFeedbackType\":\"fraud\"}"),
            SnsSender.Record("Delivery", Tag(server, one, "ann@yahoo.com"), "ann@yahoo.com", "\"delivery\":{\"recipients\":[\"ann@yahoo.com\"],\"smtpResponse\":\"250 ok\"}"),
            SnsSender.Record("Reject", Tag(server, two, "bob@yahoo.com"), "bob@yahoo.com", "\"reject\":{\"reason\":\"Bad content\"}"),
        ];
        foreach (var record in records) Assert.Equal(HttpStatusCode.OK, (await server.Post(Path, sns.Message("Notification", record))).Status);
        Assert.Equal(new TenantBooks { Accepted = 2, Delivered = 1, Bounced = 1 }, await server.Books());
        var complaint = Assert.Single(await server.Events(), e => e.Kind == TenantEventKind.Complained);
        Assert.Equal(("ann@yahoo.com", "fraud"), (complaint.Recipient, complaint.ComplaintType));
        Assert.Equal("Bad content", Assert.Single(await server.Events(), e => e.Kind == TenantEventKind.SoftBounced).Diagnostic);
    }

    [Fact]
    public async Task A_record_counts_when_its_mail_left_though_the_log_knows_nothing_of_it_and_others_are_named_first()
    {
        using var sns = new SnsSender();
        await using var server = await FeedbackServer.Start(sns.Fetch);
        // It waited for hours before it left.
        var id = MessageIdFormat.Create(DateTimeOffset.UtcNow.AddHours(-5), 1);
        var before = DateTimeOffset.UtcNow.AddSeconds(-1);
        var record = SnsSender.Record("Complaint", Tag(server, id, "ann@yahoo.com"), "ann@yahoo.com",
            "\"complaint\":{\"complainedRecipients\":[{\"emailAddress\":\"other@yahoo.com\"},{\"emailAddress\":\"ann@yahoo.com\"}]}");
        Assert.Equal(HttpStatusCode.OK, (await server.Post(Path, sns.Message("Notification", record))).Status);
        var complaint = Assert.Single(await server.Events(), e => e.Kind == TenantEventKind.Complained);
        Assert.Equal((id, "ann@yahoo.com"), (complaint.MessageId, complaint.Recipient));
        Assert.InRange(complaint.SentAt!.Value, before, DateTimeOffset.UtcNow);
    }

    [Fact]
    public async Task An_event_of_EventBridge_is_taken_with_the_secret_alone()
    {
        await using var server = await FeedbackServer.Start();
        var (id, _, _, _) = await server.Send("ann@example.net");
        var bounce = SnsSender.Bounce(Tag(server, id, "ann@example.net"), "ann@example.net");
        var body = "{\"version\":\"0\",\"detail-type\":\"Email Bounced\",\"source\":\"aws.ses\",\"detail\":" + bounce + "}";
        foreach (var secret in new[] { null, "", FeedbackServer.Secret + "x" })
            Assert.Equal(HttpStatusCode.Forbidden, (await server.Post("/silo/v1/feedback/eventbridge", body, secret: secret)).Status);
        for (var times = 0; times < 2; times++)
            Assert.Equal(HttpStatusCode.OK, (await server.Post("/silo/v1/feedback/eventbridge", body, secret: FeedbackServer.Secret)).Status);
        Assert.Equal(new TenantBooks { Accepted = 1, Bounced = 1 }, await server.Books());
    }

    [Fact]
    public async Task A_record_that_cannot_be_stored_is_asked_for_again()
    {
        using var sns = new SnsSender();
        await using var server = await FeedbackServer.Start(sns.Fetch);
        var (id, _, _, _) = await server.Send("ann@example.net");
        var message = sns.Message("Notification", SnsSender.Bounce(Tag(server, id, "ann@example.net"), "ann@example.net"));
        server.Spool.FailsWrite = w => w.Marks.Count > 0;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await server.Post(Path, message)).Status);
        server.Spool.FailsWrite = null;
        Assert.Equal(HttpStatusCode.OK, (await server.Post(Path, message)).Status);
        Assert.Equal(new TenantBooks { Accepted = 1, Bounced = 1 }, await server.Books());
    }

    [Fact]
    public void Mail_by_SES_carries_the_reference_as_a_tag_that_no_sender_can_set()
    {
        var options = new FeedbackOptions { Sns = { Topics = [FeedbackServer.Topic] } };
        var codec = new ReferenceCodec(new ReferenceKeys([new ReferenceKey(1, new byte[32])]));
        var id = MessageIdFormat.Create(DateTimeOffset.UtcNow, 1);
        MessageTag[] own = [new(SesFeedback.Tag, "mine"), .. Enumerable.Range(0, 49).Select(i => new MessageTag($"t{i}", "x"))];
        var usual = HandOvers.To("ann@example.net", messageId: id, with: e => e with { Tags = own });
        var handOver = new HandOver(HandOvers.OpenGate(), usual.Envelope, usual.Recipient, usual.Content, 1, TimeProvider.System)
        {
            TenantKey = 7, References = new OutgoingReferences(options, codec, TimeProvider.System),
        };
        var tags = JsonNode.Parse(SendEmailBody.Write(handOver, new SesOptions()).Span)!["EmailTags"]!.AsArray();
        Assert.Equal(50, tags.Count);
        var tag = Assert.Single(tags, t => (string)t!["Name"]! == SesFeedback.Tag)!;
        Assert.Equal(ReferenceReading.Valid, codec.ReadTag((string)tag["Value"]!, DateTimeOffset.UtcNow, out var reference));
        Assert.Equal((7, id, UnitState.HandedOver), (reference!.TenantKey, reference.MessageId, reference.Left));
        Assert.NotNull(reference.SentAt);
        // Nothing of SES is listened to: nothing is added.
        var silent = JsonNode.Parse(SendEmailBody.Write(usual, new SesOptions()).Span)!["EmailTags"]!.AsArray();
        Assert.Contains(silent, t => (string)t!["Value"]! == "mine");
    }

    [Fact]
    public async Task What_is_not_configured_is_not_there()
    {
        await using var server = await FeedbackServer.Start(null, ("Silo:Feedback:Sns:Topics:0", ""), ("Silo:Feedback:EventBridge:Secret", ""));
        Assert.Equal(HttpStatusCode.NotFound, (await server.Post(Path, "{}")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await server.Post("/silo/v1/feedback/eventbridge", "{}", secret: "")).Status);
    }

    private static string Tag(FeedbackServer server, string messageId, string recipient) =>
        server.Provider.GetRequiredService<OutgoingReferences>().TagOf(server.AccountKey, messageId, recipient)!;
}
