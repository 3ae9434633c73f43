namespace Silo.Core.Delivery;

/// <summary>Who can do something about a refusal.</summary>
public enum ReplyActor
{
    /// <summary>Nobody has to: it passes, or is tried again.</summary>
    Nobody,

    /// <summary>The tenant that sent the message.</summary>
    Tenant,

    /// <summary>Whoever runs this platform.</summary>
    Operator,

    /// <summary>The owner of the mailbox.</summary>
    Recipient,
}

/// <summary>
/// One rule: what a reply must look like, and what it then means. Conditions that are left out hold for every reply; those that are
/// given must all hold.
/// </summary>
public sealed record ReplyRule
{
    /// <summary>Unique in its list; stored with results, so it is not renamed.</summary>
    public required string Name { get; init; }

    /// <summary>Provider names as the provider table has them. When the provider of a reply is unknown, this condition holds.</summary>
    public IReadOnlyList<string> Providers { get; init; } = [];

    public IReadOnlyList<DeliveryStage> Stages { get; init; } = [];

    /// <summary>"550", or a range with both ends included: "500-599".</summary>
    public IReadOnlyList<string> Codes { get; init; } = [];

    /// <summary>Enhanced codes: "5.7.1", or with a star for a whole part: "5.1.*", "*.2.2".</summary>
    public IReadOnlyList<string> EnhancedCodes { get; init; } = [];

    /// <summary>The reply has no enhanced code at all.</summary>
    public bool WithoutEnhancedCode { get; init; }

    /// <summary>
    /// Phrases, any of which starts at the beginning of a word of the text, whatever the case. A plain search and no pattern
    /// language: the text comes from strangers.
    /// </summary>
    public IReadOnlyList<string> Text { get; init; } = [];

    public required DeliveryResultKind Kind { get; init; }

    public BounceSubType BounceSubType { get; init; }

    public DeferralScope DeferralScope { get; init; }

    public ReplyActor Actor { get; init; }

    /// <summary>What that actor should do, as one sentence; null when there is nothing to do.</summary>
    public string? Advice { get; init; }

    /// <summary>What happened, as one sentence for a person.</summary>
    public required string Explanation { get; init; }
}
