namespace Silo.Core.Tenants;

/// <summary>A tenant's own limits; one that is null is what every tenant gets (section <c>Silo:Tenants</c>).</summary>
public sealed record TenantLimits
{
    public const double MinSendRate = 0.01;
    public const double MaxSendRate = 1_000_000;
    public const double MinSendBurst = 1;
    public const double MaxSendBurst = 1_000_000;

    /// <summary>None of its own.</summary>
    public static TenantLimits None { get; } = new();

    /// <summary>Hand-overs per second, <see cref="MinSendRate"/> to <see cref="MaxSendRate"/>. Mail above it waits.</summary>
    public double? SendRate { get; init; }

    /// <summary>Hand-overs at once after a rest, <see cref="MinSendBurst"/> to <see cref="MaxSendBurst"/>.</summary>
    public double? SendBurst { get; init; }
}
