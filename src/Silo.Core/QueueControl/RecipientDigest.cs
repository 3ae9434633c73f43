using System.Security.Cryptography;
using System.Text;
using Silo.Core.Suppression;

namespace Silo.Core.QueueControl;

/// <summary>
/// A recipient in an order that is kept for longer than the recipient may be: a salt and a salted hash of the folded address, in base64. Who
/// reads it can try addresses, but not read one.
/// </summary>
public static class RecipientDigest
{
    public const int SaltBytes = 16;
    private const int HashBytes = 16;

    /// <param name="salt">16 random bytes.</param>
    public static string Of(string recipient, ReadOnlySpan<byte> salt)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(salt.Length, SaltBytes);
        Span<byte> digest = stackalloc byte[SaltBytes + HashBytes];
        salt.CopyTo(digest);
        Hash(recipient, salt, digest[SaltBytes..]);
        return Convert.ToBase64String(digest);
    }

    /// <summary>False for a digest that is damaged.</summary>
    public static bool Matches(string digest, string recipient)
    {
        Span<byte> stored = stackalloc byte[SaltBytes + HashBytes];
        if (!Convert.TryFromBase64String(digest, stored, out var length) || length != stored.Length) return false;
        Span<byte> own = stackalloc byte[HashBytes];
        Hash(recipient, stored[..SaltBytes], own);
        return own.SequenceEqual(stored[SaltBytes..]);
    }

    private static void Hash(string recipient, ReadOnlySpan<byte> salt, Span<byte> hash)
    {
        Span<byte> whole = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData([.. salt, .. Encoding.UTF8.GetBytes(SuppressionEntry.Fold(recipient))], whole);
        whole[..HashBytes].CopyTo(hash);
    }
}
