using System.Security.Cryptography;
using Silo.Server.Accounts;

namespace Silo.Server.SesApi.Operations.Identities;

/// <summary>SES structure DkimAttributes.</summary>
internal sealed record DkimAttributes(
    bool SigningEnabled, string Status, IReadOnlyList<string>? Tokens, string SigningAttributesOrigin, string? NextSigningKeyLength,
    string? CurrentSigningKeyLength, decimal? LastKeyGenerationTimestamp);

/// <summary>SES structure DkimSigningAttributes.</summary>
internal sealed record DkimSigningAttributes(
    string? DomainSigningSelector, string? DomainSigningPrivateKey, string? NextSigningKeyLength, string? DomainSigningAttributesOrigin);

/// <summary>DKIM settings between the wire and the account.</summary>
internal static class DkimShape
{
    private const int TokenCount = 3;
    private const int TokenLength = 32;
    private const int MaxSelectorLength = 63;
    private const int MaxPrivateKeyLength = 20_480;

    public static DkimAttributes ToWire(DkimSettings dkim) => new(
        dkim.SigningEnabled, dkim.Status, dkim.Tokens.Count == 0 ? null : dkim.Tokens, dkim.Origin, dkim.NextSigningKeyLength,
        dkim.CurrentSigningKeyLength, EpochSeconds.From(dkim.LastKeyGeneratedAt));

    public static void Check(DkimSigningAttributes? given, bool isAddress, MemberChecks checks)
    {
        const string path = "DkimSigningAttributes";
        if (given is null) return;
        if (isAddress) checks.Fail($"{path} can be given for a domain only");
        checks.Length(given.DomainSigningSelector, $"{path}.DomainSigningSelector", 1, MaxSelectorLength);
        checks.Length(given.DomainSigningPrivateKey, $"{path}.DomainSigningPrivateKey", 1, MaxPrivateKeyLength);
        checks.OneOf(given.NextSigningKeyLength, $"{path}.NextSigningKeyLength", "RSA_1024_BIT", "RSA_2048_BIT");

        // Keys shared between Regions (AWS_SES_<REGION>) need another Region.
        checks.OneOf(given.DomainSigningAttributesOrigin, $"{path}.DomainSigningAttributesOrigin", "AWS_SES", "EXTERNAL");
        if (!IsOwnKey(given)) return;
        if (given.DomainSigningSelector is null || given.DomainSigningPrivateKey is null)
            checks.Fail($"{path}.DomainSigningSelector and {path}.DomainSigningPrivateKey must be given together");
        if (given.NextSigningKeyLength is not null || given.DomainSigningAttributesOrigin == "AWS_SES")
            checks.Fail($"{path} must describe either a key of your own or Easy DKIM, not both");
        if (given.DomainSigningSelector?.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.') == false)
            checks.Fail($"{path}.DomainSigningSelector must have only letters, digits, hyphens, underscores and dots");
        if (given.DomainSigningPrivateKey is { Length: <= MaxPrivateKeyLength } key && !IsUsableKey(key))
            checks.Fail($"{path}.DomainSigningPrivateKey must be the base64 of an RSA private key of 1024 to 2048 bits");
    }

    /// <summary>The settings that a new identity starts with; the attributes have been checked.</summary>
    public static DkimSettings Start(
        DkimSigningAttributes? given, bool isAddress, bool isVerified, DateTimeOffset now, RandomNumberGenerator random)
    {
        if (isAddress) return new DkimSettings { SigningEnabled = false, Status = "NOT_STARTED", Origin = "AWS_SES" };
        var status = isVerified ? "SUCCESS" : "PENDING";
        if (given is not null && IsOwnKey(given))
        {
            return new DkimSettings
            {
                SigningEnabled = true, Status = status, Origin = "EXTERNAL", Tokens = [given.DomainSigningSelector!],
                PrivateKey = given.DomainSigningPrivateKey,
            };
        }

        var length = given?.NextSigningKeyLength ?? "RSA_2048_BIT";
        return new DkimSettings
        {
            SigningEnabled = true, Status = status, Origin = "AWS_SES", Tokens = NewTokens(random), NextSigningKeyLength = length,
            CurrentSigningKeyLength = length, LastKeyGeneratedAt = now,
        };
    }

    private static bool IsOwnKey(DkimSigningAttributes given) =>
        given.DomainSigningSelector is not null || given.DomainSigningPrivateKey is not null
        || given.DomainSigningAttributesOrigin == "EXTERNAL";

    private static bool IsUsableKey(string text)
    {
        var bytes = new byte[text.Length];
        if (!Convert.TryFromBase64String(text, bytes, out var length)) return false;
        using var rsa = RSA.Create();
        return (TryImport(() => rsa.ImportRSAPrivateKey(bytes.AsSpan(0, length), out _))
                || TryImport(() => rsa.ImportPkcs8PrivateKey(bytes.AsSpan(0, length), out _)))
            && rsa.KeySize is >= 1024 and <= 2048;
    }

    private static bool TryImport(Action import)
    {
        try
        {
            import();
            return true;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    private static IReadOnlyList<string> NewTokens(RandomNumberGenerator random)
    {
        const string alphabet = "abcdefghijklmnopqrstuvwxyz234567";
        var bytes = new byte[TokenLength];
        var tokens = new string[TokenCount];
        for (var i = 0; i < TokenCount; i++)
        {
            random.GetBytes(bytes);
            tokens[i] = string.Create(TokenLength, bytes, (text, source) =>
            {
                for (var j = 0; j < text.Length; j++) text[j] = alphabet[source[j] & 31];
            });
        }

        return tokens;
    }
}
