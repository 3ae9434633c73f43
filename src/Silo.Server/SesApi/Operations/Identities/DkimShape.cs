using System.Security.Cryptography;
using Silo.Server.Accounts;
using Silo.Server.Identities;

namespace Silo.Server.SesApi.Operations.Identities;

/// <summary>SES structure DkimAttributes.</summary>
internal sealed record DkimAttributes(
    bool SigningEnabled, string Status, IReadOnlyList<string>? Tokens, string SigningAttributesOrigin, string? NextSigningKeyLength,
    string? CurrentSigningKeyLength, decimal? LastKeyGenerationTimestamp, string? SigningHostedZone);

/// <summary>SES structure DkimSigningAttributes.</summary>
internal sealed record DkimSigningAttributes(
    string? DomainSigningSelector, string? DomainSigningPrivateKey, string? NextSigningKeyLength, string? DomainSigningAttributesOrigin)
{
    // A record prints its members; this one must not.
    public override string ToString() => "DkimSigningAttributes";
}

/// <summary>DKIM settings between the wire and the account.</summary>
internal static class DkimShape
{
    private const int MaxSelectorLength = 63;
    private const int MaxPrivateKeyLength = 20_480;

    /// <param name="hostedZone">Where a token's alias is to lead; null without a zone.</param>
    public static DkimAttributes ToWire(DkimSettings dkim, string? hostedZone) => new(
        dkim.SigningEnabled, dkim.Status, dkim.Tokens.Count == 0 ? null : dkim.Tokens, dkim.Origin, dkim.NextSigningKeyLength,
        dkim.CurrentSigningKeyLength, EpochSeconds.From(dkim.LastKeyGeneratedAt), dkim.Origin == "AWS_SES" && dkim.Tokens.Count > 0 ? hostedZone : null);

    /// <summary>What is wrong is added to the checks. The key of the customer that was given, if it is one.</summary>
    public static KeyMaterial? Check(DkimSigningAttributes? given, bool isAddress, MemberChecks checks, string path = "DkimSigningAttributes")
    {
        if (given is null) return null;
        if (isAddress) checks.Fail($"{path} can be given for a domain only");
        checks.Length(given.DomainSigningSelector, $"{path}.DomainSigningSelector", 1, MaxSelectorLength);
        checks.Length(given.DomainSigningPrivateKey, $"{path}.DomainSigningPrivateKey", 1, MaxPrivateKeyLength);
        checks.OneOf(given.NextSigningKeyLength, $"{path}.NextSigningKeyLength", DkimKeyLength.Short, DkimKeyLength.Usual);

        // Keys shared between Regions (AWS_SES_<REGION>) need another Region.
        checks.OneOf(given.DomainSigningAttributesOrigin, $"{path}.DomainSigningAttributesOrigin", "AWS_SES", "EXTERNAL");
        if (!IsOwnKey(given)) return null;
        if (given.DomainSigningSelector is null || given.DomainSigningPrivateKey is null)
            checks.Fail($"{path}.DomainSigningSelector and {path}.DomainSigningPrivateKey must be given together");
        if (given.NextSigningKeyLength is not null || given.DomainSigningAttributesOrigin == "AWS_SES")
            checks.Fail($"{path} must describe either a key of your own or Easy DKIM, not both");
        if (given.DomainSigningSelector is { } selector && !IsSelector(selector))
            checks.Fail($"{path}.DomainSigningSelector must have only letters, digits, inner hyphens and underscores, and dots between them");
        if (given.DomainSigningPrivateKey is not { Length: <= MaxPrivateKeyLength } text) return null;
        if (KeyMaterial.TryRead(text, out var key)) return key;
        checks.Fail($"{path}.DomainSigningPrivateKey must be the base64 of an RSA private key of 1024 to 2048 bits");
        return null;
    }

    /// <summary>The settings that a new identity starts with; the attributes have been checked.</summary>
    public static DkimSettings Start(
        DkimSigningAttributes? given, bool isAddress, bool isVerified, DateTimeOffset now, RandomNumberGenerator random)
    {
        if (isAddress) return new DkimSettings { SigningEnabled = false, Status = "NOT_STARTED", Origin = "AWS_SES" };
        var status = isVerified ? VerificationRules.Success : VerificationRules.Pending;
        if (given is not null && IsOwnKey(given))
            return new DkimSettings { SigningEnabled = true, Status = status, Origin = "EXTERNAL", Tokens = [given.DomainSigningSelector!] };
        var length = given?.NextSigningKeyLength ?? DkimKeyLength.Usual;
        return new DkimSettings
        {
            SigningEnabled = true, Status = status, Origin = "AWS_SES", Tokens = DkimChanges.NewTokens(random), NextSigningKeyLength = length,
            CurrentSigningKeyLength = length, LastKeyGeneratedAt = now,
        };
    }

    private static bool IsOwnKey(DkimSigningAttributes given) =>
        given.DomainSigningSelector is not null || given.DomainSigningPrivateKey is not null
        || given.DomainSigningAttributesOrigin == "EXTERNAL";

    private static bool IsSelector(string selector) => selector.Split('.').All(l =>
        l.Length > 0 && l[0] != '-' && l[^1] != '-' && l.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'));
}
