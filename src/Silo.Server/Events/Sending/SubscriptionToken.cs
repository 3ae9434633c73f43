using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Silo.Server.Events.Sending;

/// <summary>What whoever holds the token may do.</summary>
internal enum SubscriptionStep : byte
{
    Confirm = 1,
    End = 2,
}

/// <summary>
/// Says, signed, that its bearer got a message at the endpoint of a subscription: step, time until which it holds, name of the
/// subscription. Nothing is stored for it.
/// </summary>
internal static class SubscriptionToken
{
    private const int HeadBytes = 9;
    private const int SealBytes = 32;
    private const int MaxCharacters = 1_024;

    public static string Write(SigningKeys.Loaded keys, SubscriptionStep step, string subscription, DateTimeOffset until)
    {
        var name = Encoding.UTF8.GetBytes(subscription);
        var bytes = new byte[HeadBytes + name.Length + SealBytes];
        bytes[0] = (byte)step;
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(1), until.ToUnixTimeSeconds());
        name.CopyTo(bytes, HeadBytes);
        keys.Seal(bytes.AsSpan(0, bytes.Length - SealBytes)).CopyTo(bytes, bytes.Length - SealBytes);
        return Base64Url.EncodeToString(bytes);
    }

    /// <summary>The subscription; null when the token is none of these keys, of another step, or too old.</summary>
    public static string? Read(SigningKeys.Loaded keys, SubscriptionStep step, string token, DateTimeOffset now)
    {
        if (token.Length > MaxCharacters || !Base64Url.IsValid(token)) return null;
        var bytes = Base64Url.DecodeFromChars(token);
        if (bytes.Length <= HeadBytes + SealBytes) return null;
        var signed = bytes.AsSpan(0, bytes.Length - SealBytes);
        if (!CryptographicOperations.FixedTimeEquals(keys.Seal(signed), bytes.AsSpan(signed.Length))) return null;
        if (bytes[0] != (byte)step || BinaryPrimitives.ReadInt64BigEndian(signed[1..]) < now.ToUnixTimeSeconds()) return null;
        return Encoding.UTF8.GetString(signed[HeadBytes..]);
    }
}
