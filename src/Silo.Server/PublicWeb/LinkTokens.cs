using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;

namespace Silo.Server.PublicWeb;

/// <summary>What a link is for; a token of one purpose is none of another. The numbers stand in links: never renumber, only append.</summary>
internal enum LinkPurpose : byte
{
    Unsubscribe = 1,
    Open = 2,
    Click = 3,
    Verification = 4,
    Export = 5,
}

/// <summary>
/// Writes what links carry, and reads it back: base64url of version, key, payload and 128 bits of HMAC-SHA256 over purpose and all of
/// these. Signed, not encrypted: a payload is to hold nothing that who has the mail may not read. Tokens do not lapse by themselves.
/// </summary>
internal sealed class LinkTokens(LinkKeys keys, TimeProvider time)
{
    /// <summary>Longer ones are not read; what is to be written has to stay below <see cref="MaxPayloadBytes"/>.</summary>
    public const int MaxCharacters = 2_000;

    public const int MaxPayloadBytes = MaxCharacters * 3 / 4 - HeadBytes - TagBytes;

    private static readonly SearchValues<char> Characters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    private const byte Version = 1;
    private const int HeadBytes = 2;
    private const int TagBytes = 16;

    /// <exception cref="ArgumentException">The payload is longer than <see cref="MaxPayloadBytes"/>.</exception>
    /// <exception cref="InvalidOperationException">Keys are not loaded: the server has not started.</exception>
    public string Write(LinkPurpose purpose, ReadOnlySpan<byte> payload)
    {
        if (payload.Length > MaxPayloadBytes) throw new ArgumentException("The payload does not fit into a link.", nameof(payload));
        var key = keys.Signing(time.GetUtcNow()) ?? throw new InvalidOperationException("Link keys are not loaded.");
        var bytes = new byte[HeadBytes + payload.Length + TagBytes];
        (bytes[0], bytes[1]) = (Version, key.Id);
        payload.CopyTo(bytes.AsSpan(HeadBytes));
        Tag(key, purpose, bytes.AsSpan()[..^TagBytes], bytes.AsSpan()[^TagBytes..]);
        return Base64Url.EncodeToString(bytes);
    }

    /// <summary>False for what is not of our making, or for another purpose, or signed by a key that is gone.</summary>
    public bool TryRead(LinkPurpose purpose, ReadOnlySpan<char> token, out byte[] payload)
    {
        payload = [];
        // The decoder takes padding too, and throws at some of what it says to be valid.
        if (token.Length > MaxCharacters || token.ContainsAnyExcept(Characters)) return false;
        if (!Base64Url.IsValid(token, out var length) || length < HeadBytes + TagBytes) return false;
        var bytes = new byte[length];
        // A second spelling of a token that is good could get round what is counted or remembered by the token.
        if (!Base64Url.TryDecodeFromChars(token, bytes, out _) || !token.SequenceEqual(Base64Url.EncodeToString(bytes))) return false;
        if (bytes[0] != Version || keys.Find(bytes[1]) is not { } key) return false;
        Span<byte> tag = stackalloc byte[TagBytes];
        Tag(key, purpose, bytes.AsSpan()[..^TagBytes], tag);
        if (!CryptographicOperations.FixedTimeEquals(tag, bytes.AsSpan()[^TagBytes..])) return false;
        payload = bytes[HeadBytes..^TagBytes];
        return true;
    }

    private static void Tag(LinkKey key, LinkPurpose purpose, ReadOnlySpan<byte> bytes, Span<byte> tag)
    {
        Span<byte> whole = stackalloc byte[HMACSHA256.HashSizeInBytes];
        var signed = new byte[1 + bytes.Length];
        signed[0] = (byte)purpose;
        bytes.CopyTo(signed.AsSpan(1));
        HMACSHA256.HashData(key.Secret, signed, whole);
        whole[..tag.Length].CopyTo(tag);
    }
}
