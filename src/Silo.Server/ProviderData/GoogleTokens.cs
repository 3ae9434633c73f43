using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Silo.Server.ProviderData;

/// <summary>
/// Access tokens of Google: as a file has them, or for a service account's key by a signed assertion (RFC 7523;
/// developers.google.com/identity/protocols/oauth2/service-account).
/// </summary>
internal sealed class GoogleTokens(GoogleOptions options, ProviderHttp http, TimeProvider time)
{
    private const string Scope = "https://www.googleapis.com/auth/postmaster.traffic.readonly";
    private const string DefaultTokenUri = "https://oauth2.googleapis.com/token";
    private const int MaxFileBytes = 64 * 1024;

    /// <summary>A token, or why there is none, without a full stop; nothing of a key stands in it.</summary>
    public async ValueTask<(string? Token, string? Problem)> Get(CancellationToken cancellationToken)
    {
        try
        {
            if (options.TokenFile is { } file)
            {
                var token = Encoding.ASCII.GetString(await Read(file, cancellationToken)).Trim();
                return token.Length > 0 && token.All(c => c is > ' ' and < '\x7f') ? (token, null) : (null, "The file of the token holds none");
            }

            return await ByAssertion(await Read(options.ServiceAccountFile!, cancellationToken), cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (null, "The file of the credentials cannot be read");
        }
        catch (Exception e) when (e is JsonException or CryptographicException or ArgumentException or InvalidOperationException or FormatException)
        {
            return (null, "The file of the credentials is no key of a service account");
        }
    }

    internal static string Assertion(string email, string? keyId, RSA key, string audience, DateTimeOffset now)
    {
        var header = new JsonObject { ["alg"] = "RS256", ["typ"] = "JWT" };
        if (keyId is not null) header["kid"] = keyId;
        var claims = new JsonObject
        {
            ["iss"] = email, ["scope"] = Scope, ["aud"] = audience, ["iat"] = now.ToUnixTimeSeconds(), ["exp"] = now.AddHours(1).ToUnixTimeSeconds(),
        };
        var signed = $"{Encode(Encoding.UTF8.GetBytes(header.ToJsonString()))}.{Encode(Encoding.UTF8.GetBytes(claims.ToJsonString()))}";
        return $"{signed}.{Encode(key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))}";

        static string Encode(byte[] bytes) => Base64Url.EncodeToString(bytes);
    }

    private async ValueTask<(string? Token, string? Problem)> ByAssertion(byte[] file, CancellationToken cancellationToken)
    {
        using var document = JsonDocument.Parse(file);
        var email = Text(document.RootElement, "client_email");
        var pem = Text(document.RootElement, "private_key");
        var uri = Text(document.RootElement, "token_uri") ?? DefaultTokenUri;
        if (email is null || pem is null || !ProviderDataOptions.IsFetchable(uri))
            return (null, "The file of the credentials is no key of a service account");
        using var key = RSA.Create();
        key.ImportFromPem(pem);
        var body = new Dictionary<string, string>
        {
            ["grant_type"] = "urn:ietf:params:oauth:grant-type:jwt-bearer",
            ["assertion"] = Assertion(email, Text(document.RootElement, "private_key_id"), key, uri, time.GetUtcNow()),
        };
        using var request = new HttpRequestMessage(HttpMethod.Post, uri) { Content = new FormUrlEncodedContent(body) };
        var (answer, problem) = await http.Send(request, cancellationToken);
        if (answer is null) return (null, $"Google gives no token: {problem}");
        using var answered = JsonDocument.Parse(answer);
        return Text(answered.RootElement, "access_token") is { Length: > 0 } token ? (token, null) : (null, "Google's answer holds no token");
    }

    private static async ValueTask<byte[]> Read(string path, CancellationToken cancellationToken)
    {
        await using var file = File.OpenRead(path);
        var bytes = new byte[MaxFileBytes];
        return bytes[..await file.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken)];
    }

    private static string? Text(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var member) && member.ValueKind == JsonValueKind.String ? member.GetString() : null;
}
