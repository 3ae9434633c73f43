using Microsoft.Extensions.DependencyInjection;
using Silo.Core.Contacts;
using Silo.Server.Accounts;
using Silo.Server.Lists;
using Silo.Storage;
using Xunit;

namespace Silo.Server.Tests.Access;

/// <summary>A tenant's key has its tenant's contact lists, and to it there are no others.</summary>
public sealed class TenantListTests(AccessServer server) : IClassFixture<AccessServer>
{
    private const string Lists = "/v2/email/contact-lists";

    private ContactLists Store => server.Provider.GetRequiredService<ContactLists>();

    [Fact]
    public async Task A_tenants_key_makes_lists_of_its_tenant_whatever_names_others_have()
    {
        await server.AddTenant("t-names");
        var key = await server.AddKey("TENANT", "t-names");
        await server.Ok("POST", Lists, """{"ContactListName":"t-account"}""");
        await server.Ok("POST", Lists, """{"ContactListName":"t-other"}""", server.Globex);
        await server.Ok("POST", Lists, """{"ContactListName":"t-given","TenantName":"t-names"}""");
        foreach (var name in new[] { "t-account", "t-other", "t-free" }) await server.Ok("POST", Lists, $$"""{"ContactListName":"{{name}}"}""", key);
        foreach (var name in new[] { "t-account", "t-given" })
            Assert.Equal("AlreadyExistsException", (await server.Ask("POST", Lists, $$"""{"ContactListName":"{{name}}"}""", key)).Code);
        Assert.Equal(["t-account", "t-free", "t-given", "t-other"], await Names(key));
        Assert.Equal(["t-account", "t-free", "t-given", "t-other"], await Names(null, "?TenantName=t-names"));

        await server.Ok("POST", $"{Lists}/t-account/contacts", """{"EmailAddress":"r@example.net"}""", key);
        await server.Ok("PUT", $"{Lists}/t-account", """{"Description":"Mine."}""", key);
        Assert.Equal("NotFoundException", (await server.Ask("GET", $"{Lists}/t-account/contacts/r@example.net")).Code);
        Assert.Equal(200, (await server.Ask("GET", $"{Lists}/t-account/contacts/r@example.net?TenantName=t-names")).Status);
        Assert.False((await server.Ok("GET", $"{Lists}/t-account")).TryGetProperty("Description", out _));
        await server.Ok("DELETE", $"{Lists}/t-account", by: key);
        Assert.Equal(200, (await server.Ask("GET", $"{Lists}/t-account")).Status);
        Assert.Equal("NotFoundException", (await server.Ask("GET", $"{Lists}/t-account", by: key)).Code);
    }

    [Fact]
    public async Task Lists_and_jobs_of_others_answer_as_those_that_are_not_there()
    {
        await server.Ok("POST", Lists, """{"ContactListName":"f-account"}""");
        await server.Ok("POST", Lists, """{"ContactListName":"f-globex"}""", server.Globex);
        await server.Ok("POST", Lists, """{"ContactListName":"f-given","TenantName":"globex"}""");
        const string import =
            """
            {"ImportDestination":{"ContactListDestination":{"ContactListName":"NAME","ContactListImportAction":"PUT"}},
            "ImportDataSource":{"S3Url":"s3://none/x.csv","DataFormat":"CSV"}}
            """;
        const string mail =
            """
            {"FromEmailAddress":"a@acme.example","ConfigurationSetName":"acme-mail","Destination":{"ToAddresses":["r@example.net"]},
            "ListManagementOptions":{"ContactListName":"NAME"},"Content":{"Simple":{"Subject":{"Data":"x"},"Body":{"Text":{"Data":"x"}}}}}
            """;
        (string Method, string Path, string? Body)[] calls =
        [
            ("GET", $"{Lists}/NAME", null), ("PUT", $"{Lists}/NAME", "{}"), ("DELETE", $"{Lists}/NAME", null),
            ("POST", $"{Lists}/NAME/contacts", """{"EmailAddress":"r@example.net"}"""), ("POST", $"{Lists}/NAME/contacts/list", "{}"),
            ("GET", $"{Lists}/NAME/contacts/r@example.net", null), ("PUT", $"{Lists}/NAME/contacts/r@example.net", "{}"),
            ("DELETE", $"{Lists}/NAME/contacts/r@example.net", null), ("POST", "/v2/email/import-jobs", import),
            ("POST", "/v2/email/outbound-emails", mail),
        ];
        foreach (var (method, path, body) in calls)
        {
            var absent = await Ask("f-absent");
            Assert.True(absent.Status is 404 or 400, $"{method} {path}: {absent}");
            foreach (var name in new[] { "f-account", "f-globex", "f-given" })
                Assert.Equal(absent with { Body = absent.Body.Replace("f-absent", name) }, await Ask(name));

            Task<(int Status, string? Code, string Body)> Ask(string name) =>
                server.Ask(method, path.Replace("NAME", name), body?.Replace("NAME", name), server.Acme);
        }

        Assert.DoesNotContain("f-", string.Join(' ', await Names(server.Acme)));
        Assert.Equal("AccessDeniedException", (await server.Ask("GET", $"{Lists}/f-globex?TenantName=globex", by: server.Acme)).Code);
        Assert.Equal("NotFoundException", (await server.Ask("GET", "/v2/email/import-jobs/0", by: server.Acme)).Code);
        // Nor may it read what is in no bucket of its tenant's.
        await server.Ok("POST", Lists, """{"ContactListName":"f-own"}""", server.Acme);
        Assert.Contains(
            "no bucket that this key may read",
            (await server.Ask("POST", "/v2/email/import-jobs", import.Replace("NAME", "f-own"), server.Acme)).Body);
    }

    [Fact]
    public async Task Lists_of_a_tenant_that_is_gone_are_not_the_next_ones_of_its_name()
    {
        await server.AddTenant("again");
        var old = (await server.Provider.GetRequiredService<Silo.Server.Tenants.ITenants>().Get("again").Describe(default))!;
        await server.Ok("POST", "/v2/email/tenants/delete", """{"TenantName":"again"}""");
        // What a deletion left that broke off: one that is given, one of its own, one that an earlier release made.
        var owner = new ListOwner("again", old.TenantId);
        foreach (var isOwn in new[] { true, false })
            Assert.Equal(ResourceCreation.Created, await Store.Create("g-left" + (isOwn ? "-own" : ""), owner, isOwn, [], null, [], default));
        await Legacy("g-legacy-old");
        await server.Ok("POST", "/v2/email/tenants", """{"TenantName":"again"}""");
        await Legacy("g-legacy-new");
        var key = await server.AddKey("TENANT", "again");
        foreach (var name in new[] { "g-left", "g-left-own" })
        {
            Assert.Equal("NotFoundException", (await server.Ask("GET", $"{Lists}/{name}", by: key)).Code);
            Assert.Equal("NotFoundException", (await server.Ask("GET", $"{Lists}/{name}?TenantName=again")).Code);
        }

        await Store.FollowTenants(default);
        foreach (var name in new[] { "g-left", "g-legacy-old" }) Assert.Null(await Store.Get(name, default));
        var now = (await server.Provider.GetRequiredService<Silo.Server.Tenants.ITenants>().Get("again").Describe(default))!;
        Assert.Equal(now.TenantId, (await Store.Get("g-legacy-new", default))!.TenantId);
        Assert.Equal(200, (await server.Ask("GET", $"{Lists}/g-legacy-new", by: key)).Status);

        async Task Legacy(string name)
        {
            Assert.Equal(ResourceCreation.Created, await Store.Create(name, owner, false, [], null, [], default));
            await Store.Change((await Store.Get(name, default))!, l => l with { TenantId = null }, default);
        }
    }

    [Fact]
    public async Task An_address_in_needless_quotes_is_the_address()
    {
        await server.Ok("POST", Lists, """{"ContactListName":"quoted"}""");
        await server.Ok("POST", $"{Lists}/quoted/contacts", """{"EmailAddress":"\"plain\"@example.net"}""");
        Assert.Equal(200, (await server.Ask("GET", $"{Lists}/quoted/contacts/plain@example.net")).Status);
        Assert.Equal(200, (await server.Ask("GET", $"{Lists}/quoted/contacts/{Uri.EscapeDataString("\"Plain\"@example.net")}")).Status);
        Assert.Equal(
            "AlreadyExistsException", (await server.Ask("POST", $"{Lists}/quoted/contacts", """{"EmailAddress":"PLAIN@example.net"}""")).Code);
        await server.Ok("DELETE", $"{Lists}/quoted/contacts/{Uri.EscapeDataString("\"plain\"@example.net")}");
    }

    private async Task<string[]> Names(Silo.Server.Access.AccessKey? by, string query = "") =>
        [.. (await server.Ok("GET", Lists + query, by: by)).GetProperty("ContactLists").EnumerateArray().Select(l => l.GetProperty("ContactListName").GetString()!)];
}
