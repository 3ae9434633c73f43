using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Silo.Core.Tenants;
using Silo.Server.PublicWeb;
using Silo.Server.Tests.Feedback;
using Silo.Testing.Dns;
using Xunit;

namespace Silo.Server.Tests.Lists;

/// <summary>A server whose links lead to https://click.example, a relay that keeps what leaves, and a bucket to import from.</summary>
public sealed class ListScene : IAsyncLifetime
{
    public const string Base = "https://click.example";

    private readonly HttpClient _browser = new(new HttpClientHandler { AllowAutoRedirect = false, UseCookies = false });
    private FeedbackServer _server = null!;

    public string Bucket { get; } = Directory.CreateTempSubdirectory("silo-bucket-").FullName;

    internal ScriptedDnsServer Dns { get; } = new();

    internal FeedbackServer Server => _server;

    public async Task InitializeAsync()
    {
        _server = await FeedbackServer.Start(null,
            ("Silo:Public:BaseUrl", Base), ("Silo:Imports:Buckets:0:Name", "imports"), ("Silo:Imports:Buckets:0:Directory", Bucket),
            ("Silo:Dns:Servers:0", Dns.EndPoint.ToString()), ("Silo:Feedback:Smtp:Endpoint", ""), ("Silo:Feedback:ReturnPathDomain", ""),
            ("Silo:Feedback:ComplaintAddresses:0", ""), ("Silo:Feedback:Sns:Topics:0", ""), ("Silo:Feedback:EventBridge:Secret", ""));
        await Call("POST", "/v2/email/identities", """{"EmailIdentity":"acme.example"}""");
        await Call("POST", "/v2/email/configuration-sets", """{"ConfigurationSetName":"plain"}""");
        foreach (var set in new[] { "letters", "silent" })
        {
            await Call("POST", "/v2/email/configuration-sets", $$"""{"ConfigurationSetName":"{{set}}"}""");
            await Call("PUT", $"/silo/v1/configuration-sets/{set}/stream", """{"Stream":"BULK"}""");
        }

        await Call("PUT", "/silo/v1/configuration-sets/silent/unsubscribe-links", """{"UnsubscribeLinks":"DISABLED"}""");
    }

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        _browser.Dispose();
        await Dns.DisposeAsync();
        Directory.Delete(Bucket, recursive: true);
    }

    internal async Task<JsonNode> Call(string method, string path, string? body = null)
    {
        var (status, text) = await _server.Send(method, path, body);
        Assert.True(status == HttpStatusCode.OK, $"{method} {path} answered {status}: {text}");
        return JsonNode.Parse(text)!;
    }

    internal async Task<string> Refused(string method, string path, string? body, HttpStatusCode status)
    {
        var (answered, text) = await _server.Send(method, path, body);
        Assert.True(answered == status, $"{method} {path} answered {answered}: {text}");
        return JsonNode.Parse(text)!["message"]!.GetValue<string>();
    }

    internal async Task NewTenant(string name)
    {
        await Call("POST", "/v2/email/tenants", $$"""{"TenantName":"{{name}}"}""");
        foreach (var resource in new[] { "identity/acme.example", "configuration-set/letters", "configuration-set/plain", "configuration-set/silent" })
        {
            await Call("POST", "/v2/email/tenants/resources",
                $$"""{"TenantName":"{{name}}","ResourceArn":"arn:aws:ses:us-east-1:000000000000:{{resource}}"}""");
        }
    }

    /// <summary>A body of SendEmail; simple content with the placeholder in both bodies.</summary>
    internal static JsonObject Mail(string to, string? set = null, string? tenant = null, string? list = null, string? topic = null)
    {
        var mail = JsonNode.Parse("""
            {"FromEmailAddress":"news@acme.example","Destination":{},
            "Content":{"Simple":{"Subject":{"Data":"Hello"},"Body":{"Text":{"Data":"Leave: {{amazonSESUnsubscribeUrl}}"},
            "Html":{"Data":"<a href=\"{{amazonSESUnsubscribeUrl}}\">x</a>"}}}}}
            """)!.AsObject();
        mail["Destination"]!["ToAddresses"] = new JsonArray([.. to.Split(',').Select(t => (JsonNode?)JsonValue.Create(t))]);
        if (set is not null) mail["ConfigurationSetName"] = set;
        if (tenant is not null) mail["TenantName"] = tenant;
        if (list is not null) mail["ListManagementOptions"] = new JsonObject { ["ContactListName"] = list, ["TopicName"] = topic };
        return mail;
    }

    internal async Task<string> Send(JsonObject mail) =>
        (await Call("POST", "/v2/email/outbound-emails", mail.ToJsonString()))["MessageId"]!.GetValue<string>();

    /// <summary>What the relay got, with folded headers and soft line ends joined.</summary>
    internal async Task<string> Arrived(string recipient)
    {
        await FeedbackServer.Until(
            () => Task.FromResult(_server.Relay.Messages.Any(m => m.Recipient.Contains(recipient, StringComparison.Ordinal))), $"mail to {recipient}");
        var message = _server.Relay.Messages.Last(m => m.Recipient.Contains(recipient, StringComparison.Ordinal));
        return Encoding.UTF8.GetString(message.Content).Replace("=\r\n", "", StringComparison.Ordinal).Replace("\r\n ", " ", StringComparison.Ordinal);
    }

    internal static string Header(string message, string name) => message.Split("\r\n\r\n")[0].Split("\r\n")
        .FirstOrDefault(l => l.StartsWith(name + ": ", StringComparison.Ordinal))?[(name.Length + 2)..] ?? "";

    /// <summary>The path behind the public base in a List-Unsubscribe header.</summary>
    internal static string PathOf(string header)
    {
        Assert.StartsWith($"<{Base}/u/", header, StringComparison.Ordinal);
        return header[(Base.Length + 1)..^1];
    }

    internal async Task<HttpResponseMessage> Browse(HttpMethod method, string path, HttpContent? body = null, string? language = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(new Uri(_server.Provider.GetRequiredService<PublicServer>().Url!), path)) { Content = body };
        if (language is not null) request.Headers.AcceptLanguage.ParseAdd(language);
        return await _browser.SendAsync(request);
    }

    internal Task<HttpResponseMessage> Submit(string path, params (string, string)[] fields) =>
        Browse(HttpMethod.Post, path, new StringContent(
            string.Join('&', fields.Select(f => $"{f.Item1}={Uri.EscapeDataString(f.Item2)}")), Encoding.UTF8, "application/x-www-form-urlencoded"));

    internal Task<HttpResponseMessage> OneClick(string path) => Submit(path, ("List-Unsubscribe", "One-Click"));

    internal async Task<TenantEvent[]> EventsOf(string messageId) => [.. (await _server.Events()).Where(e => e.MessageId == messageId)];
}
