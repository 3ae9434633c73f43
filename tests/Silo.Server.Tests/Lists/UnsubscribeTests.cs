using System.Net;
using System.Text.Json.Nodes;
using Silo.Core.Contacts;
using Silo.Core.Delivery;
using Silo.Core.Tenants;
using Silo.Server.Tests.Feedback;
using Xunit;

namespace Silo.Server.Tests.Lists;

public sealed class UnsubscribeTests(ListScene scene) : IClassFixture<ListScene>
{
    [Fact]
    public async Task One_click_on_bulk_mail_is_honoured_at_once_and_told_and_other_streams_and_tenants_go_on()
    {
        await scene.NewTenant("u-one");
        await scene.NewTenant("u-two");
        var id = await scene.Send(ListScene.Mail("ann@u.example", "letters", "u-one"));
        var mail = await scene.Arrived("ann@u.example");
        Assert.Equal("List-Unsubscribe=One-Click", ListScene.Header(mail, "List-Unsubscribe-Post"));
        Assert.Equal("none:letters:u-one:silo-mta", ListScene.Header(mail, "Feedback-ID"));
        var path = ListScene.PathOf(ListScene.Header(mail, "List-Unsubscribe"));

        // Scanners look at every link.
        using (var page = await scene.Browse(HttpMethod.Get, path)) Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        Assert.Empty((await scene.Call("GET", "/silo/v1/tenants/u-one/opt-outs"))["OptOuts"]!.AsArray());

        using (var answer = await scene.OneClick(path)) await AssertPlain(answer);
        using (var again = await scene.OneClick(path)) await AssertPlain(again);
        var optOut = Assert.Single((await scene.Call("GET", "/silo/v1/tenants/u-one/opt-outs"))["OptOuts"]!.AsArray())!;
        Assert.Equal(("ann@u.example", id), (optOut["EmailAddress"]!.GetValue<string>(), optOut["MessageId"]!.GetValue<string>()));
        var told = Assert.Single(await scene.EventsOf(id), e => e.Kind is TenantEventKind.Unsubscribed or TenantEventKind.PreferencesChanged);
        Assert.Equal((TenantEventKind.Unsubscribed, true), (told.Kind, told.Subscription!.New.UnsubscribeAll));

        var late = await scene.Send(ListScene.Mail("ANN@u.example", "letters", "u-one"));
        var refused = Assert.Single(await scene.EventsOf(late), e => e.Kind == TenantEventKind.Suppressed);
        Assert.Equal(BounceSubType.UnsubscribedRecipient, refused.Bounce);
        // The set whose own mail gets no links is bulk all the same.
        var silent = await scene.Send(ListScene.Mail("ann@u.example", "silent", "u-one"));
        Assert.Contains(await scene.EventsOf(silent), e => e.Kind == TenantEventKind.Suppressed);
        foreach (var (set, tenant) in new[] { ("plain", "u-one"), ("letters", "u-two") })
        {
            var other = await scene.Send(ListScene.Mail("ann@u.example", set, tenant));
            await FeedbackServer.Until(async () => (await scene.EventsOf(other)).Any(e => e.Kind == TenantEventKind.HandedOver), "it leaves");
        }

        await scene.Call("DELETE", "/silo/v1/tenants/u-one/opt-outs/ann@u.example");
        var back = await scene.Send(ListScene.Mail("ann@u.example", "letters", "u-one"));
        Assert.DoesNotContain(await scene.EventsOf(back), e => e.Kind == TenantEventKind.Suppressed);
    }

    [Fact]
    public async Task Mail_of_other_streams_of_several_recipients_or_with_a_link_of_its_own_gets_none()
    {
        await scene.Send(ListScene.Mail("plain@n.example", "plain"));
        var plain = await scene.Arrived("plain@n.example");
        Assert.DoesNotContain("List-Unsubscribe", plain, StringComparison.Ordinal);
        Assert.Contains("{{amazonSESUnsubscribeUrl}}", plain, StringComparison.Ordinal);
        await scene.Send(ListScene.Mail("hushed@n.example", "silent"));
        Assert.DoesNotContain("List-Unsubscribe", await scene.Arrived("hushed@n.example"), StringComparison.Ordinal);
        await scene.Send(ListScene.Mail("a1@n.example,a2@n.example", "letters"));
        Assert.DoesNotContain("List-Unsubscribe", await scene.Arrived("a1@n.example"), StringComparison.Ordinal);
        var own = ListScene.Mail("own@n.example", "letters");
        own["Content"]!["Simple"]!["Headers"] = JsonNode.Parse("""
            [{"Name":"List-Unsubscribe","Value":"<https://acme.example/bye>"},{"Name":"Feedback-ID","Value":"a:b:c:acme1"}]
            """);
        await scene.Send(own);
        var mail = await scene.Arrived("own@n.example");
        Assert.Equal("<https://acme.example/bye>", ListScene.Header(mail, "List-Unsubscribe"));
        Assert.Equal("a:b:c:acme1", ListScene.Header(mail, "Feedback-ID"));
        Assert.Equal("", ListScene.Header(mail, "List-Unsubscribe-Post"));
    }

    [Fact]
    public async Task Mail_of_a_list_puts_its_recipient_on_it_and_the_page_changes_what_is_wanted()
    {
        await scene.NewTenant("u-list");
        await scene.Call("POST", "/v2/email/contact-lists", """
            {"ContactListName":"u-list","TenantName":"u-list","Topics":[
            {"TopicName":"news","DisplayName":"News & <more>","DefaultSubscriptionStatus":"OPT_IN"},
            {"TopicName":"offers","DisplayName":"Offers","DefaultSubscriptionStatus":"OPT_OUT"}]}
            """);
        var id = await scene.Send(ListScene.Mail("eve@l.example", "plain", "u-list", "u-list", "news"));
        var mail = await scene.Arrived("eve@l.example");
        var path = ListScene.PathOf(ListScene.Header(mail, "List-Unsubscribe"));
        Assert.Equal(2, mail.Split("\r\n\r\n", 2)[1].Split($"{ListScene.Base}{path}").Length - 1);
        Assert.DoesNotContain("amazonSESUnsubscribeUrl", mail, StringComparison.Ordinal);
        var contact = await scene.Call("GET", "/v2/email/contact-lists/u-list/contacts/eve@l.example");
        Assert.Empty(contact["TopicPreferences"]!.AsArray());

        using (var page = await scene.Browse(HttpMethod.Get, path))
        {
            var html = await page.Content.ReadAsStringAsync();
            Assert.Contains("value=\"news\" checked> News &amp; &lt;more&gt;", html, StringComparison.Ordinal);
            Assert.Contains("value=\"offers\"> Offers", html, StringComparison.Ordinal);
        }

        using (var japanese = await scene.Browse(HttpMethod.Get, path, language: "fr,ja-JP;q=0.9,en;q=0.5"))
            Assert.Contains("<html lang=\"ja\">", await japanese.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        // Changes its mind: offers instead of news.
        using (var saved = await scene.Submit(path, ("do", "save"), ("topic", "offers"))) Assert.Equal(HttpStatusCode.OK, saved.StatusCode);
        Assert.Equal(new[] { ("news", "OPT_OUT"), ("offers", "OPT_IN") }, await Preferences("u-list", "eve@l.example"));
        // The same once more changes nothing, and nobody is told.
        using (var saved = await scene.Submit(path, ("do", "save"), ("topic", "offers"))) Assert.Equal(HttpStatusCode.OK, saved.StatusCode);
        var told = Assert.Single(await scene.EventsOf(id), e => e.Kind == TenantEventKind.Unsubscribed).Subscription!;
        Assert.Equal(("u-list", SubscriptionChange.Page, SubscriptionStatus.OptOut), (told.ContactList, told.Source, told.New.Topics[0].Status));
        var late = await scene.Send(ListScene.Mail("eve@l.example", "plain", "u-list", "u-list", "news"));
        Assert.Contains(await scene.EventsOf(late), e => e.Bounce == BounceSubType.UnsubscribedRecipient);
        await scene.Send(ListScene.Mail("eve@l.example", "plain", "u-list", "u-list", "offers"));

        // Leaves the list, and comes back: told each time, counted once.
        using (await scene.Submit(path, ("do", "leave"))) Assert.True(await HasLeft("u-list", "eve@l.example"));
        using (await scene.Submit(path, ("do", "save"), ("topic", "news"))) Assert.False(await HasLeft("u-list", "eve@l.example"));
        using (await scene.OneClick(path)) Assert.Contains(("news", "OPT_OUT"), await Preferences("u-list", "eve@l.example"));
        var events = await scene.EventsOf(id);
        Assert.Equal(1, events.Count(e => e.Kind == TenantEventKind.Unsubscribed));
        Assert.Equal(3, events.Count(e => e.Kind == TenantEventKind.PreferencesChanged));
    }

    [Fact]
    public async Task A_list_is_of_use_to_the_mail_of_its_own_tenant_and_one_that_does_not_exist_looks_the_same()
    {
        await scene.NewTenant("u-mine");
        await scene.NewTenant("u-foreign");
        await scene.Call("POST", "/v2/email/contact-lists", """{"ContactListName":"u-mine","TenantName":"u-mine"}""");
        foreach (var list in new[] { "u-mine", "u-nowhere" })
        {
            var message = await scene.Refused(
                "POST", "/v2/email/outbound-emails", ListScene.Mail("a@f.example", "plain", "u-foreign", list).ToJsonString(), HttpStatusCode.NotFound);
            Assert.Equal($"List with name: {list} doesn't exist.", message);
        }

        await scene.Refused(
            "POST", "/v2/email/outbound-emails", ListScene.Mail("a@f.example", "plain", "u-mine", "u-mine", "none").ToJsonString(), HttpStatusCode.BadRequest);
        await scene.Refused("GET", "/v2/email/contact-lists/u-mine/contacts/a@f.example", null, HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_link_changes_nothing_on_a_list_that_another_tenant_has_made_under_the_name_since()
    {
        await scene.NewTenant("u-old");
        await scene.NewTenant("u-new");
        await scene.Call("POST", "/v2/email/contact-lists", """{"ContactListName":"u-again","TenantName":"u-old"}""");
        await scene.Send(ListScene.Mail("kim@k.example", "plain", "u-old", "u-again"));
        var path = ListScene.PathOf(ListScene.Header(await scene.Arrived("kim@k.example"), "List-Unsubscribe"));
        await scene.Call("DELETE", "/v2/email/contact-lists/u-again");
        await scene.Call("POST", "/v2/email/contact-lists", """{"ContactListName":"u-again","TenantName":"u-new"}""");
        await scene.Call("POST", "/v2/email/contact-lists/u-again/contacts", """{"EmailAddress":"kim@k.example"}""");
        using (var clicked = await scene.OneClick(path)) Assert.Equal(HttpStatusCode.OK, clicked.StatusCode);
        Assert.False(await HasLeft("u-again", "kim@k.example"));
    }

    [Fact]
    public async Task A_raw_message_names_its_list_in_a_header_and_one_that_its_sender_signed_keeps_its_headers()
    {
        await scene.Call("POST", "/v2/email/contact-lists", """{"ContactListName":"u-raw"}""");
        const string message = "From: news@acme.example\r\nTo: raw@r.example\r\nSubject: s\r\nX-SES-LIST-MANAGEMENT-OPTIONS: u-raw\r\n"
            + "List-Unsubscribe: <mailto:old@acme.example>\r\n\r\nLeave: {{amazonSESUnsubscribeUrl}}\r\n";
        await SendRaw(message);
        var mail = await scene.Arrived("raw@r.example");
        var path = ListScene.PathOf(ListScene.Header(mail, "List-Unsubscribe"));
        Assert.Contains($"Leave: {ListScene.Base}{path}\r\n", mail, StringComparison.Ordinal);
        Assert.DoesNotContain("mailto:old", mail, StringComparison.Ordinal);
        Assert.DoesNotContain("X-SES-", mail, StringComparison.Ordinal);
        await SendRaw(message.Replace("raw@r", "signed@r", StringComparison.Ordinal).Replace("Subject: s", "DKIM-Signature: v=1; d=acme.example", StringComparison.Ordinal));
        var signed = await scene.Arrived("signed@r.example");
        Assert.Contains("mailto:old", signed, StringComparison.Ordinal);
        Assert.Contains("Leave: {{amazonSESUnsubscribeUrl}}\r\n", signed, StringComparison.Ordinal);
        await scene.Call("GET", "/v2/email/contact-lists/u-raw/contacts/RAW@r.example");

        Task SendRaw(string text)
        {
            var data = Convert.ToBase64String(System.Text.Encoding.ASCII.GetBytes(text));
            return scene.Call("POST", "/v2/email/outbound-emails", $"{{\"Content\":{{\"Raw\":{{\"Data\":\"{data}\"}}}}}}");
        }
    }

    [Fact]
    public async Task The_listener_serves_its_pages_and_nothing_else_and_a_forged_link_does_nothing()
    {
        foreach (var path in new[] { "/", "/healthz", "/v2/email/account", "/silo/v1/tenants", "/u/", "/u/AAAA", "/u/a/b" })
        {
            using var answer = await scene.Browse(HttpMethod.Get, path);
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
            Assert.Equal("no-referrer", Assert.Single(answer.Headers.GetValues("Referrer-Policy")));
            Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
            Assert.StartsWith("default-src 'none'", Assert.Single(answer.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
        }

        using (var forged = await scene.OneClick("/u/AAAA")) Assert.Equal(HttpStatusCode.NotFound, forged.StatusCode);
        await scene.Send(ListScene.Mail("odd@o.example", "letters"));
        var link = ListScene.PathOf(ListScene.Header(await scene.Arrived("odd@o.example"), "List-Unsubscribe"));
        using (var nothing = await scene.Submit(link, ("a", "b"))) Assert.Equal(HttpStatusCode.BadRequest, nothing.StatusCode);
        using (var noForm = await scene.Browse(HttpMethod.Post, link, new StringContent("List-Unsubscribe=One-Click")))
            Assert.Equal(HttpStatusCode.BadRequest, noForm.StatusCode);
        using (var large = await scene.Submit(link, ("List-Unsubscribe", new string('a', 20_000)))) Assert.False(large.IsSuccessStatusCode);
        using var multipart = new MultipartFormDataContent { { new StringContent("One-Click"), "List-Unsubscribe" } };
        using (var clicked = await scene.Browse(HttpMethod.Post, link, multipart)) Assert.Equal(HttpStatusCode.OK, clicked.StatusCode);
        Assert.Contains(
            "odd@o.example", (await scene.Call("GET", "/silo/v1/tenants/%24account/opt-outs")).ToJsonString(), StringComparison.Ordinal);
    }

    private static async Task AssertPlain(HttpResponseMessage answer)
    {
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.False(answer.Headers.Contains("Set-Cookie"));
        Assert.Contains("unsubscribed", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private async Task<bool> HasLeft(string list, string address) =>
        (await scene.Call("GET", $"/v2/email/contact-lists/{list}/contacts/{address}"))["UnsubscribeAll"]!.GetValue<bool>();

    private async Task<(string, string)[]> Preferences(string list, string address) =>
    [
        .. (await scene.Call("GET", $"/v2/email/contact-lists/{list}/contacts/{address}"))["TopicPreferences"]!.AsArray()
            .Select(p => (p!["TopicName"]!.GetValue<string>(), p["SubscriptionStatus"]!.GetValue<string>())).Order(),
    ];
}
