using System.Text.Json.Serialization;

namespace Silo.Core.Messages;

/// <summary>
/// Everything about a message but its bytes and its recipients: what a transport, an event or an operator needs later.
/// Stored with the message; additions must be optional, so that the previous release can read it.
/// </summary>
public sealed record Envelope
{
    /// <summary>The id that the sender got back: 16 hex digits, a UUID, 6 digits, joined by hyphens.</summary>
    public required string MessageId { get; init; }

    /// <summary>The tenant's name; <see cref="Tenants.TenantName.Account"/> for mail sent without one.</summary>
    public required string TenantName { get; init; }

    /// <summary>The reverse path given in MAIL FROM, without angle brackets; empty for the null sender.</summary>
    public required string Sender { get; init; }

    /// <summary>The address of the From header, without display name.</summary>
    public required string FromAddress { get; init; }

    /// <summary>The ARN of the verified identity that the message was sent with.</summary>
    public required string IdentityArn { get; init; }

    public string? ConfigurationSetName { get; init; }

    public string? Subject { get; init; }

    public IReadOnlyList<MessageTag> Tags { get; init; } = [];

    /// <summary>All recipients, as addressed; the units hold one each.</summary>
    public required IReadOnlyList<string> Destination { get; init; }

    public required DateTimeOffset AcceptedAt { get; init; }

    /// <summary>When it may leave first, if its sender has scheduled it; null for at once.</summary>
    public DateTimeOffset? ScheduledFor { get; init; }

    /// <summary>From then on it may leave, and its time counts.</summary>
    [JsonIgnore]
    public DateTimeOffset LeavesFrom => ScheduledFor ?? AcceptedAt;

    /// <summary>Only over TLS (TlsPolicy REQUIRE of the configuration set).</summary>
    public bool TlsRequired { get; init; }

    /// <summary>MaxDeliverySeconds of the configuration set: 300 to 50,400, from when it may leave; null for the default lifetime.</summary>
    public int? MaxDeliverySeconds { get; init; }

    /// <summary>The body holds bytes above 127, so it leaves by 8BITMIME or is converted.</summary>
    public bool NeedsEightBit { get; init; }

    /// <summary>An address or a header holds non-ASCII text, so it leaves by SMTPUTF8 only (RFC 6531).</summary>
    public bool NeedsSmtpUtf8 { get; init; }

    /// <summary>The verified MAIL FROM domain of the identity: what its return path is at. Null for the platform's own.</summary>
    public string? MailFromDomain { get; init; }

    /// <summary>The id of the contact list that it was sent under; null for none.</summary>
    public string? ListId { get; init; }

    /// <summary>With <see cref="ListId"/>: what the list is stored under.</summary>
    public string? ListKey { get; init; }

    /// <summary>With <see cref="ListId"/>: the topic of the list that it is about; null for none.</summary>
    public string? ListTopic { get; init; }

    /// <summary>Length of the message in bytes.</summary>
    public required int SizeBytes { get; init; }
}
