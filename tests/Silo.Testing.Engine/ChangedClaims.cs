using Silo.Storage;

namespace Silo.Testing.Engine;

/// <summary>Tenants whose claims answer what a test wants.</summary>
public sealed class ChangedClaims(ITenantStore inner) : ITenantStore
{
    public Func<TenantClaim, TenantClaim>? Changes { get; set; }

    public async ValueTask<TenantClaim> Claim(string name, CancellationToken cancellationToken)
    {
        var claim = await inner.Claim(name, cancellationToken);
        return Changes is { } change ? change(claim) : claim;
    }

    public ValueTask<StoredTenant?> Load(string name, CancellationToken cancellationToken) => inner.Load(name, cancellationToken);

    public ValueTask<TenantCreation> Create(NewTenant tenant, CancellationToken cancellationToken) => inner.Create(tenant, cancellationToken);

    public ValueTask<bool> Delete(long tenantKey, CancellationToken cancellationToken) => inner.Delete(tenantKey, cancellationToken);

    public ValueTask<Page<TenantListing>> List(TenantFilter filter, int pageSize, CancellationToken cancellationToken) =>
        inner.List(filter, pageSize, cancellationToken);

    public ValueTask<TenantListing?> FindById(string tenantId, CancellationToken cancellationToken) => inner.FindById(tenantId, cancellationToken);

    public ValueTask<string?> FindName(long tenantKey, CancellationToken cancellationToken) => inner.FindName(tenantKey, cancellationToken);

    public ValueTask<IReadOnlyList<string>> TenantsToSnapshot(long maxBehind, int limit, CancellationToken cancellationToken) =>
        inner.TenantsToSnapshot(maxBehind, limit, cancellationToken);
}
