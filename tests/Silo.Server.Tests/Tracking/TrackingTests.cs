using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Silo.Core.Messages;
using Silo.Core.Tenants;
using Silo.Server.Events;
using Silo.Server.Feedback;
using Silo.Server.PublicWeb;
using Silo.Server.Tenants;
using Silo.Server.Tests.SesApi;
using Silo.Server.Tracking;
using Silo.Storage;
using Silo.Testing;
using Silo.Testing.EndToEnd;
using Xunit;

namespace Silo.Server.Tests.Tracking;

/// <summary>A tenant per test, with its own configuration set; messages are scheduled, so that they can be read in the spool.</summary>
public sealed class TrackingTests(ApiServer server) : IClassFixture<ApiServer>
{
    private const string Html = """<p><a href=\"https://shop.example/a?b=1&amp;c=2\" ses:tags=\"product:book\">x</a> <a href=\"https://shop.example/no\" ses:no-track>y</a></p>""";

    [Fact]
    public async Task What_is_opened_and_clicked_is_told_with_address_agent_link_and_tags()
    {
        await Set("both", """["OPEN","CLICK"]""");
        var text = await Message(await Send("both"));
        var (image, link) = (Assert.Single(Found(text, "src=\"([^\"]*/o/[^\"]*)\"")), Assert.Single(Found(text, "href=\"([^\"]*/c/[^\"]*)\"")));
        Assert.Contains("href=\"https://shop.example/no\">", text);
        Assert.DoesNotContain("ses:", text);

        using var browser = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false });
        browser.DefaultRequestHeaders.TryAddWithoutValidation("User-Agent", "Tests/1.0");
        using var pixel = await browser.GetAsync(image);
        Assert.Equal((HttpStatusCode.OK, "image/gif", true), (pixel.StatusCode, pixel.Content.Headers.ContentType!.MediaType, pixel.Headers.CacheControl!.NoStore));
        for (var i = 0; i < 3; i++)
        {
            // The second and third are the same look.
            using var clicked = await browser.GetAsync(link);
            Assert.Equal((HttpStatusCode.Found, "https://shop.example/a?b=1&c=2"), (clicked.StatusCode, clicked.Headers.Location!.OriginalString));
            Assert.True(clicked.Headers.CacheControl!.NoStore);
        }

        await Patiently.Until(async () => (await Engagements("both")).Count == 2, () => "both are stored");
        var events = await Engagements("both");
        Assert.Equal([TenantEventKind.Opened, TenantEventKind.Clicked], events.Select(e => e.Kind).Order());
        Assert.All(events, e => Assert.Equal(("127.0.0.1", "Tests/1.0", null), (e.Engagement!.IpAddress, e.Engagement.UserAgent, e.Recipient)));
        var record = Record(SesEventType.Click, events.Single(e => e.Kind == TenantEventKind.Clicked));
        Assert.Equal("https://shop.example/a?b=1&c=2", record.GetProperty("link").GetString());
        Assert.Equal("""{"product":["book"]}""", record.GetProperty("linkTags").GetRawText());
        Assert.Equal(["ipAddress", "timestamp", "userAgent"], Record(SesEventType.Open, events.Single(e => e.Kind == TenantEventKind.Opened)).EnumerateObject().Select(p => p.Name));
    }

    [Fact]
    public async Task A_HEAD_and_a_forged_token_count_nothing_and_lead_nowhere()
    {
        await Set("forged", """["OPEN","CLICK"]""");
        var text = await Message(await Send("forged"));
        var (image, link) = (Found(text, "src=\"([^\"]*/o/[^\"]*)\"").Single(), Found(text, "href=\"([^\"]*/c/[^\"]*)\"").Single());
        using var browser = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false });
        using var head = await browser.SendAsync(new HttpRequestMessage(HttpMethod.Head, link));
        Assert.Equal(HttpStatusCode.Found, head.StatusCode);
        // The token of an image is none of a click, and one letter makes another token.
        foreach (var forged in new[] { image.Replace("/o/", "/c/"), link[..^1] + (link[^1] == 'A' ? 'B' : 'A'), link[..^3], link[..link.LastIndexOf('/')] + "/x" })
        {
            using var refused = await browser.GetAsync(forged);
            Assert.Equal((HttpStatusCode.NotFound, null), (refused.StatusCode, refused.Headers.Location));
        }

        using var pixel = await browser.GetAsync(link.Replace("/c/", "/o/"));
        Assert.Equal(HttpStatusCode.OK, pixel.StatusCode);
        using var real = await browser.GetAsync(image);
        await Patiently.Until(async () => (await Engagements("forged")).Count > 0, () => "the real one is stored");
        Assert.Equal(TenantEventKind.Opened, Assert.Single(await Engagements("forged")).Kind);
    }

    [Fact]
    public async Task Tracking_is_on_for_what_destinations_ask_for_and_a_send_may_say_otherwise()
    {
        await Set("opens", """["OPEN"]""");
        await Set("sends", """["SEND"]""");
        await Set("nobody", null);
        await Has("opens", null, opens: true, clicks: false);
        await Has("opens", """{"OpenTrackingEnabled":"DISABLED"}""", opens: false, clicks: false);
        await Has("opens", """{"ClickTrackingEnabled":"ENABLED"}""", opens: true, clicks: true);
        await Has("sends", null, opens: false, clicks: false);
        await Has("sends", """{"OpenTrackingEnabled":"ENABLED","ClickTrackingEnabled":"ENABLED"}""", opens: true, clicks: true);
        await Has("nobody", """{"OpenTrackingEnabled":"ENABLED","ClickTrackingEnabled":"ENABLED"}""", opens: false, clicks: false);
    }

    [Fact]
    public async Task A_raw_message_is_tracked_in_its_HTML_part_and_two_marks_for_one_image_are_refused()
    {
        await Set("raw", """["OPEN","CLICK"]""");
        const string raw = "From: s@tracked.example\r\nTo: a@x.example\r\nContent-Type: text/html\r\n\r\n{0}<a href='https://shop.example/'>x</a>\r\n";
        string Content(string marks) =>
            "{\"Raw\":{\"Data\":\"" + Convert.ToBase64String(Encoding.ASCII.GetBytes(raw.Replace("{0}", marks))) + "\"}}";
        var text = await Message(await Send("raw", content: Content("")));
        Assert.Contains("Content-Transfer-Encoding: quoted-printable", text);
        text = text.Replace("=\r\n", "").Replace("=3D", "=");
        Assert.Contains("/c/", text);
        Assert.Contains("/o/", text);
        var (response, body) = await TrySend("raw", content: Content("{{ses:openTracker}}{{ses:openTracker}}"));
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("openTracker", body);
    }

    [Fact]
    public async Task In_a_stored_template_the_mark_of_the_image_is_where_the_image_stands_and_without_tracking_nothing_stands_there()
    {
        await Ok("POST", "/v2/email/templates", """
            {"TemplateName":"marked","TemplateContent":{"Subject":"s","Html":"<p>{{name}}</p>{{ses:openTracker}}<p>end</p>"}}
            """);
        const string content = """{"Template":{"TemplateName":"marked","TemplateData":"{\"name\":\"Ann\"}"}}""";
        await Set("marked", """["OPEN"]""");
        await Ok("POST", "/v2/email/tenants/resources",
            """{"TenantName":"marked","ResourceArn":"arn:aws:ses:us-east-1:000000000000:template/marked"}""");
        var text = (await Message(await Send("marked", content: content))).Replace("=\r\n", "").Replace("=3D", "=");
        Assert.Matches("<p>Ann</p><img alt=\"\" src=\"[^\"]*/o/[^\"]*\"[^>]*><p>end</p>", text);
        var plain = await Message(await Send("marked", """{"OpenTrackingEnabled":"DISABLED"}""", content));
        Assert.Contains("<p>Ann</p><p>end</p>", plain);
    }

    [Fact]
    public async Task Links_that_would_grow_too_long_or_are_our_own_stay_as_they_are()
    {
        await Set("long", """["CLICK"]""");
        var own = server.Provider.GetRequiredService<PublicLinks>().To("/u/x");
        var longest = "https://shop.example/" + new string('x', 1_500);
        var text = await Message(await Send("long", html: $"<a href='{own}'>u</a><a href='{longest}'>l</a><a href='https://shop.example/s'>s</a>"));
        text = text.Replace("=\r\n", "").Replace("=3D", "=");
        Assert.Contains(own, text);
        Assert.Contains(longest, text);
        Assert.All(Found(text, "href='([^']*/c/[^']*)'"), l => Assert.InRange(l.Length, 1, 2_048));
        Assert.Single(Found(text, "href='([^']*/c/[^']*)'"));
    }

    [Fact]
    public void Tokens_read_back_what_they_say_and_nothing_else_is_read()
    {
        var message = new TrackedMessage("acme_1", "0100019cadfd9c88-4721d0e2-f14e-48a7-ac2f-cf6f0b9f2abc-000000");
        var link = new Silo.Core.Tracking.TrackedLink("https://a.example/", [new("a", "b"), new("c", "d")]);
        Assert.True(TrackedMessage.TryRead(message.ToPayload(link), out var read, out var readLink));
        Assert.Equal((message, link.Target), (read, readLink!.Target));
        Assert.Equal(link.Tags, readLink.Tags);
        Assert.True(TrackedMessage.TryRead(message.ToPayload(null), out read, out readLink));
        Assert.Equal((message, null), (read, readLink));
        for (var length = 0; length < message.ToPayload(null).Length; length++)
            Assert.False(TrackedMessage.TryRead(message.ToPayload(null).AsSpan(0, length), out _, out _));
    }

    [Fact]
    public void Of_mail_that_is_too_old_and_of_a_tenant_beyond_its_number_nothing_is_told()
    {
        var time = new HostileTimeProvider(TimeProvider.System.GetUtcNow());
        TrackedMessage Of(string tenant, int number, TimeSpan age) =>
            new(tenant, MessageIdFormat.Create(time.GetUtcNow() - age, (uint)number));
        var inbox = new EngagementInbox(server.Provider.GetRequiredService<ITenants>(), time, NullLogger<FeedbackInbox>.Instance);
        inbox.Take(Of("old", 0, FeedbackMemory.MaxAge - TimeSpan.FromMinutes(1)), null, null, null);
        Assert.Equal(0, inbox.PassedBy);
        inbox.Take(Of("old", 1, FeedbackMemory.MaxAge), null, null, null);
        Assert.Equal(1, inbox.PassedBy);

        for (var i = 0; i < EngagementInbox.MostOfTenantAMinute; i++) inbox.Take(Of("loud", i, default), null, null, null);
        Assert.Equal(1, inbox.PassedBy);
        inbox.Take(Of("loud", -1, default), null, null, null);
        Assert.Equal(2, inbox.PassedBy);
        inbox.Take(Of("quiet", -2, default), null, null, null);
        Assert.Equal(2, inbox.PassedBy);
    }

    [Theory]
    [InlineData("OPTIONAL", "http", "http", "https")]
    [InlineData("REQUIRE_OPEN_ONLY", "https", "http", "https")]
    [InlineData("REQUIRE", "https", "https", "https")]
    public async Task At_a_domain_of_ones_own_the_policy_says_what_is_https(string policy, string image, string plain, string secure)
    {
        var name = $"own-{policy.ToLowerInvariant().Replace('_', '-')}";
        await Set(name, """["OPEN","CLICK"]""");
        await Ok("PUT", $"/v2/email/configuration-sets/{name}/tracking-options",
            $$"""{"CustomRedirectDomain":"tracked.example","HttpsPolicy":"{{policy}}"}""");
        var text = (await Message(await Send(name, html: "<a href='http://a.example/'>a</a><a href='https://b.example/'>b</a>")))
            .Replace("=\r\n", "").Replace("=3D", "=");
        Assert.Equal([plain, secure], Found(text, "href='(https?)://tracked.example/c/"));
        Assert.Equal([image], Found(text, "src=\"(https?)://tracked.example/o/"));
    }

    [Fact]
    public void A_flood_is_let_through_to_its_limit_and_forgotten_in_time()
    {
        var (recently, now) = (new Recently(TimeSpan.FromSeconds(10), most: 3, capacity: 2), new DateTimeOffset(2026, 3, 2, 0, 0, 0, TimeSpan.Zero));
        Assert.Equal(3, Enumerable.Range(0, 100).Count(_ => recently.Allows(1, now)));
        Assert.True(recently.Allows(2, now));
        Assert.False(recently.Allows(3, now), "no more things are remembered");
        Assert.False(recently.Allows(1, now.AddSeconds(11)));
        Assert.True(recently.Allows(1, now.AddSeconds(40)));
    }

    private static JsonElement Record(SesEventType type, TenantEvent e)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            SesRecord.Write(json, type, e, "id", null);
            json.WriteEndObject();
        }

        return JsonDocument.Parse(stream.ToArray()).RootElement.GetProperty(type.MemberName());
    }

    private static List<string> Found(string text, string pattern) => [.. Regex.Matches(text, pattern).Select(m => m.Groups[1].Value)];

    private async Task Has(string name, string? overrides, bool opens, bool clicks)
    {
        var text = await Message(await Send(name, overrides));
        Assert.Equal((opens, clicks), (text.Contains("/o/", StringComparison.Ordinal), text.Contains("/c/", StringComparison.Ordinal)));
    }

    /// <summary>A tenant and a configuration set of one name, with a destination for these types.</summary>
    private async Task Set(string name, string? types)
    {
        await server.Send("POST", "/v2/email/identities", """{"EmailIdentity":"tracked.example"}""");
        await Ok("POST", "/v2/email/tenants", $$"""{"TenantName":"{{name}}"}""");
        await Ok("POST", "/v2/email/configuration-sets", $$"""{"ConfigurationSetName":"{{name}}"}""");
        foreach (var resource in new[] { "identity/tracked.example", $"configuration-set/{name}" })
            await Ok("POST", "/v2/email/tenants/resources", $$"""{"TenantName":"{{name}}","ResourceArn":"arn:aws:ses:us-east-1:000000000000:{{resource}}"}""");
        if (types is null) return;
        await Ok("POST", $"/v2/email/configuration-sets/{name}/event-destinations",
            """{"EventDestinationName":"hook","EventDestination":{"Enabled":true,"MatchingEventTypes":""" + types
            + ""","SnsDestination":{"TopicArn":"arn:aws:sns:us-east-1:000000000000:events"}}}""");
        await server.Provider.GetRequiredService<EventDestinationWatch>().Refresh(server.Provider.GetRequiredService<IResourceStore>(), default);
    }

    private async Task<string> Send(string name, string? overrides = null, string? content = null, string? html = null)
    {
        var (response, text) = await TrySend(name, overrides, content, html);
        Assert.True(response.StatusCode == HttpStatusCode.OK, text);
        return JsonDocument.Parse(text).RootElement.GetProperty("MessageId").GetString()!;
    }

    private Task<(HttpResponseMessage Response, string Body)> TrySend(string name, string? overrides = null, string? content = null, string? html = null)
    {
        content ??= "{\"Simple\":{\"Subject\":{\"Data\":\"x\"},\"Body\":{\"Html\":{\"Data\":\"" + (html ?? Html) + "\"}}}}";
        var tracking = overrides is null ? "" : ",\"ConfigurationOverrides\":{\"Tracking\":" + overrides + "}";
        return server.Send(
            "POST", "/v2/email/outbound-emails",
            "{" + $"""
                "TenantName":"{name}","ConfigurationSetName":"{name}","FromEmailAddress":"s@tracked.example","Content":{content}{tracking},
                """ + """ "Destination":{"ToAddresses":["a@x.example"]}}""",
            headers: ("X-Silo-Schedule", $"{TimeProvider.System.GetUtcNow().AddDays(1):yyyy-MM-ddTHH:mm:ss}Z"));
    }

    private async Task<string> Message(string id)
    {
        var store = server.Provider.GetRequiredService<ISiloStore>();
        foreach (var backlog in await store.Spool.ReadBacklogs(default))
        {
            foreach (var unit in await store.Spool.ReadQueue(backlog.TenantKey, default, 1_000, true, default))
            {
                if (await store.Spool.ReadMessage(unit.MessageKey, default) is { } message && message.Envelope.MessageId == id)
                    return Encoding.UTF8.GetString(message.Content.Span);
            }
        }

        throw new InvalidOperationException($"{id} is not in the spool.");
    }

    private async Task<List<TenantEvent>> Engagements(string tenant)
    {
        var store = server.Provider.GetRequiredService<ISiloStore>();
        var key = (await store.Tenants.Load(tenant, default))!.TenantKey;
        var (events, position) = (new List<TenantEvent>(), 0L);
        while (await store.Events.ReadFrom(position, 1_000, default) is { Count: > 0 } page)
        {
            position = page[^1].Position;
            events.AddRange(page.Where(e => e.TenantKey == key && e.Kind is (int)TenantEventKind.Opened or (int)TenantEventKind.Clicked)
                .Select(e => TenantEvent.FromPayload(e.Sequence, e.At, e.Kind, e.Payload.Span)));
        }

        return [.. events.Where(e => e.Kind is TenantEventKind.Opened or TenantEventKind.Clicked)];
    }

    private async Task<string> Ok(string method, string path, string? body = null)
    {
        var (response, text) = await server.Send(method, path, body);
        Assert.True(response.StatusCode == HttpStatusCode.OK, $"{method} {path}: {text}");
        return text;
    }
}
