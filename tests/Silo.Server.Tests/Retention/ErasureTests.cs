using System.Net;
using System.Text;
using System.Text.Json;
using Silo.Core.Tenants;
using Silo.Server.Egress;
using Silo.Server.Retention;
using Silo.Server.Tests.SesApi;
using Silo.Storage;
using Silo.Testing.EndToEnd;
using Xunit;

namespace Silo.Server.Tests.Retention;

public sealed class ErasureTests(ApiServer server) : IClassFixture<ApiServer>
{
    [Fact]
    public async Task An_erased_address_stands_nowhere_but_on_suppression_lists_and_the_counters_stay()
    {
        const string address = "forget.me+tag@outlook.com";
        await Tenant("eraser");
        await Send("eraser", address, "other@outlook.com");
        await Ok("PUT", "/v2/email/suppression/addresses", $$"""{"EmailAddress":"{{address}}","Reason":"COMPLAINT"}""");
        await Send("eraser", "Forget.Me+tag@outlook.com");
        await Patiently.Until(async () => (await Describe("eraser")).Books.Open == 0, () => "all has left");
        var before = (await Describe("eraser")).LastDay;
        // Mail that is held is cancelled; an order keeps it in the queue.
        await Ok("DELETE", $"/v2/email/suppression/addresses/{Uri.EscapeDataString(address)}");
        await Ok("POST", "/silo/v1/tenants/eraser/queue-orders", """{"Action":"HOLD"}""");
        await Send("eraser", address);
        await Send("eraser", "stays@outlook.com");
        await Ok("POST", "/v2/email/contact-lists", """{"ContactListName":"erasable"}""");
        foreach (var contact in new[] { "Forget.Me+tag@Outlook.com", "other@outlook.com" })
            await Ok("POST", "/v2/email/contact-lists/erasable/contacts", $$"""{"EmailAddress":"{{contact}}"}""");
        // As a release that took addresses as they came has stored it.
        var list = (await server.Services.ContactLists.Get("erasable", default))!;
        Assert.True(await server.Services.Store.Contacts.Add(
            list.Id, new Silo.Core.Contacts.Contact("\"Forget.Me+tag\"@Outlook.com", DateTimeOffset.UnixEpoch), default));
        await Ok("PUT", $"/silo/v1/tenants/eraser/opt-outs/{Uri.EscapeDataString(address)}");

        var answer = JsonDocument.Parse(await Ok("POST", "/silo/v1/erasures", $$"""{"EmailAddress":"{{address}}"}""")).RootElement;
        var id = answer.GetProperty("ErasureId").GetString();
        await Patiently.Until(
            async () => (answer = await Read($"/silo/v1/erasures/{id}")).GetProperty("Status").GetString() == "COMPLETED", () => $"it is done: {answer}");

        var found = answer.GetProperty("Found");
        Assert.Equal(1, found.GetProperty("QueuedDeliveries").GetInt64());
        Assert.True(found.GetProperty("Events").GetInt64() >= 2, answer.ToString());
        Assert.Equal(2, found.GetProperty("Contacts").GetInt64());
        Assert.Equal(["other@outlook.com"], (await server.Services.Store.Contacts.List(list.Id, null, 10, default)).Items.Select(c => c.Address));
        // What the person wished stays, and so do entries of suppression lists.
        Assert.Single(await server.Services.Store.OptOuts.Find("eraser", [address], default));
        var records = await server.Services.Store.Audit.List(new AuditFilter { Operation = "CreateErasure" }, 100, default);
        Assert.All(records.Items, r => Assert.Null(r.Entry.Resource));
        // Who suppressed whom is told with the pseudonym.
        var audited = (await server.Services.Store.Audit.List(new AuditFilter { Operation = "PutSuppressedDestination" }, 100, default)).Items;
        Assert.Contains(audited, r => r.Entry.Resource!.EndsWith("@outlook.com", StringComparison.Ordinal));
        Assert.DoesNotContain(audited, r => r.Entry.Resource!.Contains("forget.me", StringComparison.OrdinalIgnoreCase));
        var pseudonym = answer.GetProperty("Pseudonym").GetString()!;
        Assert.Matches("^erased-[0-9a-f]{20}@outlook\\.com$", pseudonym);
        var events = await Events();
        Assert.DoesNotContain(events, e => e.Contains("forget.me", StringComparison.OrdinalIgnoreCase));
        Assert.Contains(events, e => e.Contains(pseudonym, StringComparison.Ordinal));
        Assert.Contains(events, e => e.Contains("other@outlook.com", StringComparison.Ordinal));
        var after = await Describe("eraser");
        Assert.Equal((1, 1), (after.Books.Open, after.Books.Cancelled));
        Assert.Equal(before.Delivered, after.LastDay.Delivered);
        await Same(after);
        foreach (var stored in (await server.Services.Resources.List(ResourceKind.Erasure, null, null, 100, default)).Items)
            Assert.DoesNotContain("forget.me", Encoding.UTF8.GetString(stored.Document.Span), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Of_one_tenant_only_what_it_sent_is_erased()
    {
        await Tenant("erases");
        await Tenant("keeps");
        await Send("erases", "both@gmail.com");
        await Send("keeps", "both@gmail.com");
        foreach (var tenant in new[] { "erases", "keeps" })
            await Patiently.Until(async () => (await Describe(tenant)).Books.Open == 0, () => "all has left");

        foreach (var tenant in new[] { "erases", "keeps" })
        {
            await Ok("POST", "/v2/email/contact-lists", $$"""{"ContactListName":"of-{{tenant}}","TenantName":"{{tenant}}"}""");
            await Ok("POST", $"/v2/email/contact-lists/of-{tenant}/contacts", """{"EmailAddress":"both@gmail.com"}""");
        }

        await Ok("POST", "/silo/v1/erasures", """{"EmailAddress":"both@gmail.com","TenantName":"erases"}""");
        var keys = new Dictionary<string, long>();
        foreach (var tenant in new[] { "erases", "keeps" }) keys[tenant] = (await server.Services.Store.Tenants.Load(tenant, default))!.TenantKey;
        await Patiently.Until(async () => !await Has("erases"), () => "it is erased");
        Assert.True(await Has("keeps"));
        await Patiently.Until(async () => await Contact("erases") == HttpStatusCode.NotFound, () => "the contact is erased");
        Assert.Equal(HttpStatusCode.OK, await Contact("keeps"));

        async Task<HttpStatusCode> Contact(string tenant) =>
            (await server.Send("GET", $"/v2/email/contact-lists/of-{tenant}/contacts/both@gmail.com")).Response.StatusCode;
        async Task<bool> Has(string tenant) => (await server.Services.Store.Events.ReadFrom(0, 10_000, default))
            .Any(e => e.TenantKey == keys[tenant] && Encoding.UTF8.GetString(e.Payload.Span).Contains("both@gmail.com", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_a_process_left_half_done_is_finished_by_whoever_looks_next()
    {
        await Tenant("halfway");
        await Send("halfway", "half@gmail.com");
        await Patiently.Until(async () => (await Describe("halfway")).Books.Open == 0, () => "all has left");
        // Stored, and nobody was told: the process ended here.
        var asked = await server.Services.Erasures.Ask("half@gmail.com", null, null, default);
        Assert.Equal("half@gmail.com", (await server.Services.Erasures.Get(asked!.Id, default))!.Address);

        await server.Services.Erasures.Work(default);

        var done = (await server.Services.Erasures.Get(asked.Id, default))!;
        Assert.True(done.IsDone);
        Assert.Null(done.Address);
        Assert.DoesNotContain(await Events(), e => e.Contains("half@gmail.com", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_erasure_that_a_release_before_began_begins_again_whatever_place_it_had_come_to()
    {
        await Tenant("handed-on");
        await Send("handed-on", "handed@gmail.com");
        await Patiently.Until(async () => (await Describe("handed-on")).Books.Open == 0, () => "all has left");
        var asked = (await server.Services.Erasures.Ask("handed@gmail.com", null, null, default))!;
        var documents = new StoredDocuments<Erasure>(server.Services.Resources, ResourceKind.Erasure, ErasureJson.Default.Erasure);
        var stored = (await documents.Get(asked.Id, default))!;
        var before = stored.Value with { At = "Steps", Cursor = "the name of a list" };
        Assert.True(await documents.Replace(asked.Id, before, stored.Version, default));

        await server.Services.Erasures.Work(default);

        Assert.True((await server.Services.Erasures.Get(asked.Id, default))!.IsDone);
        Assert.DoesNotContain(await Events(), e => e.Contains("handed@gmail.com", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_same_address_gets_the_same_pseudonym_in_whatever_case_and_another_one_another()
    {
        var first = await server.Services.Erasures.Ask("same@gmail.com", null, null, default);
        Assert.Equal(first!.Pseudonym, (await server.Services.Erasures.Ask("Same@gmail.com", null, null, default))!.Pseudonym);
        Assert.NotEqual(first.Pseudonym, (await server.Services.Erasures.Ask("same2@gmail.com", null, null, default))!.Pseudonym);
    }

    [Fact]
    public async Task An_address_is_erased_in_the_form_in_which_recipients_are_written_down()
    {
        await Ok("POST", "/silo/v1/erasures", """{"EmailAddress":"\"needless\"@BÜCHER.example"}""");
        var pseudonyms = (await Read("/silo/v1/erasures")).GetProperty("Erasures").EnumerateArray().Select(e => e.GetProperty("Pseudonym").GetString());
        var same = await server.Services.Erasures.Ask("needless@xn--bcher-kva.example", null, null, default);
        Assert.Contains(same!.Pseudonym, pseudonyms);
    }

    [Fact]
    public async Task What_is_no_address_and_a_tenant_that_is_not_there_are_refused()
    {
        Assert.Equal(HttpStatusCode.BadRequest, (await server.Send("POST", "/silo/v1/erasures", """{"EmailAddress":"nobody"}""")).Response.StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await server.Send("POST", "/silo/v1/erasures", "{}")).Response.StatusCode);
        Assert.Equal(
            HttpStatusCode.NotFound,
            (await server.Send("POST", "/silo/v1/erasures", """{"EmailAddress":"a@b.example","TenantName":"none"}""")).Response.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await server.Send("GET", "/silo/v1/erasures/$key")).Response.StatusCode);
    }

    // G5: the fold of what is in the log now is what the actor has.
    private async Task Same(Silo.Server.Tenants.TenantDescription tenant)
    {
        var key = (await server.Services.Store.Tenants.Load(tenant.Name, default))!.TenantKey;
        var ledger = TenantLedger.New(tenant.CreatedAt, null);
        foreach (var e in (await server.Services.Store.Events.ReadFrom(0, 10_000, default)).Where(e => e.TenantKey == key))
            ledger.Apply(TenantEvent.FromPayload(e.Sequence, e.At, e.Kind, e.Payload.Span));
        Assert.Equal(tenant.Books, ledger.Books);
        Assert.Equal(tenant.LastDay.Delivered, ledger.Counters.Volume(Silo.Core.Reputation.ReputationWindow.Day, TimeProvider.System.GetUtcNow()).Delivered);
        var usage = await server.Services.Tenants.Get(tenant.Name).ReadUsage(default);
        Assert.Equal(usage!.Months, ledger.Usage.Months);
    }

    private async Task<List<string>> Events() =>
        [.. (await server.Services.Store.Events.ReadFrom(0, 10_000, default)).Select(e => Encoding.UTF8.GetString(e.Payload.Span).Replace("\\u002B", "+"))];

    private async Task<Silo.Server.Tenants.TenantDescription> Describe(string tenant) =>
        (await server.Services.Tenants.Get(tenant).Describe(default))!;

    private async Task Tenant(string name)
    {
        await Ok("POST", "/v2/email/tenants", $$"""{"TenantName":"{{name}}"}""");
        await server.Send("POST", "/v2/email/configuration-sets", """{"ConfigurationSetName":"plain"}""");
        await server.Send("POST", "/v2/email/identities", """{"EmailIdentity":"erasures.example","ConfigurationSetName":"plain"}""");
        foreach (var resource in new[] { "identity/erasures.example", "configuration-set/plain" })
        {
            await Ok("POST", "/v2/email/tenants/resources",
                $$"""{"TenantName":"{{name}}","ResourceArn":"arn:aws:ses:us-east-1:000000000000:{{resource}}"}""");
        }
    }

    private Task Send(string tenant, params string[] to) => Ok("POST", "/v2/email/outbound-emails", JsonSerializer.Serialize(new
    {
        TenantName = tenant, FromEmailAddress = "s@erasures.example", Destination = new { ToAddresses = to },
        Content = new { Simple = new { Subject = new { Data = "x" }, Body = new { Text = new { Data = "x" } } } },
    }));

    private async Task<JsonElement> Read(string path) => JsonDocument.Parse(await Ok("GET", path)).RootElement;

    private async Task<string> Ok(string method, string path, string? body = null)
    {
        var (response, answer) = await server.Send(method, path, body);
        Assert.True(response.IsSuccessStatusCode, $"{method} {path}: {answer}");
        return answer;
    }
}
