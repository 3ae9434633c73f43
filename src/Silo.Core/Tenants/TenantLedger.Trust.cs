using Silo.Core.Reputation;
using Silo.Core.Trust;

namespace Silo.Core.Tenants;

// How far the tenant is trusted, and what that limits.
public sealed partial class TenantLedger
{
    private TenantLimits? _limitsInForce;

    public TenantTrust Trust { get; private set; } = TenantTrust.None;

    /// <summary>Recipients delivered or handed over to so far, without a simulator's; what bounced later is taken out.</summary>
    public long Delivered { get; private set; }

    /// <summary>How often a finding was HIGH when it opened, or was raised to that, so far; those about volume do not count.</summary>
    public long HighFindings { get; private set; }

    /// <summary>Mail of the tenant was ever rejected for its content.</summary>
    public bool HasRejects => Books.Rejected > 0;

    /// <summary>The tenant's own limits, and its tier's where it has none.</summary>
    public TenantLimits LimitsInForce => _limitsInForce ??= Limits.Or(Trust.Tier?.Limits);

    private void FollowTrust(TenantEvent e)
    {
        if (e.Trust is { } trust) Trust = trust;
        if (e.Trust is not null || e.Kind == TenantEventKind.LimitsChanged) _limitsInForce = null;
        if (e is { Simulated: false, InDoubt: false }) Delivered += DeliveredBy(e) + (e.Restores is null ? 0 : e.Units);
        if (e.Finding is { Impact: FindingImpact.High, Type: not FindingType.Volume }
            && StepOf(e) is FindingStep.Opened or FindingStep.Raised)
            HighFindings++;
    }

    private static int DeliveredBy(TenantEvent e) => (e.Kind, e.Previous) switch
    {
        (TenantEventKind.Delivered or TenantEventKind.HandedOver, null) => e.Units,
        (TenantEventKind.HardBounced or TenantEventKind.SoftBounced or TenantEventKind.Blocked, not null) => -e.Units,
        _ => 0,
    };
}
