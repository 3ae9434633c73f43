using System.Text.Json.Serialization;
using Silo.Core.Addresses;
using Silo.Core.Messages;

namespace Silo.Core.QueueControl;

/// <summary>Which queued mail of a tenant is meant. Conditions that are null hold for all; those that are given must all hold.</summary>
public sealed record QueueFilter
{
    // No tag has such a name: one has letters, digits, hyphens and underscores.
    private const string Narrow = "silo narrow: ";
    private const string NarrowAlone = "silo narrow";

    private string? _tagName;

    /// <summary>The name of the configuration set that it was sent with.</summary>
    public string? ConfigurationSet { get; init; }

    /// <summary>A message tag of this name, of whatever value if none is given.</summary>
    [JsonIgnore]
    public string? TagName
    {
        get => _tagName;
        init => _tagName = value;
    }

    /// <summary>
    /// <see cref="TagName"/> as it is stored and sent. The release before knows neither <see cref="MessageId"/> nor
    /// <see cref="RecipientDigest"/>, and without them would take far more mail to be meant: with either this is a name that no tag has, so
    /// that it finds nothing. Read back without them it stays so.
    /// </summary>
    [JsonInclude, JsonPropertyName(nameof(TagName))]
    public string? StoredTagName
    {
        get => !IsNarrow ? _tagName : _tagName is null ? NarrowAlone : Narrow + _tagName;
        init
        {
            _tagName = value;
            Widen();
        }
    }

    public string? TagValue { get; init; }

    /// <summary>The recipient's domain, in any case.</summary>
    public string? RecipientDomain { get; init; }

    /// <summary>The name of the recipient's mailbox provider, as metrics print it.</summary>
    public string? Provider { get; init; }

    /// <summary>The sending pool that its configuration set named when it was accepted.</summary>
    public string? Pool { get; init; }

    /// <summary>The message with this id alone.</summary>
    public string? MessageId
    {
        get;
        init
        {
            field = value;
            Widen();
        }
    }

    /// <summary>Accepted before this instant.</summary>
    public DateTimeOffset? AcceptedBefore { get; init; }

    /// <summary>One recipient, as <see cref="QueueControl.RecipientDigest"/> tells it: the order itself does not name it.</summary>
    public string? RecipientDigest
    {
        get;
        init
        {
            field = value;
            Widen();
        }
    }

    private bool IsNarrow => MessageId is not null || RecipientDigest is not null;

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

    private void Widen()
    {
        if (!IsNarrow || _tagName is null) return;
        if (_tagName == NarrowAlone) _tagName = null;
        else if (_tagName.StartsWith(Narrow, StringComparison.Ordinal)) _tagName = _tagName[Narrow.Length..];
    }
}
