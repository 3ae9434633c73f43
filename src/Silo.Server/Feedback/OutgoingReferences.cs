using System.Text;
using Silo.Core.Tenants;

namespace Silo.Server.Feedback;

/// <summary>What a unit leaves with, so that what is reported of it can be tied to it.</summary>
/// <param name="Sender">The return path; null to leave with the sender that it came with.</param>
/// <param name="Header">A header field with its line end, to stand before the message; empty for none.</param>
internal readonly record struct OutgoingReference(string? Sender, ReadOnlyMemory<byte> Header);

/// <summary>Gives units their return path and their reference, where that is configured.</summary>
internal sealed class OutgoingReferences(FeedbackOptions options, ReferenceCodec codec, TimeProvider time)
{
    // Below 78 with the blank that a folded line begins with (RFC 5322 2.1.1).
    private const int LineCharacters = 76;
    private const string HeaderName = "X-Silo-Ref: ";

    private readonly bool _tagged = options.Sns.Topics.Count > 0 || options.EventBridge.Secret is not null;

    /// <summary>For mail that leaves by SMTP.</summary>
    /// <param name="mailFromDomain">The identity's own domain of return paths; null for the platform's.</param>
    public OutgoingReference Of(
        long tenantKey, string messageId, string recipient, string sender, UnitState left, string? mailFromDomain = null)
    {
        if ((mailFromDomain ?? options.ReturnPathDomain) is not { } domain) return default;
        var reference = new MailReference(tenantKey, messageId, MailReference.DigestOf(recipient), left)
        {
            Recipient = recipient, SentAt = time.GetUtcNow(),
        };
        if (codec.Short(reference) is not { } local) return default;
        // Nobody is to be told of what happens to mail that has no sender (RFC 5321 4.5.5).
        return new OutgoingReference(sender.Length == 0 ? null : $"{local}@{domain.ToLowerInvariant()}", HeaderOf(codec.Long(reference)!));
    }

    /// <summary>For mail that leaves by SES: the value of a tag. Null where nothing of SES is listened to.</summary>
    public string? TagOf(long tenantKey, string messageId, string recipient) =>
        _tagged
            ? codec.Tag(new MailReference(tenantKey, messageId, MailReference.DigestOf(recipient), UnitState.HandedOver)
            {
                SentAt = time.GetUtcNow(),
            })
            : null;

    private static byte[] HeaderOf(string reference)
    {
        var field = new StringBuilder(HeaderName);
        for (var at = 0; at < reference.Length;)
        {
            var length = Math.Min(reference.Length - at, at == 0 ? LineCharacters - HeaderName.Length : LineCharacters);
            if (at > 0) field.Append(' ');
            field.Append(reference, at, length).Append("\r\n");
            at += length;
        }

        return Encoding.ASCII.GetBytes(field.ToString());
    }
}
