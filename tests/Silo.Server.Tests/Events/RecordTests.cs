using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Silo.Core.Contacts;
using Silo.Core.Delivery;
using Silo.Core.Messages;
using Silo.Core.Reputation;
using Silo.Core.Suppression;
using Silo.Core.Suspension;
using Silo.Core.Tenants;
using Silo.Server.Accounts;
using Silo.Server.Events;
using Silo.Storage;
using Xunit;

namespace Silo.Server.Tests.Events;

/// <summary>Records against the samples of SES's pages, member by member and in their order.</summary>
public sealed class RecordTests
{
    private const string TenantId = "tn-0a1b2c3d4e5f60718293a4b5c6d7e8";

    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly DateTimeOffset Accepted = new(2026, 3, 2, 10, 0, 0, 120, TimeSpan.Zero);
    private static readonly string MessageId = MessageIdFormat.Create(Accepted, 7);
    private static readonly NoticeRenderer Renderer = new(new Arns("us-east-1", "123456789012"), "out-7.mta.example");

    [Fact]
    public void A_bounce_reads_as_in_SESs_own_sample()
    {
        var notice = Render(
            new TenantEvent
            {
                Kind = TenantEventKind.HardBounced, At = At("10:00:02.310"), MessageId = MessageId, Recipient = "ann@example.net",
                Bounce = BounceSubType.NoEmail, Diagnostic = "550 5.1.1 no such user",
            })!;
        var record = JsonNode.Parse(notice.Record.Span)!;
        var feedbackId = record["bounce"]!["feedbackId"]!.GetValue<string>();

        Assert.Matches("^0100[0-9a-f]{12}-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}-000000$", feedbackId);
        Assert.Equal(("Bounce", "ntc_0a1b2c3d4e5f60718293a4b5c6d7e8_12", 12L), (notice.Type, notice.Id, notice.Sequence));
        Assert.Equal(
            Flat($$"""
            {
              "eventType": "Bounce",
              "mail": {
                "timestamp": "2026-03-02T10:00:00.120Z",
                "source": "news@mail.acme.example",
                "sourceArn": "arn:aws:ses:us-east-1:123456789012:identity/mail.acme.example",
                "sendingAccountId": "123456789012",
                "messageId": "{{MessageId}}",
                "destination": ["ann@example.net"],
                "headersTruncated": false,
                "headers": [
                  {"name": "From", "value": "Acme <news@mail.acme.example>"},
                  {"name": "To", "value": "ann@example.net"},
                  {"name": "Subject", "value": "Spring news"},
                  {"name": "MIME-Version", "value": "1.0"}
                ],
                "commonHeaders": {
                  "from": ["Acme <news@mail.acme.example>"],
                  "to": ["ann@example.net"],
                  "messageId": "{{MessageId}}",
                  "subject": "Spring news"
                },
                "tags": {
                  "ses:configuration-set": ["acme-cs"],
                  "ses:source-ip": ["192.0.2.44"],
                  "ses:from-domain": ["mail.acme.example"],
                  "ses:caller-identity": ["app"],
                  "ses:tenant-name": ["acme"],
                  "campaign": ["spring"]
                }
              },
              "bounce": {
                "bounceType": "Permanent",
                "bounceSubType": "NoEmail",
                "bouncedRecipients": [
                  {"emailAddress": "ann@example.net", "action": "failed", "status": "5.1.1", "diagnosticCode": "smtp; 550 5.1.1 no such user"}
                ],
                "timestamp": "2026-03-02T10:00:02.310Z",
                "feedbackId": "{{feedbackId}}",
                "reportingMTA": "dsn; out-7.mta.example"
              }
            }
            """),
            Encoding.UTF8.GetString(notice.Record.Span));
    }

    public static TheoryData<TenantEvent, string> Samples => new()
    {
        { Of(TenantEventKind.Accepted), """{"eventType":"Send","send":{}}""" },
        {
            Of(TenantEventKind.Delivered, "10:00:01.700") with { Diagnostic = "250 2.0.0 accepted", RemoteHost = "198.51.100.9" },
            """{"eventType":"Delivery","delivery":{"timestamp":"2026-03-02T10:00:01.700Z","processingTimeMillis":1580,"recipients":["ann@example.net"],"smtpResponse":"250 2.0.0 accepted","reportingMTA":"out-7.mta.example","remoteMtaIp":"198.51.100.9"}}"""
        },
        {
            Of(TenantEventKind.Complained, "11:20:00") with { ComplaintType = "abuse" },
            """{"eventType":"Complaint","complaint":{"complainedRecipients":[{"emailAddress":"ann@example.net"}],"timestamp":"2026-03-02T11:20:00.000Z","feedbackId":"*","complaintSubType":null,"complaintFeedbackType":"abuse","arrivalDate":"2026-03-02T11:20:00.000Z"}}"""
        },
        { Of(TenantEventKind.Rejected), """{"eventType":"Reject","reject":{"reason":"Bad content"}}""" },
        { Of(TenantEventKind.Opened, "12:00:00"), """{"eventType":"Open","open":{"timestamp":"2026-03-02T12:00:00.000Z"}}""" },
        { Of(TenantEventKind.Clicked, "12:00:05"), """{"eventType":"Click","click":{"timestamp":"2026-03-02T12:00:05.000Z"}}""" },
        {
            Of(TenantEventKind.RenderingFailed) with { TemplateName = "welcome", Diagnostic = "Attribute 'name' is not present in the rendering data." },
            """{"eventType":"Rendering Failure","failure":{"templateName":"welcome","errorMessage":"Attribute 'name' is not present in the rendering data."}}"""
        },
        {
            Of(TenantEventKind.Deferred, "10:05:00") with
            {
                Delay = DelayType.TransientCommunicationFailure, ExpiresAt = new(2026, 3, 3, 0, 0, 0, TimeSpan.Zero),
                Recipient = "bob@example.org", Diagnostic = "421 4.4.1 cannot connect",
            },
            """{"eventType":"DeliveryDelay","deliveryDelay":{"timestamp":"2026-03-02T10:05:00.000Z","delayType":"TransientCommunicationFailure","expirationTime":"2026-03-03T00:00:00.000Z","reportingMTA":"out-7.mta.example","delayedRecipients":[{"emailAddress":"bob@example.org","status":"4.4.1","diagnosticCode":"smtp; 421 4.4.1 cannot connect"}]}}"""
        },
        {
            Of(TenantEventKind.Waited, "10:05:00") with { Delay = DelayType.SendingDeferral, WaitsFor = "tenant:rate" },
            """{"eventType":"DeliveryDelay","deliveryDelay":{"timestamp":"2026-03-02T10:05:00.000Z","delayType":"SendingDeferral","reportingMTA":"out-7.mta.example","delayedRecipients":[{"emailAddress":"ann@example.net","diagnosticCode":"Waits for tenant:rate"}]}}"""
        },
        {
            Of(TenantEventKind.Unsubscribed, "12:30:00"),
            """{"eventType":"Subscription","subscription":{"timestamp":"2026-03-02T12:30:00.000Z","source":"UnsubscribeHeader","newTopicPreferences":{"unsubscribeAll":true,"topicSubscriptionStatus":[]},"oldTopicPreferences":{"unsubscribeAll":false,"topicSubscriptionStatus":[]}}}"""
        },
        {
            Of(TenantEventKind.PreferencesChanged, "12:30:00") with
            {
                Subscription = new SubscriptionChange(
                    "main", SubscriptionChange.Page, new SubscriptionState(true, [], [new("news", SubscriptionStatus.OptIn)]),
                    new SubscriptionState(false, [new("news", SubscriptionStatus.OptOut)], [])),
            },
            """{"eventType":"Subscription","subscription":{"contactList":"main","timestamp":"2026-03-02T12:30:00.000Z","source":"UnsubscribePage","newTopicPreferences":{"unsubscribeAll":false,"topicSubscriptionStatus":[{"topicName":"news","subscriptionStatus":"OptOut"}]},"oldTopicPreferences":{"unsubscribeAll":true,"topicSubscriptionStatus":[],"topicDefaultSubscriptionStatus":[{"topicName":"news","subscriptionStatus":"OptIn"}]}}}"""
        },
        {
            Of(TenantEventKind.Suppressed) with { Bounce = BounceSubType.OnTenantSuppressionList, ListedFor = SuppressionReason.Bounce },
            """{"eventType":"Bounce","bounce":{"bounceType":"Permanent","bounceSubType":"OnTenantSuppressionList","bouncedRecipients":[{"emailAddress":"ann@example.net"}],"timestamp":"2026-03-02T10:00:00.120Z","feedbackId":"*"}}"""
        },
        {
            Of(TenantEventKind.Suppressed) with { Bounce = BounceSubType.OnAccountSuppressionList, ListedFor = SuppressionReason.Complaint },
            """{"eventType":"Complaint","complaint":{"complainedRecipients":[{"emailAddress":"ann@example.net"}],"timestamp":"2026-03-02T10:00:00.120Z","feedbackId":"*","complaintSubType":"OnAccountSuppressionList"}}"""
        },
        {
            Of(TenantEventKind.Expired, "10:00:02") with { Bounce = BounceSubType.CustomTimeoutExceeded, Diagnostic = "421 try again" },
            """{"eventType":"Bounce","bounce":{"bounceType":"Transient","bounceSubType":"CustomTimeoutExceeded","bouncedRecipients":[{"emailAddress":"ann@example.net","action":"failed","status":"4.4.7","diagnosticCode":"smtp; 421 try again"}],"timestamp":"2026-03-02T10:00:02.000Z","feedbackId":"*","reportingMTA":"dsn; out-7.mta.example"}}"""
        },
        {
            Of(TenantEventKind.Blocked, "10:00:02") with { Diagnostic = "Our own sentence." },
            """{"eventType":"Bounce","bounce":{"bounceType":"Transient","bounceSubType":"General","bouncedRecipients":[{"emailAddress":"ann@example.net","action":"failed","diagnosticCode":"Our own sentence."}],"timestamp":"2026-03-02T10:00:02.000Z","feedbackId":"*","reportingMTA":"dsn; out-7.mta.example"}}"""
        },
    };

    [Theory]
    [MemberData(nameof(Samples))]
    public void Each_type_reads_as_in_SESs_own_sample(TenantEvent e, string expected)
    {
        var notice = Render(e)!;
        var record = JsonNode.Parse(notice.Record.Span)!.AsObject();
        Assert.Equal(MessageId, record["mail"]!["messageId"]!.GetValue<string>());
        record.Remove("mail");
        foreach (var part in record.Select(p => p.Value).OfType<JsonObject>().Where(p => p.ContainsKey("feedbackId"))) part["feedbackId"] = "*";
        Assert.Equal(expected, record.ToJsonString(Plain));
        // Told again it is the same, to the byte: receivers know it by its id.
        Assert.Equal(notice.Record.ToArray(), Render(e)!.Record.ToArray());
    }

    [Fact]
    public void What_SES_publishes_no_event_of_makes_no_notice()
    {
        Assert.Null(Render(Of(TenantEventKind.HandedOver)));
        Assert.Null(Render(Of(TenantEventKind.Deferred)));
        Assert.Null(Render(Of(TenantEventKind.Cancelled)));
        Assert.Null(Render(Of(TenantEventKind.PolicyChanged)));
    }

    [Fact]
    public void A_change_of_status_is_the_EventBridge_event_of_SES_for_default_destinations_of_any_kind()
    {
        var at = At("10:15:07.671");
        var e = new TenantEvent
        {
            Kind = TenantEventKind.StatusChanged, At = at, Origin = StatusOrigin.CustomerManaged, Cause = "Status manually updated.",
            Standing = TenantStanding.Created(Accepted) with { Customer = new(SendingStatus.Disabled, "Status manually updated.", at) },
        };
        var notice = Render(e, Default())!;
        var id = JsonNode.Parse(notice.Record.Span)!["id"]!.GetValue<string>();

        Assert.Matches("^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$", id);
        Assert.Equal("Sending Status Disabled", notice.Type);
        Assert.Equal(
            Flat($$"""
            {
              "version": "0", "id": "{{id}}", "detail-type": "Sending Status Disabled", "source": "aws.ses", "account": "123456789012",
              "time": "2026-03-02T10:15:07Z", "region": "us-east-1",
              "resources": ["arn:aws:ses:us-east-1:123456789012:tenant/acme/tn-0a1b2c3d4e5f60718293a4b5c6d7e8"],
              "detail": {
                "version": "1.0.0",
                "data": {
                  "origin": "CUSTOMER_MANAGED",
                  "record": {
                    "status": "DISABLED", "cause": "Status manually updated.", "lastUpdatedTimestamp": [2026, 3, 2, 10, 15, 7, 671000000]
                  }
                }
              }
            }
            """),
            Encoding.UTF8.GetString(notice.Record.Span));
        Assert.Null(Render(e));
        var reinstated = e with { Standing = e.Standing! with { Customer = new(SendingStatus.Reinstated, "x", at) } };
        Assert.Equal("Sending Status Enabled", Render(reinstated, Default())!.Type);
        Assert.Contains("\"status\":\"REINSTATED\"", Encoding.UTF8.GetString(Render(reinstated, Default())!.Record.Span), StringComparison.Ordinal);
    }

    [Fact]
    public void A_finding_is_the_EventBridge_event_of_SES()
    {
        var e = new TenantEvent
        {
            Kind = TenantEventKind.FindingOpened, At = At("10:14:59"),
            Finding = new Finding
            {
                Type = FindingType.Bounce, Impact = FindingImpact.High, OpenedAt = Accepted, UpdatedAt = Accepted,
                Description = "Bounce rate 16.2% over a representative volume of 812 messages.",
            },
        };
        var notice = Render(e, Default())!;
        var id = JsonNode.Parse(notice.Record.Span)!["id"]!.GetValue<string>();

        Assert.Equal(
            Flat($$"""
            {
              "version": "0", "id": "{{id}}", "detail-type": "Advisor Recommendation Status Open", "source": "aws.ses", "account": "123456789012",
              "time": "2026-03-02T10:14:59Z", "region": "us-east-1",
              "resources": ["arn:aws:ses:us-east-1:123456789012:tenant/acme/tn-0a1b2c3d4e5f60718293a4b5c6d7e8"],
              "detail": {
                "version": "1.0.0",
                "data": "Bounce rate 16.2% over a representative volume of 812 messages.",
                "metadata": {"impact": "HIGH", "type": "BOUNCE"}
              }
            }
            """),
            Encoding.UTF8.GetString(notice.Record.Span));
        Assert.Equal("Advisor Recommendation Status Resolved", Render(e with { Kind = TenantEventKind.FindingClosed }, Default())!.Type);
    }

    [Fact]
    public void For_an_event_bus_the_record_is_the_detail_of_an_event()
    {
        var bounce = Of(TenantEventKind.HardBounced);
        var plain = Render(bounce)!;
        var bridged = Render(bounce, Default() with { Destination = Destination(new EventBridgeTarget("arn:bus")) })!;
        var outer = JsonNode.Parse(bridged.Record.Span)!;

        Assert.Equal(["version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail"], outer.AsObject().Select(p => p.Key));
        Assert.Equal("Email Bounced", outer["detail-type"]!.GetValue<string>());
        Assert.Equal("arn:aws:ses:us-east-1:123456789012:configuration-set/acme-cs", outer["resources"]![0]!.GetValue<string>());
        Assert.Equal(Encoding.UTF8.GetString(plain.Record.Span), outer["detail"]!.ToJsonString(Plain));
        Assert.Equal(plain.Id, bridged.Id);
    }

    [Fact]
    public void A_destination_gets_the_types_it_asks_for_of_its_own_set_since_it_was_made()
    {
        var bounce = Of(TenantEventKind.HardBounced, "10:00:02");
        Assert.NotNull(Render(bounce, Set("acme-cs", SesEventType.Bounce)));
        Assert.Null(Render(bounce, Set("acme-cs", SesEventType.Send, SesEventType.Complaint)));
        Assert.Null(Render(bounce, Set("other", SesEventType.Bounce)));
        Assert.NotNull(Render(bounce, Default()));
        var young = Default() with { Destination = Destination(new SnsTarget("arn")) with { CreatedAt = At("10:00:02.001") } };
        Assert.Null(Render(bounce, young));
    }

    [Fact]
    public void Long_after_its_message_a_record_tells_what_the_event_itself_knows()
    {
        var e = Of(TenantEventKind.Complained, "12:00:00");
        var stored = Stored(e) with { Facts = null, ConfigurationSetName = null };
        var record = JsonNode.Parse(Renderer.Render(stored, "acme", TenantId, Default())!.Record.Span)!;

        Assert.Equal(
            $$$"""{"timestamp":"2026-03-02T10:00:00.120Z","sendingAccountId":"123456789012","messageId":"{{{MessageId}}}","destination":["ann@example.net"],"tags":{"ses:tenant-name":["acme"]}}""",
            record["mail"]!.ToJsonString(Plain));
    }

    [Fact]
    public void Headers_are_cut_at_ten_kilobytes_and_hide_who_is_not_to_be_seen()
    {
        var headers = new List<MessageHeader> { new("From", "a@example.com"), new("Bcc", "secret@example.net"), new("resent-bcc", "secret@example.net") };
        for (var i = 0; i < 30; i++) headers.Add(new MessageHeader($"X-{i:D2}", new string('x', 1_000)));
        var mail = JsonNode.Parse(MailFacts.Write(Envelope(), headers, "123456789012", default))!;

        Assert.True(mail["headersTruncated"]!.GetValue<bool>());
        var kept = mail["headers"]!.AsArray().Select(h => h!["name"]!.GetValue<string>()).ToList();
        Assert.Equal(["From", .. Enumerable.Range(0, 10).Select(i => $"X-{i:D2}")], kept);
        Assert.DoesNotContain("secret", mail.ToJsonString(), StringComparison.Ordinal);
        Assert.False(JsonNode.Parse(MailFacts.Write(Envelope(), headers[..3], "1", default))!["headersTruncated"]!.GetValue<bool>());
    }

    private static TenantEvent Of(TenantEventKind kind, string? time = null) => new()
    {
        Kind = kind, At = time is null ? Accepted : At(time), MessageId = MessageId, Recipient = "ann@example.net",
    };

    private static DateTimeOffset At(string time) => new(DateOnly.FromDateTime(Accepted.Date), TimeOnly.Parse(time), TimeSpan.Zero);

    private static Notice? Render(TenantEvent e, ScopedDestination? destination = null) =>
        Renderer.Render(Stored(e), "acme", TenantId, destination ?? Set("acme-cs", Enum.GetValues<SesEventType>()));

    private static StoredNotice Stored(TenantEvent e) => new(5, 12, e.At, (int)e.Kind, e.ToPayload())
    {
        ConfigurationSetName = "acme-cs",
        Facts = MailFacts.Write(
            Envelope(),
            [
                new("From", "Acme <news@mail.acme.example>"), new("To", "ann@example.net"), new("Bcc", "secret@example.net"),
                new("Subject", "Spring news"), new("MIME-Version", "1.0"),
            ], "123456789012", new SendOrigin("192.0.2.44", "app")),
    };

    private static Envelope Envelope() => new()
    {
        MessageId = MessageId, TenantName = "acme", Sender = "news@mail.acme.example", FromAddress = "news@mail.acme.example",
        IdentityArn = "arn:aws:ses:us-east-1:123456789012:identity/mail.acme.example", ConfigurationSetName = "acme-cs", Subject = "Spring news",
        Tags = [new("campaign", "spring")], Destination = ["ann@example.net"], AcceptedAt = Accepted, SizeBytes = 1,
    };

    private static ScopedDestination Default() => new(null, Destination(new SnsTarget("arn:topic")));

    private static ScopedDestination Set(string name, params SesEventType[] types) =>
        new(name, Destination(new SnsTarget("arn:topic")) with { MatchingEventTypes = types });

    private static EventDestination Destination(EventTarget target) => new()
    {
        Name = "d", Enabled = true, MatchingEventTypes = Enum.GetValues<SesEventType>(), CreatedAt = Accepted.AddDays(-1), Target = target,
    };

    private static string Flat(string json) => JsonNode.Parse(json)!.ToJsonString(Plain);
}
