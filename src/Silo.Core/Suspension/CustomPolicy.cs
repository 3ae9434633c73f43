using System.Globalization;
using System.Text.Json.Serialization;
using Silo.Core.Reputation;

namespace Silo.Core.Suspension;

/// <summary>What is done while a finding is open. The values are stored: append only.</summary>
public enum PolicyActionKind
{
    /// <summary>The finding is recorded and told; mail goes on.</summary>
    Notify = 0,

    /// <summary>The tenant's rate and burst are multiplied by a factor.</summary>
    Throttle = 1,

    /// <summary>Mail to the finding's worst provider waits; with a finding that has none, nothing more is done.</summary>
    ParkProvider = 2,

    /// <summary>The tenant is paused, until somebody resumes it.</summary>
    Pause = 3,
}

/// <param name="Factor">Of a throttle, 0.01 to 1; null otherwise.</param>
public sealed record PolicyAction(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] PolicyActionKind Kind, double? Factor = null)
{
    public const double MinFactor = 0.01;

    public static PolicyAction Notify { get; } = new(PolicyActionKind.Notify);

    public static PolicyAction Pause { get; } = new(PolicyActionKind.Pause);
}

/// <summary>What a policy says about one type of finding; what is null is as the standard policy has it.</summary>
public sealed record FindingPolicy
{
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required FindingType Type { get; init; }

    /// <summary>A rate for bounces and complaints, a number of reports or listings, a score for volume.</summary>
    public double? Low { get; init; }

    /// <summary>As <see cref="Low"/>, and not below it.</summary>
    public double? High { get; init; }

    /// <summary>Of bounces, complaints and volume: below it nothing is judged.</summary>
    public int? VolumeFloor { get; init; }

    /// <summary>Of bounces and complaints: the windows that are judged.</summary>
    public IReadOnlyList<ReputationWindow>? Windows { get; init; }

    public PolicyAction? OnLow { get; init; }

    public PolicyAction? OnHigh { get; init; }
}

/// <summary>
/// A policy of the platform's own. A tenant's events carry it whole, so that they can be judged again without it: changing the policy
/// is an event of each tenant that uses it.
/// </summary>
public sealed record CustomPolicy
{
    public required string Name { get; init; }

    /// <summary>One more with each change.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required long Revision { get; init; }

    /// <summary>At most one of each type.</summary>
    public IReadOnlyList<FindingPolicy>? Findings { get; init; }

    /// <summary><see cref="ReputationThresholds.ErrorLevel"/>, for complaints as well; null for the platform's levels.</summary>
    public double? ErrorLevel { get; init; }

    /// <inheritdoc cref="ReputationThresholds.QuietPeriod"/>
    public double? QuietHours { get; init; }

    public PolicyAction ActionFor(FindingType type, FindingImpact impact)
    {
        var said = Findings?.FirstOrDefault(f => f.Type == type);
        return (impact == FindingImpact.High ? said?.OnHigh : said?.OnLow) ?? StandingEffects.ActionFor(ReputationPolicy.Standard, type, impact);
    }

    public ReputationThresholds Thresholds(ReputationThresholds platform)
    {
        var (bounce, complaint, reports, listings, volume) = (
            Of(FindingType.Bounce), Of(FindingType.Complaint), Of(FindingType.FeedbackThirdParty), Of(FindingType.IpListing), Of(FindingType.Volume));
        return platform with
        {
            LowBounceRate = bounce?.Low ?? platform.LowBounceRate,
            HighBounceRate = bounce?.High ?? platform.HighBounceRate,
            BounceVolumeFloor = bounce?.VolumeFloor ?? platform.BounceVolumeFloor,
            BounceWindows = bounce?.Windows ?? platform.BounceWindows,
            LowComplaintRate = complaint?.Low ?? platform.LowComplaintRate,
            HighComplaintRate = complaint?.High ?? platform.HighComplaintRate,
            ComplaintVolumeFloor = complaint?.VolumeFloor ?? platform.ComplaintVolumeFloor,
            ComplaintWindows = complaint?.Windows ?? platform.ComplaintWindows,
            LowReports = (int)(reports?.Low ?? platform.LowReports),
            HighReports = (int)(reports?.High ?? platform.HighReports),
            LowListings = (int)(listings?.Low ?? platform.LowListings),
            HighListings = (int)(listings?.High ?? platform.HighListings),
            LowVolumeScore = volume?.Low ?? platform.LowVolumeScore,
            HighVolumeScore = volume?.High ?? platform.HighVolumeScore,
            HourlyVolumeFloor = volume?.VolumeFloor ?? platform.HourlyVolumeFloor,
            ErrorLevel = ErrorLevel ?? platform.ErrorLevel,
            LowComplaintErrorLevel = ErrorLevel ?? platform.LowComplaintErrorLevel,
            HighComplaintErrorLevel = ErrorLevel ?? platform.HighComplaintErrorLevel,
            QuietPeriod = QuietHours is { } hours ? TimeSpan.FromHours(hours) : platform.QuietPeriod,
        };

        FindingPolicy? Of(FindingType type) => Findings?.FirstOrDefault(f => f.Type == type);
    }
}
