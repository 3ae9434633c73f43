using System.Text.Json.Serialization;
using Silo.Core.WarmUp;

namespace Silo.Core.Tenants;

/// <summary>The warm-up that a tenant was given. It was checked before it was stored; its lists are those of <see cref="WarmUpPlan"/>.</summary>
public sealed record TenantWarmUp
{
    private static readonly WarmUpPlan AutomaticAdaptive = WarmUpPlan.Create(WarmUpPlan.Automatic.DailyCaps, WarmUpMode.Adaptive).Plan!;

    /// <summary>When its first day began or will begin.</summary>
    // Left out when it is zero, as defaults are, it could not be read again.
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required DateTimeOffset StartedAt { get; init; }

    public WarmUpMode Mode { get; init; }

    /// <summary>Recipients per day; null for <see cref="WarmUpPlan.Automatic"/>.</summary>
    public IReadOnlyList<long>? DailyCaps { get; init; }

    /// <summary>Caps towards single providers, each at most once; null for none.</summary>
    public IReadOnlyList<ProviderCaps>? ProviderCaps { get; init; }

    /// <summary>
    /// The caps hold for each sending domain by itself, and each has its own first day: that of its first mail, not before
    /// <see cref="StartedAt"/>. Else they hold for all mail of the tenant together.
    /// </summary>
    public bool ByDomain { get; init; }

    /// <summary>
    /// The sending pool by which mail leaves that a cap would keep waiting, as long as the tenant has no open finding. Null: it waits.
    /// </summary>
    public string? OverflowPool { get; init; }

    // Should a later release allow more than this one, the cautious plan is the one for this one.
    internal WarmUpPlan Plan => DailyCaps is not null ? WarmUpPlan.Create(DailyCaps, Mode).Plan ?? WarmUpPlan.Automatic
        : Mode == WarmUpMode.Adaptive ? AutomaticAdaptive : WarmUpPlan.Automatic;
}

/// <param name="Provider">As <see cref="Addresses.MailboxProvider.Name"/>.</param>
/// <param name="DailyCaps">Recipients per day; after the last one only the day's total holds.</param>
public sealed record ProviderCaps(string Provider, IReadOnlyList<long> DailyCaps);
