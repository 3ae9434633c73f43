using Silo.Core.Pacing;

namespace Silo.Core.Tenants;

/// <summary>A tenant's own limits; one that is null is what every tenant gets (section <c>Silo:Tenants</c>).</summary>
public sealed record TenantLimits
{
    public const double MinSendRate = 0.01;
    public const double MaxSendRate = 1_000_000;
    public const double MinSendBurst = 1;
    public const double MaxSendBurst = 1_000_000;

    public const double MinWeight = EgressScheduler.MinWeight;
    public const double MaxWeight = EgressScheduler.MaxWeight;
    public const long MaxQuota = 1_000_000_000_000;

    /// <summary>None of its own.</summary>
    public static TenantLimits None { get; } = new();

    /// <summary>Hand-overs per second, <see cref="MinSendRate"/> to <see cref="MaxSendRate"/>. Mail above it waits.</summary>
    public double? SendRate { get; init; }

    /// <summary>Hand-overs at once after a rest, <see cref="MinSendBurst"/> to <see cref="MaxSendBurst"/>.</summary>
    public double? SendBurst { get; init; }

    /// <summary>
    /// Its part of what several tenants want at once, <see cref="MinWeight"/> to <see cref="MaxWeight"/>: twice the weight, twice the mail.
    /// Null is 1.
    /// </summary>
    public double? Weight { get; init; }

    /// <summary>
    /// Recipients that mail may be accepted for in a UTC day, 0 to <see cref="MaxQuota"/>. A message over it is refused. Null is no quota.
    /// </summary>
    public long? DailyQuota { get; init; }

    /// <summary>The same for a calendar month in UTC.</summary>
    public long? MonthlyQuota { get; init; }

    /// <summary>These, and the other ones where these have none.</summary>
    public TenantLimits Or(TenantLimits? other) => other is null ? this : new TenantLimits
    {
        SendRate = SendRate ?? other.SendRate, SendBurst = SendBurst ?? other.SendBurst, Weight = Weight ?? other.Weight,
        DailyQuota = DailyQuota ?? other.DailyQuota, MonthlyQuota = MonthlyQuota ?? other.MonthlyQuota,
    };
}
