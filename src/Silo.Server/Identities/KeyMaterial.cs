using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Silo.Server.Identities;

/// <summary>An RSA key as it is used here.</summary>
/// <param name="Pkcs8">The private key.</param>
/// <param name="PublicKey">SubjectPublicKeyInfo.</param>
internal sealed record KeyMaterial(int Bits, byte[] Pkcs8, byte[] PublicKey)
{
    public static KeyMaterial Generate(int bits)
    {
        using var rsa = RSA.Create(bits);
        return Of(rsa);
    }

    /// <summary>Reads a key of a customer: base64 of PKCS #1 or PKCS #8 without the PEM's lines, 1,024 to 2,048 bits (SES DkimSigningAttributes).</summary>
    public static bool TryRead(string text, [NotNullWhen(true)] out KeyMaterial? key)
    {
        key = null;
        var bytes = new byte[text.Length];
        if (!Convert.TryFromBase64String(text, bytes, out var length)) return false;
        using var rsa = RSA.Create();
        if ((!TryImport(() => rsa.ImportRSAPrivateKey(bytes.AsSpan(0, length), out _))
                && !TryImport(() => rsa.ImportPkcs8PrivateKey(bytes.AsSpan(0, length), out _)))
            || rsa.KeySize is < 1024 or > 2048)
            return false;
        key = Of(rsa);
        return true;
    }

    /// <exception cref="ArgumentException">The file holds no RSA key without a password.</exception>
    public static KeyMaterial ReadPem(string pem)
    {
        using var rsa = RSA.Create();
        rsa.ImportFromPem(pem);
        return Of(rsa);
    }

    private static KeyMaterial Of(RSA rsa) => new(rsa.KeySize, rsa.ExportPkcs8PrivateKey(), rsa.ExportSubjectPublicKeyInfo());

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

    public override string ToString() => $"KeyMaterial of {Bits} bits";
}
