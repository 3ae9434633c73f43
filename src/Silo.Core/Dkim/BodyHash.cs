using System.Security.Cryptography;

namespace Silo.Core.Dkim;

/// <summary>SHA-256 of a canonical body.</summary>
internal static class BodyHash
{
    /// <param name="isRelaxed">Else simple.</param>
    /// <param name="maxLength">How many canonical bytes count (the tag l); null for all.</param>
    public static byte[] Of(ReadOnlySpan<byte> body, bool isRelaxed, long? maxLength = null)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var left = maxLength ?? long.MaxValue;
        Relaxed.Absorb absorb = piece =>
        {
            var counted = piece[..(int)Math.Min(piece.Length, left)];
            left -= counted.Length;
            hash.AppendData(counted);
        };
        if (isRelaxed) Relaxed.Body(body, absorb);
        else Simple.Body(body, absorb);
        return hash.GetHashAndReset();
    }
}
