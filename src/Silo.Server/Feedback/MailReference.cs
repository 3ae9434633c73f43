using System.Security.Cryptography;
using System.Text;
using Silo.Core.Tenants;

namespace Silo.Server.Feedback;

/// <summary>Which delivery unit a report is about, as its signature vouches for.</summary>
/// <param name="RecipientDigest">Of the address that the unit went to: <see cref="DigestOf"/>.</param>
/// <param name="Left">As what it counts from the moment at which it was handed over.</param>
internal sealed record MailReference(long TenantKey, string MessageId, uint RecipientDigest, UnitState Left)
{
    /// <summary>When the hand-over began; null where the form has no room for it.</summary>
    public DateTimeOffset? SentAt { get; init; }

    /// <summary>The address itself; null where the form has no room for it.</summary>
    public string? Recipient { get; init; }

    /// <summary>Enough to tell the recipients of one message from each other.</summary>
    public static uint DigestOf(string recipient)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(recipient.ToLowerInvariant()), digest);
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(digest);
    }
}

/// <summary>How a text was read that may be a reference.</summary>
internal enum ReferenceReading
{
    Valid,

    /// <summary>Not of the form at all.</summary>
    NoReference,

    /// <summary>Of the form, but the signature is not ours, or of a key that is not believed any more.</summary>
    Forged,

    /// <summary>Ours, of mail that was accepted too long ago.</summary>
    Expired,
}
