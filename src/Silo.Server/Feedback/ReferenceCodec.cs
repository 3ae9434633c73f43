using System.Buffers.Binary;
using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Silo.Core.Messages;
using Silo.Core.Tenants;
using Silo.Server.Tenants;

namespace Silo.Server.Feedback;

/// <summary>
/// Signs references and reads them back (decision 16). The short form is the local part of a return path: 64 characters, the same for all
/// attempts of a unit, since greylisting goes by the sender. The long form is the value of X-Silo-Ref, and knows recipient and time as
/// well. The form between them is the value of a tag at SES: nothing there goes by it, so it knows the time.
/// </summary>
internal sealed class ReferenceCodec(ReferenceKeys keys)
{
    // Key and state, tenant, time of acceptance, random part of the message id.
    private const int HeadBytes = 1 + 5 + 6 + 16;
    private const int DigestBytes = 4;
    private const int ShortMacBytes = 8;
    private const int ShortBytes = HeadBytes + DigestBytes + ShortMacBytes;
    private const int TimeBytes = 6;
    private const int TagMacBytes = 12;
    private const int TagBytes = HeadBytes + TimeBytes + DigestBytes + TagMacBytes;
    private const int LongMacBytes = 16;
    private const int MaxRecipientBytes = 320;
    private const string LongPrefix = "v1.";
    private const long MaxTenantKey = (1L << 40) - 1;

    public const int ShortCharacters = ShortBytes / 5 * 8;

    /// <summary>Null without a key, or for a message whose id is not of our making.</summary>
    public string? Short(MailReference reference)
    {
        Span<byte> bytes = stackalloc byte[ShortBytes];
        if (keys.Signing is not { } key || !TryWriteHead(reference, key.Id, bytes)) return null;
        BinaryPrimitives.WriteUInt32BigEndian(bytes[HeadBytes..], reference.RecipientDigest);
        Sign(key, "return path"u8, bytes[..^ShortMacBytes], bytes[^ShortMacBytes..]);
        return Base32.Encode(bytes);
    }

    /// <summary>Null without a key or time, or for a message whose id is not of our making. 80 letters and digits.</summary>
    public string? Tag(MailReference reference)
    {
        Span<byte> bytes = stackalloc byte[TagBytes];
        if (reference.SentAt is not { } sentAt || keys.Signing is not { } key || !TryWriteHead(reference, key.Id, bytes)) return null;
        WriteTime(bytes[HeadBytes..], sentAt);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[(HeadBytes + TimeBytes)..], reference.RecipientDigest);
        Sign(key, "tag"u8, bytes[..^TagMacBytes], bytes[^TagMacBytes..]);
        return Base32.Encode(bytes);
    }

    /// <summary>Null without a key, without recipient or time, or for a message whose id is not of our making.</summary>
    public string? Long(MailReference reference)
    {
        if (reference is not { Recipient: { } recipient, SentAt: { } sentAt }) return null;
        var bytes = new byte[HeadBytes + TimeBytes + Encoding.UTF8.GetByteCount(recipient) + LongMacBytes];
        if (keys.Signing is not { } key || !TryWriteHead(reference, key.Id, bytes)) return null;
        WriteTime(bytes.AsSpan(HeadBytes), sentAt);
        Encoding.UTF8.GetBytes(recipient, bytes.AsSpan(HeadBytes + TimeBytes));
        Sign(key, "reference"u8, bytes.AsSpan()[..^LongMacBytes], bytes.AsSpan()[^LongMacBytes..]);
        return LongPrefix + Base64Url.EncodeToString(bytes);
    }

    public ReferenceReading ReadShort(ReadOnlySpan<char> text, DateTimeOffset now, out MailReference? reference)
    {
        reference = null;
        Span<byte> bytes = stackalloc byte[ShortBytes];
        if (!Base32.TryDecode(text, bytes)) return ReferenceReading.NoReference;
        if (!IsSigned("return path"u8, bytes, ShortMacBytes)) return ReferenceReading.Forged;
        reference = ReadHead(bytes) with { RecipientDigest = BinaryPrimitives.ReadUInt32BigEndian(bytes[HeadBytes..]) };
        return AgeOf(reference, now);
    }

    /// <summary>Also the short form, which tags had before.</summary>
    public ReferenceReading ReadTag(string text, DateTimeOffset now, out MailReference? reference)
    {
        Span<byte> bytes = stackalloc byte[TagBytes];
        if (!Base32.TryDecode(text, bytes)) return ReadShort(text, now, out reference);
        reference = null;
        if (!IsSigned("tag"u8, bytes, TagMacBytes)) return ReferenceReading.Forged;
        reference = ReadHead(bytes) with
        {
            RecipientDigest = BinaryPrimitives.ReadUInt32BigEndian(bytes[(HeadBytes + TimeBytes)..]), SentAt = ReadTime(bytes[HeadBytes..]),
        };
        return AgeOf(reference, now);
    }

    public ReferenceReading ReadLong(string text, DateTimeOffset now, out MailReference? reference)
    {
        reference = null;
        if (!text.StartsWith(LongPrefix, StringComparison.Ordinal)) return ReferenceReading.NoReference;
        var digits = text.AsSpan(LongPrefix.Length);
        const int around = HeadBytes + TimeBytes + LongMacBytes;
        if (digits.Length > Base64Url.GetEncodedLength(around + MaxRecipientBytes)
            || !Base64Url.IsValid(digits, out var length) || length <= around)
            return ReferenceReading.NoReference;
        var bytes = new byte[length];
        if (!Base64Url.TryDecodeFromChars(digits, bytes, out _)) return ReferenceReading.NoReference;
        if (!IsSigned("reference"u8, bytes, LongMacBytes)) return ReferenceReading.Forged;
        var recipient = Encoding.UTF8.GetString(bytes.AsSpan()[(HeadBytes + TimeBytes)..^LongMacBytes]);
        reference = ReadHead(bytes) with
        {
            Recipient = recipient, RecipientDigest = MailReference.DigestOf(recipient), SentAt = ReadTime(bytes.AsSpan(HeadBytes)),
        };
        return AgeOf(reference, now);
    }

    private static ReferenceReading AgeOf(MailReference reference, DateTimeOffset now) =>
        MessageIdFormat.TryGetAcceptedAt(reference.MessageId, out var acceptedAt) && now - acceptedAt < FeedbackMemory.MaxAge
            ? ReferenceReading.Valid : ReferenceReading.Expired;

    private static bool TryWriteHead(MailReference reference, int keyId, Span<byte> to)
    {
        var id = reference.MessageId;
        if (reference.TenantKey is < 0 or > MaxTenantKey || !MessageIdFormat.TryGetAcceptedAt(id, out _)) return false;
        to[0] = (byte)((keyId << 4) | (reference.Left == UnitState.Delivered ? 1 : 0));
        to[1] = (byte)(reference.TenantKey >> 32);
        BinaryPrimitives.WriteUInt32BigEndian(to[2..], (uint)reference.TenantKey);
        // The prefix and the end are the same for all.
        return id.EndsWith("-000000", StringComparison.Ordinal)
            && TryHex(id.AsSpan(4, 12), to[6..]) && TryHex(id[17..53].Replace("-", "", StringComparison.Ordinal), to[12..]);
    }

    private static bool TryHex(ReadOnlySpan<char> digits, Span<byte> to) =>
        Convert.FromHexString(digits, to[..(digits.Length / 2)], out _, out _) == System.Buffers.OperationStatus.Done;

    private static MailReference ReadHead(ReadOnlySpan<byte> from)
    {
        var tenantKey = ((long)from[1] << 32) | BinaryPrimitives.ReadUInt32BigEndian(from[2..]);
        var milliseconds = Convert.ToHexStringLower(from.Slice(6, 6));
        var random = Convert.ToHexStringLower(from.Slice(12, 16));
        var id = string.Create(CultureInfo.InvariantCulture,
            $"0100{milliseconds}-{random[..8]}-{random[8..12]}-{random[12..16]}-{random[16..20]}-{random[20..]}-000000");
        return new MailReference(tenantKey, id, 0, (from[0] & 1) != 0 ? UnitState.Delivered : UnitState.HandedOver);
    }

    private static void WriteTime(Span<byte> to, DateTimeOffset at)
    {
        var milliseconds = Math.Max(0, at.ToUnixTimeMilliseconds());
        BinaryPrimitives.WriteUInt16BigEndian(to, (ushort)(milliseconds >> 32));
        BinaryPrimitives.WriteUInt32BigEndian(to[2..], (uint)milliseconds);
    }

    private static DateTimeOffset ReadTime(ReadOnlySpan<byte> from)
    {
        var milliseconds = ((long)BinaryPrimitives.ReadUInt16BigEndian(from) << 32) | BinaryPrimitives.ReadUInt32BigEndian(from[2..]);
        return DateTimeOffset.FromUnixTimeMilliseconds(Math.Min(milliseconds, DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()));
    }

    private bool IsSigned(ReadOnlySpan<byte> purpose, ReadOnlySpan<byte> bytes, int macBytes)
    {
        if (keys.Find(bytes[0] >> 4) is not { } key) return false;
        Span<byte> mac = stackalloc byte[macBytes];
        Sign(key, purpose, bytes[..^macBytes], mac);
        return CryptographicOperations.FixedTimeEquals(mac, bytes[^macBytes..]);
    }

    /// <summary>What is signed for one purpose is not signed for another.</summary>
    private static void Sign(ReferenceKey key, ReadOnlySpan<byte> purpose, ReadOnlySpan<byte> bytes, Span<byte> mac)
    {
        Span<byte> whole = stackalloc byte[HMACSHA256.HashSizeInBytes];
        var signed = new byte[purpose.Length + 1 + bytes.Length];
        purpose.CopyTo(signed);
        bytes.CopyTo(signed.AsSpan(purpose.Length + 1));
        HMACSHA256.HashData(key.Secret, signed, whole);
        whole[..mac.Length].CopyTo(mac);
    }
}
