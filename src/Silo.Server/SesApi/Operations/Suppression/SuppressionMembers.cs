using System.Diagnostics.CodeAnalysis;
using Silo.Core.Addresses;
using Silo.Core.Suppression;
using Silo.Core.Tenants;
using Silo.Server.SesApi.Operations.Tenants;

namespace Silo.Server.SesApi.Operations.Suppression;

/// <summary>What the operations on suppression lists check and say alike.</summary>
internal static class SuppressionMembers
{
    public const string Path = "/v2/email/suppression/addresses";

    public static string NameOf(SuppressionReason reason) => reason == SuppressionReason.Bounce ? "BOUNCE" : "COMPLAINT";

    /// <summary>Any address that mail can be sent to, without a display name.</summary>
    public static bool CheckAddress([NotNullWhen(true)] string? address, MemberChecks checks)
    {
        if (!checks.RequiredText(address, "EmailAddress")) return false;
        if (EmailAddress.TryParse(address, allowUtf8: true, out _)) return true;
        checks.Fail("EmailAddress must be an address of the form local@domain");
        return false;
    }

    /// <summary>Null for the account's list. Whether the tenant exists shows when the list is asked for.</summary>
    public static void CheckTenant(string? name, MemberChecks checks)
    {
        if (name is not null) TenantMembers.CheckName(name, checks);
    }

    /// <summary>Null when the list exists.</summary>
    public static async ValueTask<SesError?> NoSuchList(SesCall call, string? tenantName, CancellationToken cancellationToken) =>
        tenantName is null || await call.Services.Tenants.Get(tenantName).Describe(cancellationToken) is not null
            ? null
            : TenantMembers.NotFound(tenantName);

    public static SesError NotListed(string address) =>
        SesError.NotFound($"Email address {MemberChecks.Shown(address)} does not exist on your suppression list.");
}
