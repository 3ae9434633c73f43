using Silo.Core.Reputation;
using Silo.Core.Tenants;
using Silo.Server.Tenants;

namespace Silo.Server.Demo;

/// <summary>A tenant at one moment, with what its application was told until then.</summary>
internal sealed record DemoSample(TimeSpan At, TenantDescription Tenant, long RefusedSends)
{
    // The level at which the rules look at one window.
    private static readonly double ErrorLevel = new ReputationThresholds().ErrorLevel / 3;

    public TenantBooks Books => Tenant.Books;

    /// <summary>Units that wait; those in hand are not among them.</summary>
    public long Queued => Math.Max(0, Books.Open - Tenant.InHand);

    public double BounceRate => Tenant.LastDay.BounceRate ?? 0;

    public double BounceLower => BetaBounds.Lower(Tenant.LastDay.HardBounces, Tenant.LastDay.Resolved, ErrorLevel);

    public double AcceptedPerSecond(DemoSample earlier) => PerSecond(earlier, Books.Accepted - earlier.Books.Accepted);

    public double DeliveredPerSecond(DemoSample earlier) => PerSecond(earlier, Books.Delivered - earlier.Books.Delivered);

    private double PerSecond(DemoSample earlier, long count) => At > earlier.At ? count / (At - earlier.At).TotalSeconds : 0;
}
