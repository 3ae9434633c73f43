using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Silo.Core.Contacts;
using Silo.Core.Tenants;
using Silo.Server.Tests.Feedback;
using Xunit;

namespace Silo.Server.Tests.Lists;

/// <summary>Unsubscribing by a mail to the listener for reports.</summary>
public sealed class UnsubscribeMailTests : IAsyncLifetime
{
    private const string Address = "unsubscribe@" + FeedbackServer.Domain;

    private FeedbackServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await FeedbackServer.Start(null, ("Silo:Public:BaseUrl", ListScene.Base));
        await Call("POST", "/v2/email/identities", """{"EmailIdentity":"acme.example"}""");
        await Call("POST", "/v2/email/configuration-sets", """{"ConfigurationSetName":"letters"}""");
        await Call("PUT", "/silo/v1/configuration-sets/letters/stream", """{"Stream":"BULK"}""");
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task A_mail_with_the_subject_that_was_given_out_is_taken_as_one_click_is()
    {
        var (id, header) = await Sent("ann@u.example");
        Assert.Matches($"^<{ListScene.Base}/u/[A-Za-z0-9_-]+>, <mailto:{Address}\\?subject=[A-Za-z0-9_-]+>$", header);
        var token = header[(header.IndexOf("subject=", StringComparison.Ordinal) + 8)..^1];
        Assert.Equal(header[(ListScene.Base.Length + 4)..header.IndexOf('>')], token);

        // Whoever guesses, or sends what is no token, changes nothing and is told so.
        foreach (var subject in new[] { "unsubscribe", token[..^1] + (token[^1] == 'A' ? 'B' : 'A'), "", token[..40] })
            Assert.Equal("550 5.7.1 The subject is not the one that was given out here", await Tell(subject));
        Assert.StartsWith("550 5.7.1", await _server.Tell(Address, $"From: x@y.example\n\nSubject: {token}\n"));
        Assert.Empty(await OptOuts());

        // In any case of letters, with words in front of it, broken where a line is full; and twice.
        Assert.Equal("250 2.0.0 Stored", await Tell($"Re: {token}", Address.ToUpperInvariant()));
        Assert.Equal("250 2.0.0 Stored", await Tell($"{token[..60]}\n {token[60..]}"));
        Assert.Equal(("ann@u.example", id), Assert.Single(await OptOuts()));
        var told = Assert.Single(await _server.Events(), e => e.Kind == TenantEventKind.Unsubscribed);
        Assert.Equal((id, SubscriptionChange.Header), (told.MessageId, told.Subscription!.Source));
        Assert.True(told.Subscription.New.UnsubscribeAll);
    }

    [Fact]
    public async Task A_wish_that_cannot_be_stored_is_asked_for_again()
    {
        var (_, header) = await Sent("bob@u.example");
        var token = header[(header.IndexOf("subject=", StringComparison.Ordinal) + 8)..^1];
        _server.Spool.FailsWrite = _ => true;
        Assert.Equal("451 4.3.0 It cannot be stored now, come back later", await Tell(token));
        _server.Spool.FailsWrite = null;
        Assert.Equal("250 2.0.0 Stored", await Tell(token));
        Assert.Single(await _server.Events(), e => e.Kind == TenantEventKind.Unsubscribed);
    }

    [Fact]
    public async Task The_address_is_of_no_use_where_it_is_not_given_out()
    {
        await using var server = await FeedbackServer.Start(null, ("Silo:Public:BaseUrl", ListScene.Base), ("Silo:Unsubscribe:MailTo", "false"));
        Assert.StartsWith("550 5.1.1", await server.Tell(Address, "Subject: x\n\n"));
        Assert.StartsWith("550 5.1.1", await _server.Tell("unsubscribe@other.example", "Subject: x\n\n"));
    }

    private Task<string> Tell(string subject, string to = Address) =>
        _server.Tell(to, $"From: ann@u.example\nSubject: {subject}\n\nbye\n", "ann@u.example");

    /// <summary>The message's id, and its List-Unsubscribe unfolded.</summary>
    private async Task<(string Id, string Header)> Sent(string to)
    {
        var answer = await Call("POST", "/v2/email/outbound-emails", ListScene.Mail(to, "letters").ToJsonString());
        await FeedbackServer.Until(
            () => Task.FromResult(_server.Relay.Messages.Any(m => m.Recipient.Contains(to, StringComparison.Ordinal))), $"mail to {to}");
        var mail = Encoding.UTF8.GetString(_server.Relay.Messages.Last(m => m.Recipient.Contains(to, StringComparison.Ordinal)).Content);
        var unfolded = mail.Replace("\r\n ", " ", StringComparison.Ordinal);
        return (answer["MessageId"]!.GetValue<string>(), ListScene.Header(unfolded, "List-Unsubscribe"));
    }

    private async Task<(string, string)[]> OptOuts() =>
        [.. (await Call("GET", "/silo/v1/tenants/$account/opt-outs"))["OptOuts"]!.AsArray()
            .Select(o => (o!["EmailAddress"]!.GetValue<string>(), o["MessageId"]!.GetValue<string>()))];

    private async Task<JsonNode> Call(string method, string path, string? body = null)
    {
        var (status, text) = await _server.Send(method, path, body);
        Assert.True(status == HttpStatusCode.OK, $"{method} {path} answered {status}: {text}");
        return JsonNode.Parse(text)!;
    }
}
