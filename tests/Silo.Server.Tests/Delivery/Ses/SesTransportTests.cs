using System.Text;
using Silo.Core.Delivery;
using Silo.Core.Messages;
using Silo.Core.Tenants;
using Silo.Server.Delivery;
using Silo.Server.Delivery.Ses;
using Xunit;
using static Silo.Server.Tests.Delivery.Ses.SesTransports;

namespace Silo.Server.Tests.Delivery.Ses;

public class SesTransportTests
{
    [Fact]
    public async Task What_SES_takes_is_handed_over_under_its_id()
    {
        await using var ses = new ScriptedSes { Answer = _ => ScriptedSes.Ok("0100018f-abc") };
        await using var transport = Transport(ses.Endpoint);
        var result = await transport.Carry(HandOvers.To("r@example.com"));
        Assert.Equal((DeliveryResultKind.HandedOver, DeliveryStage.FinalDot, "0100018f-abc"), (result.Kind, result.Stage, result.RemoteId));
        Assert.Equal(ses.Endpoint["http://".Length..], result.RemoteHost);
    }

    [Fact]
    public async Task The_call_names_the_one_recipient_and_what_the_envelope_says()
    {
        await using var ses = new ScriptedSes();
        await using var transport = Transport(ses.Endpoint, o =>
        {
            o.TenantPrefix = "silo-";
            o.SessionToken = "token";
        });
        await transport.Carry(HandOvers.To("r@example.com", messageId: "0100-7", with: e => e with
        {
            TenantName = "acme", Destination = ["r@example.com", "other@example.net"], Sender = "bounces@example.org",
            ConfigurationSetName = "news", Tags = [new MessageTag("campaign", "spring")],
        }));
        var call = Assert.Single(ses.Sends);
        Assert.Equal(("POST", "/v2/email/outbound-emails", "token"), (call.Method, call.Path, call.Headers["x-amz-security-token"]));
        Assert.Equal("application/json", call.Headers["content-type"]);
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(call.Body)), call.Headers["x-amz-content-sha256"]);
        var json = call.Json;
        Assert.Equal(["Content", "ConfigurationSetName", "Destination", "EmailTags", "FeedbackForwardingEmailAddress", "FromEmailAddress", "TenantName"],
            json.AsObject().Select(m => m.Key).Order(StringComparer.OrdinalIgnoreCase).OrderBy(k => k != "Content"));
        Assert.Equal("""{"ToAddresses":["r@example.com"]}""", json["Destination"]!.ToJsonString());
        Assert.Equal(("s@example.org", "bounces@example.org"), ((string?)json["FromEmailAddress"], (string?)json["FeedbackForwardingEmailAddress"]));
        Assert.Equal(("silo-acme", "news"), ((string?)json["TenantName"], (string?)json["ConfigurationSetName"]));
        Assert.Equal(
            """[{"Name":"campaign","Value":"spring"},{"Name":"silo-message-id","Value":"0100-7"}]""", json["EmailTags"]!.ToJsonString());
        Assert.EndsWith("\r\n\r\n.hello\r\n", Encoding.ASCII.GetString(Convert.FromBase64String((string)json["Content"]!["Raw"]!["Data"]!)));
    }

    [Fact]
    public async Task What_the_options_suppress_does_not_go_along()
    {
        await using var ses = new ScriptedSes();
        await using var transport = Transport(ses.Endpoint, o =>
        {
            (o.PassTenantName, o.PassTags, o.MessageIdTag, o.PassFeedbackAddress) = (false, false, "", false);
            o.ConfigurationSets = new() { ["news"] = "" };
        });
        await transport.Carry(HandOvers.To("r@example.com", with: e => e with
        {
            Sender = "bounces@example.org", ConfigurationSetName = "news", Tags = [new MessageTag("campaign", "spring")],
        }));
        Assert.Equal(["Content", "Destination", "FromEmailAddress"], Assert.Single(ses.Sends).Json.AsObject().Select(m => m.Key).Order());
    }

    [Theory]
    [InlineData("news", true, "there")]
    [InlineData("other", true, "other")]
    [InlineData("other", false, null)]
    [InlineData(null, true, null)]
    public async Task A_configuration_set_goes_by_its_name_there(string? here, bool passes, string? there)
    {
        await using var ses = new ScriptedSes();
        await using var transport = Transport(ses.Endpoint, o =>
        {
            o.PassConfigurationSetName = passes;
            o.ConfigurationSets = new() { ["news"] = "there" };
        });
        await transport.Carry(HandOvers.To("r@example.com", with: e => e with { ConfigurationSetName = here }));
        Assert.Equal(there, (string?)Assert.Single(ses.Sends).Json["ConfigurationSetName"]);
    }

    [Fact]
    public async Task Mail_of_the_account_names_no_tenant_and_the_null_sender_no_feedback_address()
    {
        await using var ses = new ScriptedSes();
        await using var transport = Transport(ses.Endpoint, o => o.TenantPrefix = "p-");
        await transport.Carry(HandOvers.To("r@example.com", with: e => e with { TenantName = TenantName.Account, Sender = "" }));
        var json = Assert.Single(ses.Sends).Json;
        Assert.Null(json["TenantName"]);
        Assert.Null(json["FeedbackForwardingEmailAddress"]);
    }

    [Fact]
    public async Task A_message_with_fifty_tags_keeps_them_all()
    {
        await using var ses = new ScriptedSes();
        await using var transport = Transport(ses.Endpoint);
        await transport.Carry(HandOvers.To("r@example.com", with: e => e with
        {
            Tags = [.. Enumerable.Range(0, MessageTags.MaxCount).Select(i => new MessageTag($"t{i}", "v"))],
        }));
        Assert.Equal(Enumerable.Range(0, 50).Select(i => $"t{i}"), Assert.Single(ses.Sends).Json["EmailTags"]!.AsArray().Select(t => (string)t!["Name"]!));
    }

    [Theory]
    // Whose fault: the account's or the set-up's. It never bounces a recipient.
    [InlineData(403, "InvalidSignatureException", "The signature does not match.", DeliveryResultKind.RouteFailed, DeliveryStage.Authenticate)]
    [InlineData(400, "IncompleteSignatureException", "No.", DeliveryResultKind.RouteFailed, DeliveryStage.Authenticate)]
    [InlineData(403, "ExpiredTokenException", "Expired.", DeliveryResultKind.RouteFailed, DeliveryStage.Authenticate)]
    [InlineData(403, "AccessDeniedException", "Tenant not associated with resources [arn].", DeliveryResultKind.RouteFailed, DeliveryStage.Mail)]
    [InlineData(403, "", "", DeliveryResultKind.RouteFailed, DeliveryStage.Mail)]
    [InlineData(404, "NotFoundException", "Tenant t for AwsAccountId 1 not found.", DeliveryResultKind.RouteFailed, DeliveryStage.Mail)]
    [InlineData(404, "", "", DeliveryResultKind.RouteFailed, DeliveryStage.Hello)]
    [InlineData(404, "UnknownOperationException", "", DeliveryResultKind.RouteFailed, DeliveryStage.Hello)]
    [InlineData(301, "", "", DeliveryResultKind.RouteFailed, DeliveryStage.Hello)]
    [InlineData(405, "", "", DeliveryResultKind.RouteFailed, DeliveryStage.Hello)]
    [InlineData(407, "", "", DeliveryResultKind.RouteFailed, DeliveryStage.Hello)]
    [InlineData(400, "MailFromDomainNotVerifiedException", "MAIL FROM.", DeliveryResultKind.RouteFailed, DeliveryStage.Mail)]
    [InlineData(400, "MessageRejected", "Email address is not verified. The following identities failed the check in region X: r@example.com", DeliveryResultKind.RouteFailed, DeliveryStage.Mail)]
    [InlineData(400, "MessageRejected", "", DeliveryResultKind.RouteFailed, DeliveryStage.Mail)]
    [InlineData(400, "BadRequestException", "Value at 'ConfigurationSetName' is not valid.", DeliveryResultKind.RouteFailed, DeliveryStage.Mail)]
    [InlineData(400, "BadRequestException", "TenantName must have 1 to 64 characters", DeliveryResultKind.RouteFailed, DeliveryStage.Mail)]
    [InlineData(400, "SomethingNewException", "What is this?", DeliveryResultKind.RouteFailed, DeliveryStage.Mail)]
    [InlineData(400, "", "", DeliveryResultKind.RouteFailed, DeliveryStage.Mail)]
    [InlineData(409, "ConflictException", "Busy.", DeliveryResultKind.RouteFailed, DeliveryStage.Mail)]
    [InlineData(400, "SendingPausedException", "Email sending is paused for configuration set <news>.", DeliveryResultKind.RouteFailed, DeliveryStage.Mail)]
    // The message's or the recipient's.
    [InlineData(400, "MessageRejected", "The message contains a virus.", DeliveryResultKind.SoftBounce, DeliveryStage.FinalDot, BounceSubType.ContentRejected)]
    [InlineData(400, "BadRequestException", "Illegal header.", DeliveryResultKind.SoftBounce, DeliveryStage.FinalDot, BounceSubType.ContentRejected)]
    [InlineData(400, "BadRequestException", "Message length is more than 41943040 bytes long.", DeliveryResultKind.SoftBounce, DeliveryStage.FinalDot, BounceSubType.MessageTooLarge)]
    [InlineData(413, "", "", DeliveryResultKind.SoftBounce, DeliveryStage.FinalDot, BounceSubType.MessageTooLarge)]
    [InlineData(400, "BadRequestException", "Invalid email address <r@example.com>.", DeliveryResultKind.HardBounce, DeliveryStage.FinalDot, BounceSubType.General)]
    [InlineData(400, "MessageRejected", "The address is on the account suppression list.", DeliveryResultKind.SoftBounce, DeliveryStage.FinalDot, BounceSubType.OnAccountSuppressionList)]
    [InlineData(400, "MessageRejected", "The address is on the suppression list of the tenant.", DeliveryResultKind.SoftBounce, DeliveryStage.FinalDot, BounceSubType.OnTenantSuppressionList)]
    [InlineData(400, "MessageRejected", "The address is suppressed.", DeliveryResultKind.HardBounce, DeliveryStage.FinalDot, BounceSubType.Suppressed)]
    // Nobody knows.
    [InlineData(500, "InternalServiceErrorException", "Oops.", DeliveryResultKind.InDoubt, DeliveryStage.FinalDot)]
    [InlineData(502, "", "", DeliveryResultKind.InDoubt, DeliveryStage.FinalDot)]
    [InlineData(503, "ServiceUnavailable", "Busy.", DeliveryResultKind.InDoubt, DeliveryStage.FinalDot)]
    public async Task What_SES_refuses_is_judged_by_whose_fault_it_is(
        int status, string code, string message, DeliveryResultKind kind, DeliveryStage stage, BounceSubType bounce = BounceSubType.None)
    {
        await using var ses = new ScriptedSes
        {
            Answer = _ => code.Length == 0 ? ScriptedSes.Reply(status, "<html>no</html>") : ScriptedSes.Error(status, code, message),
        };
        await using var transport = Transport(ses.Endpoint);
        var result = await transport.Carry(HandOvers.To("r@example.com"));
        Assert.Equal((kind, stage, bounce), (result.Kind, result.Stage, result.BounceSubType));
        Assert.Null(result.RestsUntil);
        Assert.Null(result.SendingSuspended);
        Assert.Contains($"{status}", result.Diagnostic);
        // What waits is told to the log, which holds no addresses.
        if (kind == DeliveryResultKind.RouteFailed) Assert.DoesNotContain("r@", result.Diagnostic);
    }

    [Theory]
    [InlineData("MessageRejected", "Sending disabled for arn:aws:ses:us-east-1:1:tenant/t/tn-1.")]
    [InlineData("MessageRejected", "Sending paused for this account. For more information, please check the inbox.")]
    [InlineData("SendingPausedException", "Email sending is paused for this account.")]
    [InlineData("AccountSuspendedException", "")]
    public async Task Who_may_not_send_there_is_to_be_paused_here_and_its_unit_keeps_its_place(string code, string message)
    {
        await using var ses = new ScriptedSes { Answer = _ => ScriptedSes.Error(400, code, message) };
        await using var transport = Transport(ses.Endpoint);
        var result = await transport.Carry(HandOvers.To("r@example.com"));
        Assert.Equal(DeliveryResultKind.NotStarted, result.Kind);
        Assert.Equal("SES: " + (message.Length > 0 ? message : code), result.SendingSuspended);
    }

    [Fact]
    public async Task The_code_is_found_where_servers_put_it()
    {
        var answers = new Queue<string>(
        [
            ScriptedSes.Reply(400, """{"code":"SendingPausedException","message":"text"}"""),
            ScriptedSes.Reply(400, """{"__type":"com.amazonaws.sesv2#SendingPausedException","Message":"text"}"""),
            ScriptedSes.Reply(400, """{"__type":"MessageRejected","message":"text"}""", "x-amzn-errortype: SendingPausedException:http://internal/\r\n"),
        ]);
        await using var ses = new ScriptedSes { Answer = _ => answers.Dequeue() };
        await using var transport = Transport(ses.Endpoint);
        for (var i = 0; i < 3; i++) Assert.Equal("SES: text", (await transport.Carry(HandOvers.To("r@example.com"))).SendingSuspended);
    }

    [Fact]
    public async Task An_address_beyond_ASCII_is_not_sent()
    {
        await using var ses = new ScriptedSes();
        await using var transport = Transport(ses.Endpoint);
        var result = await transport.Carry(HandOvers.To("jörg@example.com"));
        Assert.Equal((DeliveryResultKind.SoftBounce, BounceSubType.ContentRejected), (result.Kind, result.BounceSubType));
        Assert.Empty(ses.Sends);
    }

    [Fact]
    public async Task No_more_calls_than_connections_are_under_way_and_none_waits_inside_the_gate()
    {
        var inside = 0;
        var most = 0;
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var ses = new ScriptedSes
        {
            Answer = _ =>
            {
                var now = Interlocked.Increment(ref inside);
                lock (release) most = Math.Max(most, now);
                release.Task.Wait();
                Interlocked.Decrement(ref inside);
                return ScriptedSes.Ok();
            },
        };
        await using var transport = Transport(ses.Endpoint, o => o.MaxConnections = 3);
        var gate = HandOvers.OpenGate();
        var deliveries = Enumerable.Range(0, 12).Select(_ => Task.Run(() => transport.Carry(HandOvers.To("r@example.com", gate)))).ToList();
        await Testing.EndToEnd.Patiently.Until(() => Volatile.Read(ref inside) == 3, "three are under way");
        gate.Close();
        release.SetResult();
        var results = await Task.WhenAll(deliveries);
        Assert.Equal(3, most);
        Assert.Equal((3, 9), (results.Count(r => r.Kind == DeliveryResultKind.HandedOver), results.Count(r => r.Kind == DeliveryResultKind.NotStarted)));
        Assert.Equal(3, ses.Sends.Count);
    }
}
