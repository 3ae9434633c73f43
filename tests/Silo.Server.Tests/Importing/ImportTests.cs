using System.Text.Json;
using Silo.Server.Delivery.Ses;
using Silo.Server.Importing;
using Silo.Server.Tests.SesApi;
using Xunit;

namespace Silo.Server.Tests.Importing;

/// <summary>Silo speaks SES v2, so one server is the account that is left and the other the one that is come to.</summary>
public sealed class ImportTests : IAsyncLifetime
{
    private readonly ApiServer _source = new();
    private readonly ApiServer _target = new();

    public async Task InitializeAsync()
    {
        await Task.WhenAll(_source.InitializeAsync(), _target.InitializeAsync());
        foreach (var set in new[] { "plain", "full" })
            await Ok(_source, "POST", "/v2/email/configuration-sets", $$"""{"ConfigurationSetName":"{{set}}","Tags":[{"Key":"k","Value":"{{set}}"}]}""");
        await Ok(_source, "PUT", "/v2/email/configuration-sets/full/delivery-options", """{"TlsPolicy":"REQUIRE","MaxDeliverySeconds":3600}""");
        await Ok(_source, "PUT", "/v2/email/configuration-sets/full/sending", """{"SendingEnabled":false}""");
        await Ok(_source, "PUT", "/v2/email/configuration-sets/full/suppression-options", """{"SuppressedReasons":["BOUNCE"]}""");
        await Ok(_source, "POST", "/v2/email/configuration-sets/full/event-destinations", """
            {"EventDestinationName":"sns","EventDestination":{"Enabled":true,"MatchingEventTypes":["BOUNCE","COMPLAINT"],
             "SnsDestination":{"TopicArn":"arn:aws:sns:us-east-1:000000000000:events"}}}
            """);
        await Ok(_source, "POST", "/v2/email/identities", """{"EmailIdentity":"acme.example","ConfigurationSetName":"plain"}""");
        await Ok(_source, "POST", "/v2/email/identities", """{"EmailIdentity":"o'brien+x@other.example"}""");
        foreach (var tenant in new[] { "acme", "globex" })
        {
            await Ok(_source, "POST", "/v2/email/tenants", $$"""{"TenantName":"{{tenant}}","Tags":[{"Key":"plan","Value":"gold"}]}""");
            await Ok(_source, "POST", "/v2/email/tenants/resources",
                $$"""{"TenantName":"{{tenant}}","ResourceArn":"arn:aws:ses:us-east-1:000000000000:identity/acme.example"}""");
        }

        await Ok(_source, "POST", "/v2/email/tenant/suppression", """{"TenantName":"globex","SuppressionScope":"TENANT","SuppressedReasons":["COMPLAINT"]}""");
        var arn = Uri.EscapeDataString((await _source.Services.Tenants.Get("globex").Describe(default))!.Arn);
        await Ok(_source, "PUT", $"/v2/email/reputation/entities/RESOURCE/{arn}/customer-managed-status", """{"SendingStatus":"DISABLED"}""");
        await Ok(_source, "PUT", $"/v2/email/reputation/entities/RESOURCE/{arn}/policy",
            """{"ReputationEntityPolicy":"arn:aws:ses:us-east-1:aws:reputation-policy/strict"}""");
        // More than a page.
        for (var i = 0; i < 130; i++)
            await Ok(_source, "PUT", "/v2/email/suppression/addresses", $$"""{"EmailAddress":"s{{i}}+x@example.com","Reason":"BOUNCE"}""");
        await Ok(_source, "PUT", "/v2/email/suppression/addresses", """{"EmailAddress":"t@example.com","Reason":"COMPLAINT","TenantName":"globex"}""");
    }

    public async Task DisposeAsync() => await Task.WhenAll(_source.DisposeAsync(), _target.DisposeAsync());

    [Fact]
    public async Task A_dry_run_changes_nothing_an_import_takes_all_over_and_another_one_finds_nothing_to_do()
    {
        var dry = await Import(apply: false);
        Assert.True(dry.Count(ImportAction.Create) > 8);
        Assert.Empty((await _target.Services.Store.Tenants.List(new Storage.TenantFilter(), 10, default)).Items);
        Assert.Empty((await _target.Services.Account.ListIdentities(null, null, 10, default)).Items);

        var applied = await Import(apply: true);
        Assert.All(applied.Items, i => Assert.True(i.Refusals.Count == 0, $"{i.Kind} {i.Name}: {string.Join(' ', i.Refusals)}"));

        var acme = (await _target.Services.Tenants.Get("acme").Describe(default))!;
        var globex = (await _target.Services.Tenants.Get("globex").Describe(default))!;
        Assert.True(acme.Standing.MaySend);
        Assert.False(globex.Standing.MaySend);
        Assert.NotNull(globex.Suppression);
        Assert.Equal("acme.example", Assert.Single((await _target.Services.Resources.ListByTenant("acme", null, null, 10, default)).Items).ResourceName);
        var full = JsonDocument.Parse(await Ok(_target, "GET", "/v2/email/configuration-sets/full")).RootElement;
        Assert.Equal(3600, full.GetProperty("DeliveryOptions").GetProperty("MaxDeliverySeconds").GetInt32());
        Assert.False(full.GetProperty("SendingOptions").GetProperty("SendingEnabled").GetBoolean());
        Assert.Contains("\"sns\"", await Ok(_target, "GET", "/v2/email/configuration-sets/full/event-destinations"));
        Assert.NotNull(await _target.Services.Store.Suppressions.Get(null, "s129+x@example.com", default));
        Assert.NotNull(await _target.Services.Store.Suppressions.Get("globex", "t@example.com", default));

        var again = await Import(apply: true);
        Assert.All(again.Items, i => Assert.True(i.Action is ImportAction.Same or ImportAction.Leave, $"{i.Kind} {i.Name}: {i.Action} {string.Join(' ', i.Notes)}"));
        Assert.Equal(dry.Items.Count, again.Items.Count);

        // What was changed there since is told and taken over.
        await Ok(_source, "PUT", "/v2/email/configuration-sets/full/sending", """{"SendingEnabled":true}""");
        await Ok(_source, "PUT", "/v2/email/suppression/addresses", """{"EmailAddress":"s0+x@example.com","Reason":"COMPLAINT"}""");
        var changed = await Import(apply: true);
        Assert.Equal(["configuration-sets full", "suppression account"], changed.Items.Where(i => i.Action == ImportAction.Change).Select(i => $"{i.Kind} {i.Name}"));
        Assert.Equal(0, (await Import(apply: false)).Count(ImportAction.Change));
    }

    [Fact]
    public async Task Only_what_is_asked_for_is_taken_over_and_keys_that_are_refused_are_told()
    {
        var report = await Import(apply: true, "--only", "tenants,statuses", "--tenant", "acme");
        Assert.Equal(["tenants acme", "statuses acme"], report.Items.Select(i => $"{i.Kind} {i.Name}"));
        Assert.Null(await _target.Services.Tenants.Get("globex").Describe(default));

        var refused = await Assert.ThrowsAsync<ImportException>(() => ImportProgram.Import(
            Options(false), Place(_source), Keys("wrong"), Keys(ApiServer.Secret), TimeProvider.System, _ => { }, default));
        Assert.Contains("The source refuses", refused.Message);
        Assert.DoesNotContain("wrong", refused.Message);
    }

    [Fact]
    public async Task A_tenant_that_the_service_has_paused_begins_paused_and_the_report_says_why()
    {
        await Ok(_source, "PUT", "/silo/v1/tenants/acme/status", """{"SendingStatus":"DISABLED","Origin":"PLATFORM"}""");
        var report = await Import(apply: true, "--only", "tenants,statuses", "--tenant", "acme");
        Assert.Contains(report.Items.Single(i => i.Kind == "statuses").Notes, n => n.StartsWith("SES has paused it", StringComparison.Ordinal));
        Assert.False((await _target.Services.Tenants.Get("acme").Describe(default))!.Standing.MaySend);
    }

    [Fact]
    public async Task The_report_shows_what_is_to_be_done_and_no_address_of_a_list()
    {
        var report = await Import(apply: false);
        var text = new StringWriter();
        var console = Spectre.Console.AnsiConsole.Create(new Spectre.Console.AnsiConsoleSettings
        {
            Ansi = Spectre.Console.AnsiSupport.No, Out = new Spectre.Console.AnsiConsoleOutput(text),
        });
        ImportScreen.Write(console, report);
        var shown = text + JsonSerializer.Serialize(report, AccountImportJson.Default.ImportReport);
        Assert.Contains("130 of 130 addresses", shown);
        Assert.Contains("--apply", shown);
        Assert.DoesNotContain("s0+x@", shown);
        Assert.DoesNotContain(ApiServer.Secret, shown);
    }

    private Task<ImportReport> Import(bool apply, params string[] arguments) => ImportProgram.Import(
        Options(apply, arguments), Place(_source), Keys(ApiServer.Secret), Keys(ApiServer.Secret), TimeProvider.System, _ => { }, default);

    private ImportOptions Options(bool apply, params string[] arguments) => ImportOptions.Parse(
        ["ses", .. arguments, "--rate", "1000", "--target", _target.Url.GetLeftPart(UriPartial.Authority), .. apply ? ["--apply"] : Array.Empty<string>()],
        [.. ImportRun.Kinds.Select(k => k.Name)])!;

    private static SesPlace Place(ApiServer server) => new(new Uri(server.Url.GetLeftPart(UriPartial.Authority)), "us-east-1");

    private static SesOptions Keys(string secret) => new() { AccessKeyId = ApiServer.KeyId, SecretAccessKey = secret };

    private static async Task<string> Ok(ApiServer server, string method, string path, string? body = null)
    {
        var (response, answer) = await server.Send(method, path, body);
        Assert.True(response.IsSuccessStatusCode, $"{method} {path}: {answer}");
        return answer;
    }
}
