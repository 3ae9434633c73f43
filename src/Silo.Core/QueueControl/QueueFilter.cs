using Silo.Core.Addresses;
using Silo.Core.Messages;

namespace Silo.Core.QueueControl;

/// <summary>Which queued mail of a tenant is meant. Conditions that are null hold for all; those that are given must all hold.</summary>
public sealed record QueueFilter
{
    /// <summary>The name of the configuration set that it was sent with.</summary>
    public string? ConfigurationSet { get; init; }

    /// <summary>A message tag of this name, of whatever value if none is given.</summary>
    public string? TagName { get; init; }

    public string? TagValue { get; init; }

    /// <summary>The recipient's domain, in any case.</summary>
    public string? RecipientDomain { get; init; }

    /// <summary>The name of the recipient's mailbox provider, as metrics print it.</summary>
    public string? Provider { get; init; }

    /// <summary>The sending pool that its configuration set named when it was accepted.</summary>
    public string? Pool { get; init; }

    /// <summary>The message with this id alone.</summary>
    public string? MessageId { get; init; }

    /// <summary>Accepted before this instant.</summary>
    public DateTimeOffset? AcceptedBefore { get; init; }

    /// <summary>One recipient, as <see cref="QueueControl.RecipientDigest"/> tells it: the order itself does not name it.</summary>
    public string? RecipientDigest { get; init; }

    /// <param name="pool">As the mail names it; null when it names none.</param>
    /// <param name="provider">As the mail names it; null for the one of the recipient's domain.</param>
    public bool Matches(Envelope envelope, string recipient, string? pool, string? provider) =>
        (Pool is null || Pool == pool)
        && (MessageId is null || MessageId == envelope.MessageId)
        && (ConfigurationSet is null || ConfigurationSet == envelope.ConfigurationSetName)
        && (TagName is null || envelope.Tags.Any(t => t.Name == TagName && (TagValue is null || t.Value == TagValue)))
        && (AcceptedBefore is null || envelope.AcceptedAt < AcceptedBefore)
        && (RecipientDomain is null || recipient.AsSpan(recipient.LastIndexOf('@') + 1).Equals(RecipientDomain, StringComparison.OrdinalIgnoreCase))
        && (Provider is null || MailboxProvider.Of(recipient, provider).Name == Provider)
        && (RecipientDigest is null || QueueControl.RecipientDigest.Matches(RecipientDigest, recipient));
}
