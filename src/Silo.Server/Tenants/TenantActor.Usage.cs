namespace Silo.Server.Tenants;

// What the tenant is billed for.
public sealed partial class TenantActor
{
    public ValueTask<TenantUsageReport?> ReadUsage(CancellationToken cancellationToken) =>
        ValueTask.FromResult(_row is null ? null : UsageReport());

    private TenantUsageReport UsageReport() => new(name, _row!.TenantId, _ledger!.Usage.Days, _ledger.Usage.Months);
}
