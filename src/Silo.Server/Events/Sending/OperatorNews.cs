using System.Globalization;
using System.Text;
using Silo.Core.Tenants;

namespace Silo.Server.Events.Sending;

/// <summary>Which events of tenants an operator gets mail about, and in which words.</summary>
internal static class OperatorNews
{
    public static bool IsNews(TenantEventKind kind) => kind is TenantEventKind.StatusChanged or TenantEventKind.FindingOpened
        or TenantEventKind.IdentityFaultFound;

    /// <summary>Null when it is nothing to write about.</summary>
    public static (string Subject, string Text)? Write(TenantEvent told, string tenantName) => told.Kind switch
    {
        TenantEventKind.FindingOpened when told.Finding is { } finding => (
            $"Finding about tenant {tenantName}: {finding.Type}, {finding.Impact}",
            string.Create(CultureInfo.InvariantCulture, $"Tenant {tenantName}, at {told.At:u}: {finding.Description}")),
        TenantEventKind.IdentityFaultFound when told.Identity is { } identity => (
            $"Identity {identity.Name}: {identity.Text}",
            string.Create(
                CultureInfo.InvariantCulture,
                $"Identity {identity.Name}, at {told.At:u}: {identity.Text}. GetEmailIdentity says what was found in DNS.")),
        TenantEventKind.StatusChanged when told.Standing is { } standing => (
            $"Sending status of tenant {tenantName}: {standing.Aggregate.ToString().ToUpperInvariant()}",
            Change(told, tenantName)),
        _ => null,
    };

    private static string Change(TenantEvent told, string tenantName)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture,
            $"Tenant {tenantName}: the sending status is {told.Standing!.Aggregate.ToString().ToUpperInvariant()} since {told.At:u}");
        if (told.Origin is { } origin) text.Append(CultureInfo.InvariantCulture, $", by {origin}");
        if (told.Cause is { Length: > 0 } cause) text.Append(CultureInfo.InvariantCulture, $": {cause}");
        return text.Append('.').ToString();
    }
}
