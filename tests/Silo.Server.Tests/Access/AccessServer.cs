using System.Net;
using System.Text.Json;
using Silo.Server.Access;
using Silo.Server.Tests.SesApi;
using Xunit;

namespace Silo.Server.Tests.Access;

/// <summary>
/// A server with two tenants, acme and globex, each with an identity and a configuration set of its own, and a key of every sort.
/// </summary>
public sealed class AccessServer : IAsyncLifetime
{
    private readonly ApiServer _server = new();

    internal WatchedStore Store { get; private set; } = null!;

    internal AccessKey Operator { get; private set; } = null!;

    internal AccessKey Acme { get; private set; } = null!;

    internal AccessKey Globex { get; private set; } = null!;

    internal AccessKey Disabled { get; private set; } = null!;

    internal string AcmeArn { get; private set; } = "";

    internal string GlobexArn { get; private set; } = "";

    internal IServiceProvider Provider => _server.Provider;

    public async Task InitializeAsync()
    {
        // Whoever may do what is to be seen whatever the pace.
        foreach (var calls in new[] { "Reads", "Changes", "Costly" }) _server.Settings[$"Silo:Limits:TenantKeys:{calls}:PerSecond"] = "-1";
        _server.Wrap = store => Store = new WatchedStore(store);
        await _server.InitializeAsync();
        (AcmeArn, GlobexArn) = (await AddTenant("acme"), await AddTenant("globex"));
        (Operator, Acme, Globex, Disabled) =
            (await AddKey("OPERATOR"), await AddKey("TENANT", "acme"), await AddKey("TENANT", "globex"), await AddKey("OPERATOR"));
        await Ok("PUT", $"/silo/v1/credentials/{Disabled.Id}/status", """{"Status":"DISABLED"}""");
    }

    public Task DisposeAsync() => _server.DisposeAsync();

    /// <summary>A tenant with "name.example" and "name-mail"; its ARN.</summary>
    internal async Task<string> AddTenant(string name)
    {
        var tenant = await Ok("POST", "/v2/email/tenants", $$"""{"TenantName":"{{name}}"}""");
        await Ok("POST", "/v2/email/identities", $$"""{"EmailIdentity":"{{name}}.example"}""");
        await Ok("POST", "/v2/email/configuration-sets", $$"""{"ConfigurationSetName":"{{name}}-mail"}""");
        foreach (var resource in new[] { $"identity/{name}.example", $"configuration-set/{name}-mail" })
        {
            await Ok(
                "POST", "/v2/email/tenants/resources",
                $$"""{"TenantName":"{{name}}","ResourceArn":"arn:aws:ses:us-east-1:000000000000:{{resource}}"}""");
        }

        return tenant.GetProperty("TenantArn").GetString()!;
    }

    internal async Task<AccessKey> AddKey(string kind, string? tenant = null, string? policy = null) =>
        KeyOf(await Ok("POST", "/silo/v1/credentials", JsonSerializer.Serialize(new
        {
            Kind = kind, TenantName = tenant, Policy = policy is null ? (JsonElement?)null : JsonDocument.Parse(policy).RootElement,
        })));

    internal static AccessKey KeyOf(JsonElement creation) => new(
        creation.GetProperty("Credential").GetProperty("AccessKeyId").GetString()!, creation.GetProperty("SecretAccessKey").GetString()!);

    internal async Task<JsonElement> Ok(string method, string path, string? body = null, AccessKey? by = null)
    {
        var (response, text) = await _server.Send(method, path, body, by: by);
        Assert.True(response.StatusCode == HttpStatusCode.OK, $"{method} {path}: {(int)response.StatusCode} {text}");
        return JsonDocument.Parse(text).RootElement;
    }

    /// <summary>Status, error code and body of an answer.</summary>
    internal async Task<(int Status, string? Code, string Body)> Ask(
        string method, string path, string? body = null, AccessKey? by = null, bool signed = true)
    {
        var (response, text) = await _server.Send(method, path, body, signed, by: by);
        return ((int)response.StatusCode, response.Headers.TryGetValues("x-amzn-ErrorType", out var code) ? code.Single() : null, text);
    }

    internal Task<(int Status, string? Code, string Body)> SendMail(
        AccessKey? by, string from, string? set, string? tenant = null, string content = """{"Simple":{"Subject":{"Data":"x"},"Body":{"Text":{"Data":"x"}}}}""",
        string to = "r@example.net", string? identityArn = null) =>
        Ask("POST", "/v2/email/outbound-emails", JsonSerializer.Serialize(new Dictionary<string, object?>
        {
            ["FromEmailAddress"] = from, ["ConfigurationSetName"] = set, ["TenantName"] = tenant, ["FromEmailAddressIdentityArn"] = identityArn,
            ["Destination"] = new { ToAddresses = new[] { to } }, ["Content"] = JsonDocument.Parse(content).RootElement,
        }), by);
}
