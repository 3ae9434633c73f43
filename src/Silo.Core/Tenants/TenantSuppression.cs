namespace Silo.Core.Tenants;

/// <summary>Suppression settings of a tenant; empty reasons mean neither check nor record (SES developer guide, tenant-level suppression).</summary>
/// <param name="Scope">TENANT or ACCOUNT.</param>
/// <param name="Reasons">BOUNCE, COMPLAINT.</param>
public sealed record TenantSuppression(string Scope, IReadOnlyList<string> Reasons);
