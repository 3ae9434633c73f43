using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Silo.Core.Dkim;

/// <summary>A public key as it stands in DNS: a TXT record at <c>selector._domainkey.domain</c> (RFC 6376 3.6.1).</summary>
public sealed class DkimKeyRecord
{
    private readonly byte[] _key;

    private DkimKeyRecord(byte[] key, bool isForRsaSha256) => (_key, IsForRsaSha256) = (key, isForRsaSha256);

    /// <summary>Its owner has withdrawn the key: the tag p is empty.</summary>
    public bool IsRevoked => _key.Length == 0;

    /// <summary>rsa-sha256 for mail is allowed by the tags k, h and s.</summary>
    public bool IsForRsaSha256 { get; }

    /// <summary>The text to publish.</summary>
    /// <param name="publicKey">SubjectPublicKeyInfo (RFC 5280 4.1).</param>
    public static string Write(ReadOnlySpan<byte> publicKey) => "v=DKIM1; k=rsa; p=" + Convert.ToBase64String(publicKey);

    /// <summary>False for text that is no key record.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out DkimKeyRecord? record)
    {
        record = null;
        if (!TagList.TryParse(text, out var tags) || tags["p"] is null || tags["v"] is not (null or "DKIM1")) return false;
        if (tags.Bytes("p") is not { } key) return false;
        var (hashes, services) = (tags.Parts("h"), tags.Parts("s"));
        record = new DkimKeyRecord(
            key,
            tags["k"] is null or "rsa" && (hashes.Count == 0 || hashes.Contains("sha256"))
            && (services.Count == 0 || services.Contains("*") || services.Contains("email")));
        return true;
    }

    /// <summary>Whether this is the public key, in whichever of the two forms that are in use.</summary>
    /// <param name="publicKey">SubjectPublicKeyInfo.</param>
    public bool Publishes(ReadOnlySpan<byte> publicKey)
    {
        if (!IsForRsaSha256 || IsRevoked) return false;
        if (publicKey.SequenceEqual(_key)) return true;
        using var own = RSA.Create();
        own.ImportSubjectPublicKeyInfo(publicKey, out _);
        return own.ExportRSAPublicKey().AsSpan().SequenceEqual(_key);
    }

    /// <summary>Null when it is revoked, not for rsa-sha256, not an RSA key, or below 1024 bits (RFC 8301 3.2).</summary>
    internal RSA? ToRsa()
    {
        if (!IsForRsaSha256 || IsRevoked) return null;
        var rsa = RSA.Create();
        if (Imports(rsa) && rsa.KeySize >= 1024) return rsa;
        rsa.Dispose();
        return null;
    }

    private bool Imports(RSA rsa)
    {
        try
        {
            rsa.ImportSubjectPublicKeyInfo(_key, out _);
            return true;
        }
        catch (CryptographicException)
        {
        }

        try
        {
            rsa.ImportRSAPublicKey(_key, out _);
            return true;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }
}
