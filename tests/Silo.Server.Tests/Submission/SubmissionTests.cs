using System.Net;
using System.Text;
using Silo.Server.Tests.SesApi;
using Silo.Testing.EndToEnd;
using Xunit;

namespace Silo.Server.Tests.Submission;

public sealed class SubmissionTests(SubmissionServer server) : IClassFixture<SubmissionServer>
{
    private const string Acme = "X-SES-TENANT: acme\nX-SES-CONFIGURATION-SET: news\n";
    private const string Mail = "From: Acme <news@acme.example>\nTo: everybody@example.net\nSubject: Hello\n\nHi\n.\nthere";

    [Fact]
    public async Task A_message_for_the_tenant_of_its_header_leaves_with_the_envelope_of_the_dialogue()
    {
        await using var dialogue = await server.Login();
        var reply = await dialogue.Send(
            "<bounces+7@acme.example>", ["one@example.org", "hidden@example.org"],
            Acme + "X-SES-MESSAGE-TAGS: kind=welcome\nBcc: hidden@example.org\n" + Mail);
        Assert.Matches("^250 Ok [0-9a-f-]{40,}$", reply);
        await Patiently.Until(() => Task.FromResult(server.Relay.Messages.Count(m => m.MailCommand.Contains("bounces+7")) == 2), () => "it has left");
        foreach (var left in server.Relay.Messages.Where(m => m.MailCommand.Contains("bounces+7")))
        {
            Assert.Matches("^(one|hidden)@example.org$", left.Recipient);
            var text = Encoding.ASCII.GetString(left.Content);
            Assert.DoesNotContain("X-SES", text);
            Assert.DoesNotContain("Bcc", text);
            Assert.Contains("To: everybody@example.net\r\nSubject: Hello\r\n", text);
            Assert.Contains("Hi\r\n.\r\nthere", text);
        }
    }

    [Fact]
    public async Task Chunks_over_STARTTLS_and_over_implicit_TLS_are_submitted_as_well()
    {
        await using var upgraded = await server.Connect();
        await upgraded.StartTls();
        await using var implicitly = await SmtpDialogue.Open(server.TlsEndPoint, isTls: true);
        foreach (var dialogue in new[] { upgraded, implicitly })
        {
            Assert.StartsWith("235", await dialogue.Login(ApiServer.KeyId, SubmissionServer.Password));
            await dialogue.Say("MAIL FROM:<news@acme.example>");
            await dialogue.Say("RCPT TO:<tls@example.org>");
            var message = (Acme + Mail).ReplaceLineEndings("\r\n");
            Assert.StartsWith("250 Ok ", await dialogue.Say($"BDAT {message.Length + 2} LAST\r\n{message}"));
        }
    }

    [Theory]
    [InlineData("AKIATESTS00000000001", "wrong")]
    [InlineData("AKIATESTS00000000001", ApiServer.Secret)]
    [InlineData("AKIANOBODY0000000001", "wrong")]
    [InlineData("", "wrong")]
    public async Task Who_gives_no_right_password_stays_outside(string user, string password)
    {
        await using var dialogue = await server.Connect();
        Assert.Equal(user.Length == 0 ? "501" : "535 5.7.8 Authentication Credentials Invalid", (await dialogue.Login(user, password))[..(user.Length == 0 ? 3 : 44)]);
        Assert.Equal("530 5.7.0 Authentication required", await dialogue.Say("MAIL FROM:<news@acme.example>"));
        Assert.StartsWith("503", await dialogue.Say("RCPT TO:<a@example.org>"));
    }

    [Fact]
    public async Task A_login_from_before_the_handshake_does_not_hold_behind_it()
    {
        await using var dialogue = await server.Login();
        Assert.StartsWith("250", await dialogue.Say("MAIL FROM:<news@acme.example>"));
        await dialogue.Say("RSET");
        await dialogue.StartTls();
        Assert.Equal("530 5.7.0 Authentication required", await dialogue.Say("MAIL FROM:<news@acme.example>"));
        Assert.StartsWith("235", await dialogue.Login(ApiServer.KeyId, SubmissionServer.Password));
        Assert.StartsWith("250", await dialogue.Say("MAIL FROM:<news@acme.example>"));
    }

    [Fact]
    public async Task A_trusted_network_submits_for_the_tenant_that_the_header_names_and_for_no_account()
    {
        await using var dialogue = await server.Connect(SubmissionServer.Trusted);
        Assert.StartsWith("250 Ok ", await dialogue.Send("<news@acme.example>", ["a@example.org"], Acme + Mail));
        Assert.Equal(
            "554 5.7.1 Access denied: Without AUTH the header X-SES-TENANT must name a tenant.",
            await dialogue.Send("<news@acme.example>", ["a@example.org"], Mail));
    }

    [Fact]
    public async Task A_list_of_the_account_is_for_who_has_logged_in_for_the_account_and_not_for_a_trusted_network()
    {
        await server.Post("contact-lists", """{"ContactListName":"everybody"}""");
        const string list = "X-SES-LIST-MANAGEMENT-OPTIONS: everybody\n";
        await using var trusted = await server.Connect(SubmissionServer.Trusted);
        Assert.Equal(
            "554 5.7.1 Transaction failed: List with name: everybody doesn't exist.",
            await trusted.Send("<news@acme.example>", ["a@example.org"], Acme + list + Mail));
        await using var known = await server.Login();
        Assert.StartsWith("250 Ok ", await known.Send("<news@acme.example>", ["a@example.org"], Acme + list + Mail));
    }

    [Fact]
    public async Task What_may_not_be_sent_is_refused_in_the_words_of_SES()
    {
        var arn = (await server.Post("tenants/get", """{"TenantName":"closed"}""")).Split("\"TenantArn\":\"")[1].Split('"')[0];
        var (response, text) = await server.Api.Send(
            "PUT", $"/v2/email/reputation/entities/RESOURCE/{Uri.EscapeDataString(arn)}/customer-managed-status", """{"SendingStatus":"DISABLED"}""");
        Assert.True(response.IsSuccessStatusCode, text);
        await using var dialogue = await server.Login();
        async Task<string> Send(string sender, string message) => await dialogue.Send(sender, ["a@example.org"], message);
        const string sender = "<news@acme.example>";
        Assert.Equal($"554 5.7.1 Message rejected: Sending disabled for {arn}.", await Send(sender, Acme.Replace("acme", "closed") + Mail));
        Assert.StartsWith("554 5.7.1 Transaction failed: Tenant nobody ", await Send(sender, Acme.Replace("acme", "nobody") + Mail));
        Assert.StartsWith("554 5.7.1 Transaction failed: Configuration set <x> does not exist.", await Send(sender, "X-SES-CONFIGURATION-SET: x\n" + Mail));
        Assert.StartsWith("554 5.7.1 Access denied: Tenant not associated with resources", await Send(sender, Acme.Replace("news", "x") + Mail));
        const string unverified = "554 5.7.1 Message rejected: Email address is not verified. The following identities failed the check in region US-EAST-1: ";
        Assert.StartsWith(unverified, await Send(sender, "X-SES-CONFIGURATION-SET: news\n" + Mail.Replace("acme.", "other.")));
        Assert.Equal(unverified + "x@victim.example", await Send("<x@victim.example>", "X-SES-CONFIGURATION-SET: news\n" + Mail));
        Assert.StartsWith("554 5.6.0 Transaction failed: The message has no From header", await Send(sender, Acme + "Subject: x\n\nHi"));
        Assert.Equal("553 5.1.7 <> Invalid email address", await Send("<>", Acme + Mail));
        Assert.Equal("503", (await dialogue.Say("RCPT TO:<nobody>"))[..3]);
        await dialogue.Say("MAIL FROM:" + sender);
        Assert.Equal("553 5.1.3 <nobody> Invalid email address", await dialogue.Say("RCPT TO:<nobody>"));
    }

    [Fact]
    public async Task The_fifty_first_recipient_comes_back_in_a_transaction_of_its_own()
    {
        await using var dialogue = await server.Login();
        await dialogue.Say("MAIL FROM:<fifty@acme.example>");
        for (var i = 0; i < 50; i++) Assert.StartsWith("250", await dialogue.Say($"RCPT TO:<r{i}@example.org>"));
        Assert.StartsWith("452 4.5.3", await dialogue.Say("RCPT TO:<r50@example.org>"));
        await dialogue.Say("DATA");
        Assert.StartsWith("250 Ok ", await dialogue.Say((Acme + Mail).ReplaceLineEndings("\r\n").Replace("\r\n.", "\r\n..") + "\r\n."));
    }

    [Fact]
    public async Task An_address_beyond_ASCII_is_taken_with_SMTPUTF8()
    {
        await using var dialogue = await server.Login();
        Assert.StartsWith("553", await dialogue.Send("<news@acme.example>", ["jürgen@example.org"], Acme + Mail));
        await dialogue.Say("RSET");
        Assert.StartsWith("250 Ok ", await dialogue.Send("<news@acme.example> SMTPUTF8 BODY=8BITMIME", ["jürgen@example.org"], Acme + Mail));
    }

    [Fact]
    public async Task A_key_of_a_tenant_sends_for_it_alone_and_learns_of_no_other()
    {
        var (id, password) = await server.TenantKey();
        await using var dialogue = await server.Connect();
        Assert.StartsWith("235", await dialogue.Login(id, password));
        async Task<string> Send(string header) =>
            await dialogue.Send("<news@acme.example>", ["a@example.org"], header + "X-SES-CONFIGURATION-SET: news\n" + Mail);
        Assert.StartsWith("250 Ok ", await Send(""));
        Assert.StartsWith("250 Ok ", await Send("X-SES-TENANT: acme\n"));
        var foreign = await Send("X-SES-TENANT: closed\n");
        Assert.StartsWith("554 5.7.1 Access denied: User: arn:", foreign);
        Assert.Equal(foreign.Replace("closed", "nobody"), await Send("X-SES-TENANT: nobody\n"));
    }

    [Fact]
    public async Task A_password_of_SES_that_was_imported_lets_in_until_its_key_is_disabled()
    {
        var (response, text) = await server.Api.Send(
            "POST", "/silo/v1/credentials/smtp", """{"AccessKeyId":"AKIAFROMSES000000001","SmtpPassword":"BOfSes+of/old","TenantName":"acme"}""");
        Assert.True(response.IsSuccessStatusCode, text);
        await using var dialogue = await server.Connect();
        Assert.StartsWith("535", await dialogue.Login("AKIAFROMSES000000001", "BOfSes+of/older"));
        Assert.StartsWith("235", await dialogue.Login("AKIAFROMSES000000001", "BOfSes+of/old"));
        Assert.StartsWith("250 Ok ", await dialogue.Send("<news@acme.example>", ["a@example.org"], Acme + Mail));
        (response, text) = await server.Api.Send("PUT", "/silo/v1/credentials/AKIAFROMSES000000001/status", """{"Status":"DISABLED"}""");
        Assert.True(response.IsSuccessStatusCode, text);
        Assert.StartsWith("535", await dialogue.Say("MAIL FROM:<news@acme.example>"));
        Assert.StartsWith("530", await dialogue.Say("MAIL FROM:<news@acme.example>"));
    }

    [Fact]
    public async Task A_server_is_ready_when_it_listens()
    {
        using var client = new HttpClient();
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(new Uri(server.Api.Url, "/readyz"))).StatusCode);
    }
}
