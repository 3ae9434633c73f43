using Silo.Core.Dkim;
using Silo.Server.Accounts;

namespace Silo.Server.Identities;

/// <summary>The records that stand for an identity in DNS.</summary>
internal static class IdentityRecords
{
    public const int MailFromPreference = 10;

    /// <summary>What the identity's owner publishes; nothing for an address.</summary>
    public static IReadOnlyList<IdentityRecord> ToPublish(EmailIdentity identity, IdentityKeySet keys, IdentityTerms terms)
    {
        if (IdentityName.IsAddress(identity.Name)) return [];
        var records = new List<IdentityRecord>();
        // A token's alias leads to the platform's zone, where its key stands.
        if (terms.SigningHostedZone is { } zone)
        {
            var tokens = identity.Dkim.Origin == "AWS_SES" ? identity.Dkim.Tokens : [];
            records.AddRange(tokens.Union(keys.Keys.Where(k => !k.IsExternal).Select(k => k.Selector)).Select(t => Alias(identity.Name, t, zone)));
        }

        foreach (var key in keys.Keys)
            if (key.IsExternal || terms.SigningHostedZone is null) records.Add(KeyAt(NameOf(key.Selector, identity.Name), identity, key));
        if (identity.MailFrom is { } mailFrom) records.AddRange(MailFrom(mailFrom.Domain, terms));
        return records;
    }

    /// <summary>What the platform publishes in its zone for the identity: the keys that the service made; nothing without a zone.</summary>
    public static IReadOnlyList<IdentityRecord> OfZone(EmailIdentity identity, IdentityKeySet keys, IdentityTerms terms) =>
        terms.SigningHostedZone is not { } zone ? [] : [.. keys.Keys.Where(k => !k.IsExternal).Select(k => KeyAt($"{k.Selector}.{zone}", identity, k))];

    /// <summary>A key where verifiers look for it, whoever publishes it there; null when there is no such key.</summary>
    public static IdentityRecord? Key(EmailIdentity identity, IdentityKeySet keys, string? selector) =>
        keys.Find(selector) is { } key ? KeyAt(NameOf(key.Selector, identity.Name), identity, key) : null;

    /// <summary>The MX and the SPF record of a MAIL FROM domain.</summary>
    public static IReadOnlyList<IdentityRecord> MailFrom(string domain, IdentityTerms terms) =>
    [
        new(RecordPurpose.MailFromMx, domain, "MX", terms.MailFromMx is { } host ? $"{MailFromPreference} {host}" : null),
        new(RecordPurpose.MailFromSpf, domain, "TXT", terms.SpfInclude is { } include ? $"v=spf1 include:{include} ~all" : null),
    ];

    public static string NameOf(string selector, string domain) => $"{selector}._domainkey.{domain}";

    private static IdentityRecord Alias(string domain, string token, string zone) =>
        new(RecordPurpose.Alias, NameOf(token, domain), "CNAME", $"{token}.{zone}");

    private static IdentityRecord KeyAt(string name, EmailIdentity identity, IdentityKey key) => new(
        Is(key, identity.Dkim.NextSelector) ? RecordPurpose.NextKey
            : Is(key, identity.Dkim.SigningSelector) ? RecordPurpose.SigningKey
            : RecordPurpose.RetiredKey,
        name, "TXT", DkimKeyRecord.Write(Convert.FromBase64String(key.PublicKey)))
    {
        PublicKey = key.PublicKey,
    };

    private static bool Is(IdentityKey key, string? selector) => string.Equals(key.Selector, selector, StringComparison.OrdinalIgnoreCase);
}
