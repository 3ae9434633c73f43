using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Silo.Server.Access;

namespace Silo.Server.SesApi.Signing;

/// <summary>
/// Signs a request as an AWS SDK does (SigV4, service "ses"): for programs that drive the API from here, the demo and the benchmarks.
/// Written from the specification and not from <see cref="CanonicalRequest"/>, so that the two check each other.
/// </summary>
internal sealed class RequestSigner(AccessKey key, string region)
{
    private const string SignedHeaders = "host;x-amz-content-sha256;x-amz-date";

    /// <param name="path">Without a query; letters, digits, '-', '.', '_', '~' and '/' only.</param>
    /// <param name="host">As the Host header says it, with the port unless it is the usual one.</param>
    public RequestSignature Sign(string method, string path, string host, ReadOnlySpan<byte> body, DateTimeOffset now)
    {
        var date = now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        var scope = $"{date[..8]}/{region}/{SigningKeys.Service}/aws4_request";
        var bodyHash = Convert.ToHexStringLower(SHA256.HashData(body));
        var headers = $"host:{host}\nx-amz-content-sha256:{bodyHash}\nx-amz-date:{date}\n";
        var canonical = $"{method}\n{path}\n\n{headers}\n{SignedHeaders}\n{bodyHash}";
        var canonicalHash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)));
        var text = $"{AuthorizationHeader.Algorithm}\n{date}\n{scope}\n{canonicalHash}";
        var signature = HMACSHA256.HashData(SigningKeys.Derive(key.Secret, date[..8], region), Encoding.UTF8.GetBytes(text));
        return new RequestSignature(
            date, bodyHash,
            $"{AuthorizationHeader.Algorithm} Credential={key.Id}/{scope}, SignedHeaders={SignedHeaders}, "
            + $"Signature={Convert.ToHexStringLower(signature)}");
    }
}

/// <param name="Date">Of the header x-amz-date.</param>
/// <param name="BodySha256">Of the header x-amz-content-sha256.</param>
/// <param name="Authorization">Of the header Authorization.</param>
internal sealed record RequestSignature(string Date, string BodySha256, string Authorization);
