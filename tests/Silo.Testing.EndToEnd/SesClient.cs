using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Xunit;

namespace Silo.Testing.EndToEnd;

/// <summary>A client of the SES v2 API that signs by the rules of AWS (Signature Version 4), written apart from the server's own.</summary>
/// <param name="url">Without a path.</param>
/// <param name="keyId">Of the key that it signs with.</param>
public sealed class SesClient(string url, string keyId = SesClient.KeyId, string secret = SesClient.Secret) : IDisposable
{
    public const string KeyId = "AKIATEST";
    public const string Secret = "secret";
    private const string Arn = "arn:aws:ses:us-east-1:000000000000:";

    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(30) };

    public string Url => url;

    public Task<SesReply> Post(string path, object request) => Call(HttpMethod.Post, path, request);

    /// <summary>A client of the same server with another key.</summary>
    public SesClient With(string otherKeyId, string otherSecret) => new(url, otherKeyId, otherSecret);

    /// <param name="request">Null for a call without a body.</param>
    /// <param name="headers">Sent and not signed.</param>
    public async Task<SesReply> Call(HttpMethod method, string path, object? request, params (string Name, string Value)[] headers)
    {
        var body = request is null ? [] : JsonSerializer.SerializeToUtf8Bytes(request);
        var uri = new Uri(url + path);
        var now = TimeProvider.System.GetUtcNow().ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        var canonical = $"{method}\n{CanonicalPath(path)}\n\nhost:{uri.Authority}\nx-amz-date:{now}\n\nhost;x-amz-date\n{Hash(body)}";
        var scope = $"{now[..8]}/us-east-1/ses/aws4_request";
        var text = $"AWS4-HMAC-SHA256\n{now}\n{scope}\n{Hash(Encoding.UTF8.GetBytes(canonical))}";
        var key = Encoding.UTF8.GetBytes("AWS4" + secret);
        foreach (var part in scope.Split('/')) key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(part));
        var signature = Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text)));
        using var message = new HttpRequestMessage(method, uri) { Content = new ByteArrayContent(body) };
        message.Headers.TryAddWithoutValidation("X-Amz-Date", now);
        message.Headers.TryAddWithoutValidation(
            "Authorization", $"AWS4-HMAC-SHA256 Credential={keyId}/{scope}, SignedHeaders=host;x-amz-date, Signature={signature}");
        foreach (var (name, value) in headers) message.Headers.TryAddWithoutValidation(name, value);
        message.Content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
        using var response = await _http.SendAsync(message);
        return new SesReply(response.StatusCode, await response.Content.ReadAsStringAsync())
        {
            ErrorType = response.Headers.TryGetValues("x-amzn-ErrorType", out var types) ? types.Single() : null,
        };
    }

    /// <summary>Identity and configuration set, and tenants that may use both.</summary>
    public async Task SetUp(params string[] tenants)
    {
        await Must("/v2/email/identities", new { EmailIdentity = "example.com" });
        await Must("/v2/email/configuration-sets", new { ConfigurationSetName = "news" });
        await SetUpMore(tenants);
    }

    /// <summary>Tenants that may use what <see cref="SetUp"/> made.</summary>
    public async Task SetUpMore(params string[] tenants)
    {
        foreach (var tenant in tenants)
        {
            await Must("/v2/email/tenants", new { TenantName = tenant });
            await Must("/v2/email/tenants/resources", new { TenantName = tenant, ResourceArn = Arn + "identity/example.com" });
            await Must("/v2/email/tenants/resources", new { TenantName = tenant, ResourceArn = Arn + "configuration-set/news" });
        }
    }

    public Task<SesReply> Send(string tenant, params string[] recipients) => Send(Mail(tenant, recipients));

    /// <summary>A send, with headers of the request.</summary>
    public Task<SesReply> Send(JsonObject mail, params (string Name, string Value)[] headers) =>
        Call(HttpMethod.Post, "/v2/email/outbound-emails", mail, headers);

    /// <summary>The usual send of a tenant, to be changed.</summary>
    public static JsonObject Mail(string tenant, params string[] recipients) => JsonSerializer.SerializeToNode(new
    {
        TenantName = tenant, ConfigurationSetName = "news", FromEmailAddress = "hello@example.com",
        Destination = new { ToAddresses = recipients },
        Content = new { Simple = new { Subject = new { Data = "Hello" }, Body = new { Text = new { Data = "It works." } } } },
    })!.AsObject();

    public async Task<string> SendingStatus(string tenant) =>
        JsonNode.Parse(await Must("/v2/email/tenants/get", new { TenantName = tenant }))!["Tenant"]!["SendingStatus"]!.GetValue<string>();

    /// <summary>Pauses the tenant or lets it send again, as its owner may.</summary>
    public async Task SetStatus(string tenant, string status)
    {
        var arn = JsonNode.Parse(await Must("/v2/email/tenants/get", new { TenantName = tenant }))!["Tenant"]!["TenantArn"]!.GetValue<string>();
        var path = $"/v2/email/reputation/entities/RESOURCE/{Uri.EscapeDataString(arn)}/customer-managed-status";
        var (code, body) = await Call(HttpMethod.Put, path, new { SendingStatus = status });
        Assert.True(code == HttpStatusCode.OK, $"{path}: {(int)code} {body}");
    }

    public Task<string> Must(string path, object request) => Must(HttpMethod.Post, path, request);

    public async Task<string> Must(HttpMethod method, string path, object? request = null)
    {
        var (status, body) = await Call(method, path, request);
        Assert.True(status == HttpStatusCode.OK, $"{method} {path}: {(int)status} {body}");
        return body;
    }

    public void Dispose() => _http.Dispose();

    // The path as it is sent, escaped once more (Signature Version 4, all services but S3).
    private static string CanonicalPath(string path) => string.Join('/', path.Split('/').Select(Uri.EscapeDataString));

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}

/// <summary>What the API answered.</summary>
public readonly record struct SesReply(HttpStatusCode Status, string Body)
{
    /// <summary>The code of an error, by which SDKs choose their exception.</summary>
    public string? ErrorType { get; init; }
}
