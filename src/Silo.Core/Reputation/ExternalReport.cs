using System.Text.Json.Serialization;

namespace Silo.Core.Reputation;

/// <summary>What somebody outside tells of a tenant. The values are stored: append only.</summary>
public enum ExternalReportKind
{
    /// <summary>Its mail was reported as abuse.</summary>
    Abuse = 0,

    /// <summary>Its mail reached an address that nobody ever gave it.</summary>
    SpamTrap = 1,

    Other = 2,

    /// <summary>A list, the source, names an address that only this tenant sends from, or a domain of it.</summary>
    IpListed = 3,

    /// <summary>It does not any more.</summary>
    IpDelisted = 4,

    /// <summary>Of the account: the service gave up an event destination, the source. No finding of the counters.</summary>
    DestinationDisabled = 5,

    /// <summary>Somebody enabled it again, or removed it.</summary>
    DestinationRestored = 6,

    /// <summary>Of the account: something is wrong with an identity, the source. It is stored as an event of its own.</summary>
    IdentityFaulty = 7,

    /// <summary>It is not any more.</summary>
    IdentityMended = 8,
}

/// <summary>One report of third parties: reports open FEEDBACK_3P findings, listings IP_LISTING ones.</summary>
public sealed record ExternalReport
{
    // The longest is that of an event destination: two names of 64.
    public const int MaxSourceLength = 129;
    public const int MaxDetailLength = 512;
    public const int MaxCount = 10_000;

    /// <summary>Who tells it, 1 to <see cref="MaxSourceLength"/> characters: a provider, a reporter, the zone of a list.</summary>
    public required string Source { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required ExternalReportKind Kind { get; init; }

    /// <summary>How many messages it is about, 1 to <see cref="MaxCount"/>; of no meaning for listings.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public int Count { get; init; } = 1;

    /// <summary>One of the messages, if the reporter told.</summary>
    public string? MessageId { get; init; }

    /// <summary>For people, at most <see cref="MaxDetailLength"/> characters.</summary>
    public string? Detail { get; init; }

    /// <summary>It is about what tells of events, and says nothing of the mail.</summary>
    [JsonIgnore]
    public bool IsOfDestination => Kind is ExternalReportKind.DestinationDisabled or ExternalReportKind.DestinationRestored;

    /// <summary>It is about an identity, and says nothing of the mail.</summary>
    [JsonIgnore]
    public bool IsOfIdentity => Kind is ExternalReportKind.IdentityFaulty or ExternalReportKind.IdentityMended;

    [JsonIgnore]
    public bool IsListing => Kind is ExternalReportKind.IpListed or ExternalReportKind.IpDelisted;
}
