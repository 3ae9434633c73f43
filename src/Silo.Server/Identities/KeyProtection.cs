using Microsoft.AspNetCore.DataProtection;

namespace Silo.Server.Identities;

/// <summary>
/// Encrypts private keys before they are stored, where the server has a key ring for it (ASP.NET Core Data Protection), and reads them
/// back. What was stored before there was a ring is readable still.
/// </summary>
internal sealed class KeyProtection(IDataProtectionProvider? provider)
{
    private const string Purpose = "Silo.Identities.PrivateKeys";
    private const string Sealed = "dp1:";
    private const string Plain = "plain:";

    private readonly IDataProtector? _protector = provider?.CreateProtector(Purpose);

    /// <summary>What is stored from now on is encrypted.</summary>
    public bool IsOn => _protector is not null;

    public string Protect(byte[] key) =>
        _protector is null ? Plain + Convert.ToBase64String(key) : Sealed + Convert.ToBase64String(_protector.Protect(key));

    /// <exception cref="System.Security.Cryptography.CryptographicException">
    /// The key ring does not hold what it was encrypted with.
    /// </exception>
    /// <exception cref="InvalidDataException">It was not written by <see cref="Protect"/>, or there is no key ring.</exception>
    public byte[] Unprotect(string text)
    {
        if (text.StartsWith(Plain, StringComparison.Ordinal)) return Convert.FromBase64String(text[Plain.Length..]);
        if (text.StartsWith(Sealed, StringComparison.Ordinal) && _protector is not null)
            return _protector.Unprotect(Convert.FromBase64String(text[Sealed.Length..]));
        throw new InvalidDataException(
            "A stored DKIM key cannot be read: " + (_protector is null ? "there is no key ring." : "its form is unknown."));
    }
}
