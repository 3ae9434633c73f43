using Silo.Core.Tenants;

namespace Silo.Server.Tenants;

/// <summary>For what permits are good. Null stands for those of a tenant that never had a warm-up.</summary>
/// <param name="SetBy">The event by which the warm-up was set or ended that they were given under; under another they are void.</param>
/// <param name="From">The hour of the warm-up begins; a hand-over that starts when a clock has gone back before it starts at it. Null without a cap.</param>
/// <param name="Until">The hour ends: from then on none of them may start. Null without a cap.</param>
public sealed record PermitTerm(long SetBy, DateTimeOffset? From, DateTimeOffset? Until);

/// <summary>Permits with which nothing started and of which no outcome tells.</summary>
/// <param name="Provider">That they were given for.</param>
public sealed record ReturnedPermits(string Provider, PermitTerm Term, int Count)
{
    /// <inheritdoc cref="PermitRequest.SendingDomain"/>
    public string? SendingDomain { get; init; }
}

/// <summary>Why fewer permits were given than wanted.</summary>
public enum PermitShortage
{
    None,

    /// <summary>The tenant may not send, its rate is used, or too much is unresolved.</summary>
    Tenant,

    /// <summary>The hour's slice of the tenant's warm-up is used.</summary>
    WarmUp,

    /// <summary>The hour's slice towards the provider is used: mail for others may leave.</summary>
    ProviderWarmUp,

    /// <summary>
    /// The hour's slice of what was asked for is used, of a sending domain or of what does not overflow: other mail may leave.
    /// </summary>
    PartOfWarmUp,

    /// <summary>A finding parks the tenant's mail to the provider, as its policy says: mail for others may leave.</summary>
    ProviderParked,
}

/// <summary>One cap of a warm-up and its use; permits that are out count as used.</summary>
/// <param name="Provider">Null for the total.</param>
/// <param name="Day">Of the plan, from 1; null when the plan is over.</param>
/// <param name="Days">Of the plan.</param>
/// <param name="Percentage">How far it is, 1 to 100.</param>
/// <param name="DailyCap">Recipients; null when the plan is over.</param>
/// <param name="HourlyCap">Of these, in this hour; null when the plan is over.</param>
/// <param name="MoreAt">When the next recipient may leave; null when one may now.</param>
public sealed record WarmUpReport(
    string? Provider, int? Day, int Days, int Percentage, long? DailyCap, long SentToday, long? HourlyCap, long SentThisHour,
    DateTimeOffset? MoreAt)
{
    /// <summary>The sending domain whose cap it is, or <see cref="WarmUpLedger.OtherDomains"/>; null for the tenant as a whole.</summary>
    public string? Domain { get; init; }
}
