using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Silo.Server.Submission;
using Silo.Server.Tests.SesApi;
using Silo.Testing.SmtpSink;
using Xunit;

namespace Silo.Server.Tests.Submission;

/// <summary>The whole server with a tenant that may send, a network that is trusted, and a relay that keeps what leaves.</summary>
public sealed class SubmissionServer : IAsyncLifetime
{
    /// <summary>Of the trusted network.</summary>
    public const string Trusted = "127.0.7.1";

    public static string Password { get; } = SmtpPasswords.Derive(ApiServer.Secret, "us-east-1");

    internal SinkServer Relay { get; } = new();

    internal ApiServer Api { get; } = new();

    internal IPEndPoint EndPoint => Listening.First(e => !e.IsTlsImplicit).EndPoint;

    internal IPEndPoint TlsEndPoint => Listening.First(e => e.IsTlsImplicit).EndPoint;

    private IReadOnlyList<(IPEndPoint EndPoint, bool IsTlsImplicit)> Listening => Api.Provider.GetRequiredService<SubmissionService>().EndPoints;

    public async Task InitializeAsync()
    {
        foreach (var (key, value) in new[]
        {
            ("Silo:Transport:Kind", "Smtp"), ("Silo:Transport:Smtp:Host", "127.0.0.1"), ("Silo:Transport:Smtp:Port", $"{Relay.Port}"),
            ("Silo:Smtp:TrustedNetworks:0", "127.0.7.0/24"), ("Silo:Smtp:ImplicitTlsEndpoint", "127.0.0.1:0"),
        }) Api.Settings[key] = value;
        await Api.InitializeAsync();
        await Post("identities", """{"EmailIdentity":"acme.example"}""");
        await Post("configuration-sets", """{"ConfigurationSetName":"news"}""");
        foreach (var tenant in new[] { "acme", "closed" })
        {
            await Post("tenants", $$"""{"TenantName":"{{tenant}}"}""");
            foreach (var arn in new[] { "identity/acme.example", "configuration-set/news" })
                await Post("tenants/resources", $$"""{"TenantName":"{{tenant}}","ResourceArn":"arn:aws:ses:us-east-1:000000000000:{{arn}}"}""");
        }
    }

    public async Task DisposeAsync()
    {
        await Api.DisposeAsync();
        await Relay.DisposeAsync();
    }

    internal async Task<string> Post(string path, string body)
    {
        var (response, text) = await Api.Send("POST", "/v2/email/" + path, body);
        Assert.True(response.IsSuccessStatusCode, text);
        return text;
    }

    /// <summary>A new key of the tenant acme.</summary>
    internal async Task<(string Id, string Password)> TenantKey()
    {
        var (response, text) = await Api.Send("POST", "/silo/v1/credentials", """{"Kind":"TENANT","TenantName":"acme"}""");
        Assert.True(response.IsSuccessStatusCode, text);
        var answer = JsonNode.Parse(text)!;
        return ((string)answer["Credential"]!["AccessKeyId"]!, (string)answer["SmtpPassword"]!);
    }

    internal Task<SmtpDialogue> Connect(string from = "127.0.0.1") => SmtpDialogue.Open(EndPoint, from);

    internal async Task<SmtpDialogue> Login()
    {
        var dialogue = await Connect();
        Assert.Equal("235 2.7.0 Authentication successful", await dialogue.Login(ApiServer.KeyId, Password));
        return dialogue;
    }
}
