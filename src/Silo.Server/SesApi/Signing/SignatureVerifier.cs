using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Silo.Server.Access;

namespace Silo.Server.SesApi.Signing;

/// <summary>
/// Decides whether a request is signed with a known key (SigV4, service "ses"). Expected outcomes are values: an error, or the key
/// together with what the body's hash must be.
/// </summary>
internal sealed class SignatureVerifier(AccessKeys keys, string region, TimeSpan maxSkew, TimeProvider time)
{
    private const string DateFormat = "yyyyMMdd'T'HHmmss'Z'";
    private readonly SigningKeys _signingKeys = new();

    /// <summary>Signs in the place of keys that do not exist.</summary>
    private readonly AccessKey _nobody = new("NOBODY", Convert.ToBase64String(RandomNumberGenerator.GetBytes(30)));

    /// <summary>
    /// Checks everything that the headers can tell, so that a stranger's body is not read: with x-amz-content-sha256 the whole
    /// signature, and what is left is to compare the body with that hash; without it the caller reads the body and asks again.
    /// </summary>
    /// <param name="key">What <see cref="FindKey"/> found.</param>
    /// <param name="bodyHash">SHA-256 of the body, or empty when the body has not been read.</param>
    public SignatureCheck Check(
        string method, RequestTarget target, IHeaderDictionary headers, AccessKey? key, ReadOnlySpan<byte> bodyHash)
    {
        var authorization = headers.Authorization;
        if (authorization.Count == 0 || string.IsNullOrWhiteSpace(authorization[0])) return SesError.MissingAuthenticationToken;
        if (authorization.Count > 1) return SesError.IncompleteSignature("Authorization header is given twice.");
        if (!AuthorizationHeader.TryParse(authorization[0], out var header, out var problem)) return SesError.IncompleteSignature(problem!);

        // Sessions are not issued, so none is known.
        if (key is not { IsEnabled: true, SmtpOnly: false } || headers.ContainsKey("x-amz-security-token"))
        {
            // The same work as for a wrong signature, so that the time tells nobody whether a key is disabled or was never there.
            Verify(method, target, headers, header, _nobody, bodyHash);
            return SesError.UnrecognizedClient;
        }

        return Verify(method, target, headers, header, key, bodyHash);
    }

    private SignatureCheck Verify(
        string method, RequestTarget target, IHeaderDictionary headers, AuthorizationHeader header, AccessKey key, ReadOnlySpan<byte> bodyHash)
    {
        if (CheckScope(header, headers, out var dateText) is { } refused) return refused;

        var declared = headers["x-amz-content-sha256"];
        if (declared.Count > 1) return SesError.SignatureMismatch;
        Span<char> actual = stackalloc char[SHA256.HashSizeInBytes * 2];
        ReadOnlySpan<char> payloadHash = declared.Count == 1 ? declared[0] : actual;
        if (!bodyHash.IsEmpty)
        {
            Convert.TryToHexStringLower(bodyHash, actual, out _);
            if (declared.Count == 1 && !payloadHash.SequenceEqual(actual)) return SesError.SignatureMismatch;
        }
        else if (declared.Count == 0) return SignatureCheck.NeedsBody;

        Span<byte> expected = stackalloc byte[HMACSHA256.HashSizeInBytes];
        return TrySign(method, target, headers, header, key, dateText, payloadHash, expected) && Matches(header.Signature, expected)
            ? new SignatureCheck(null, key, NeedsBodyFirst: false)
            : SesError.SignatureMismatch;
    }

    /// <summary>The key that a request names, or null; whether its signature is by it is not looked at.</summary>
    public ValueTask<AccessKey?> FindKey(IHeaderDictionary headers, CancellationToken cancellationToken) =>
        headers.Authorization is [{ } text] && AuthorizationHeader.TryParse(text, out var header, out _)
            ? keys.Find(header.AccessKeyId.ToString(), cancellationToken)
            : ValueTask.FromResult<AccessKey?>(null);

    private bool TrySign(
        string method, RequestTarget target, IHeaderDictionary headers, AuthorizationHeader header, AccessKey key, string dateText,
        ReadOnlySpan<char> payloadHash, Span<byte> signature)
    {
        Span<byte> requestHash = stackalloc byte[SHA256.HashSizeInBytes];
        if (!CanonicalRequest.TryHash(method, target, headers, header.SignedHeaders, payloadHash, requestHash)) return false;
        var text = new PooledText(256);
        text.Append("AWS4-HMAC-SHA256\n"u8);
        text.Append(dateText);
        text.Append((byte)'\n');
        text.Append(header.Scope);
        text.Append((byte)'\n');
        text.AppendHexLower(requestHash);
        HMACSHA256.HashData(_signingKeys.Get(key, dateText[..8], region), text.Written, signature);
        text.Dispose();
        return true;
    }

    private SesError? CheckScope(AuthorizationHeader header, IHeaderDictionary headers, out string dateText)
    {
        dateText = headers["x-amz-date"] is { Count: 1 } given ? given[0] ?? "" : "";
        const DateTimeStyles utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        if (!DateTimeOffset.TryParseExact(dateText, DateFormat, CultureInfo.InvariantCulture, utc, out var signedAt))
            return SesError.IncompleteSignature("Authorization header requires existence of an 'X-Amz-Date' header in the form 20260302T100000Z.");
        if (!header.Service.SequenceEqual(SigningKeys.Service))
            return SesError.InvalidSignature($"Credential should be scoped to correct service: '{SigningKeys.Service}'.");
        if (!header.Region.SequenceEqual(region))
        {
            var shown = MemberChecks.Shown(header.Region.ToString());
            return SesError.InvalidSignature($"Credential should be scoped to a valid region, not '{shown}'.");
        }

        if (!header.Date.SequenceEqual(dateText.AsSpan(0, 8)))
            return SesError.InvalidSignature("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP.");
        if (!IsSigned(header.SignedHeaders, "host") || !IsSigned(header.SignedHeaders, "x-amz-date"))
            return SesError.InvalidSignature("'Host' and 'X-Amz-Date' must be signed headers.");
        return CheckSkew(dateText, signedAt);
    }

    private SesError? CheckSkew(string dateText, DateTimeOffset signedAt)
    {
        var now = time.GetUtcNow();
        var minutes = maxSkew.TotalMinutes.ToString("0.##", CultureInfo.InvariantCulture);
        if (signedAt < now - maxSkew)
        {
            return SesError.InvalidSignature(
                $"Signature expired: {dateText} is now earlier than {Text(now - maxSkew)} ({Text(now)} - {minutes} min.)");
        }

        if (signedAt > now + maxSkew)
        {
            return SesError.InvalidSignature(
                $"Signature not yet current: {dateText} is still later than {Text(now + maxSkew)} ({Text(now)} + {minutes} min.)");
        }

        return null;
    }

    private static string Text(DateTimeOffset instant) => instant.UtcDateTime.ToString(DateFormat, CultureInfo.InvariantCulture);

    private static bool IsSigned(ReadOnlySpan<char> names, string name)
    {
        foreach (var range in names.Split(';'))
            if (names[range].SequenceEqual(name)) return true;
        return false;
    }

    private static bool Matches(ReadOnlySpan<char> given, ReadOnlySpan<byte> expected)
    {
        Span<byte> hex = stackalloc byte[HMACSHA256.HashSizeInBytes * 2];
        Span<byte> givenBytes = stackalloc byte[HMACSHA256.HashSizeInBytes * 2];
        Convert.TryToHexStringLower(expected, hex, out _);
        return given.Length == hex.Length
            && Ascii.FromUtf16(given, givenBytes, out _) == System.Buffers.OperationStatus.Done
            && CryptographicOperations.FixedTimeEquals(givenBytes, hex);
    }
}

/// <param name="Key">Whose request it is; null with an error, and while the body is needed.</param>
/// <param name="NeedsBodyFirst">No hash was declared: read the body and check again with its hash.</param>
internal readonly record struct SignatureCheck(SesError? Error, AccessKey? Key, bool NeedsBodyFirst)
{
    public static SignatureCheck NeedsBody { get; } = new(null, null, NeedsBodyFirst: true);

    public static implicit operator SignatureCheck(SesError error) => new(error, null, NeedsBodyFirst: false);
}
