using System.Text.Json.Serialization;
using Silo.Core.Reputation;

namespace Silo.Core.Suspension;

/// <summary>
/// Everything that decides whether a tenant may send. Immutable: <see cref="StandingRules"/> gives the next one, which is stored
/// before it takes effect.
/// </summary>
public sealed record TenantStanding
{
    public required StatusRecord Customer { get; init; }

    public required StatusRecord Platform { get; init; }

    public ReputationPolicy Policy { get; init; } = ReputationPolicy.Standard;

    /// <summary>
    /// A policy of the platform's own, as it was when the tenant was told of it last; null for <see cref="Policy"/> itself. Stored beside the
    /// standard policy, which is what a release goes by that does not know it.
    /// </summary>
    public CustomPolicy? Custom { get; init; }

    /// <summary>At most one per type.</summary>
    public IReadOnlyList<Finding> OpenFindings { get; init; } = [];

    /// <summary>The last reinstatement after a pause by findings or by the platform: only newer sends count as a new violation.</summary>
    public DateTimeOffset? ReinstatedAt { get; init; }

    /// <summary>
    /// Findings paused it, or would have if its owner had not before. Resuming from that, and only from that, moves
    /// <see cref="ReinstatedAt"/>: an owner who pauses and resumes by hand must not wipe out evidence.
    /// </summary>
    public bool IsPausedByFindings { get; init; }

    /// <summary>The aggregate of the two records (SES UpdateReputationEntityCustomerManagedStatus): DISABLED wins, then REINSTATED.</summary>
    [JsonIgnore]
    public SendingStatus Aggregate => (Customer.Status, Platform.Status) switch
    {
        (SendingStatus.Disabled, _) or (_, SendingStatus.Disabled) => SendingStatus.Disabled,
        (SendingStatus.Enabled, SendingStatus.Enabled) => SendingStatus.Enabled,
        _ => SendingStatus.Reinstated,
    };

    [JsonIgnore]
    public bool MaySend => Aggregate != SendingStatus.Disabled;

    /// <summary>The highest impact among the open findings; null without any.</summary>
    [JsonIgnore]
    public FindingImpact? ReputationImpact => OpenFindings.Count == 0 ? null : OpenFindings.Max(finding => finding.Impact);

    /// <summary>A new tenant: both records ENABLED, standard policy.</summary>
    public static TenantStanding Created(DateTimeOffset at) => new()
    {
        Customer = new StatusRecord(SendingStatus.Enabled, null, at),
        Platform = new StatusRecord(SendingStatus.Enabled, null, at),
    };
}
