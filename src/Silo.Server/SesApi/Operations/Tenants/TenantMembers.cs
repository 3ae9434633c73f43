using Silo.Core.Tenants;
using Silo.Server.Accounts;
using Silo.Server.Tenants;
using Silo.Storage;

namespace Silo.Server.SesApi.Operations.Tenants;

/// <summary>Suppression settings of a tenant on the wire; both members or none.</summary>
internal sealed record TenantSuppressionAttributes(IReadOnlyList<string?>? SuppressedReasons, string? SuppressionScope);

/// <summary>What the operations on tenants check and say alike.</summary>
internal static class TenantMembers
{
    /// <summary>True when the name can be one; it need not exist.</summary>
    public static bool CheckName([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] string? name, MemberChecks checks)
    {
        if (!checks.RequiredText(name, "TenantName")) return false;
        if (TenantName.IsValid(name)) return true;
        checks.Fail($"TenantName must have 1 to {TenantName.MaxLength} characters of A-Z a-z 0-9 - _");
        return false;
    }

    public static SesError NotFound(string name) => SesError.NotFound($"The requested tenant <{name}> does not exist.");

    /// <summary>Null clears the settings. Scope and reasons come as a pair; an empty list of reasons counts as given.</summary>
    public static TenantSuppression? CheckSuppression(IReadOnlyList<string?>? reasons, string? scope, string prefix, MemberChecks checks)
    {
        if (reasons is null && scope is null) return null;
        if (reasons is null)
        {
            checks.Fail($"{prefix}SuppressedReasons cannot be null when SuppressionScope is provided");
            return null;
        }

        if (scope is null) checks.Fail($"{prefix}SuppressionScope is required when SuppressedReasons are provided");
        checks.OneOf(scope, $"{prefix}SuppressionScope", "TENANT", "ACCOUNT");
        return new TenantSuppression(scope ?? "", SuppressionReasons.Check(reasons, $"{prefix}SuppressedReasons", checks) ?? []);
    }

    public static TenantSuppressionAttributes? ToWire(TenantSuppression? suppression) =>
        suppression is null ? null : new TenantSuppressionAttributes(suppression.Reasons, suppression.Scope);

    /// <summary>
    /// An ARN that a tenant can be associated with, checked in the order of the service: form, service, type, Region, account. The
    /// resource comes out in the spelling that associations are kept under.
    /// </summary>
    public static SesError? CheckResource(string text, Arns arns, out ResourceArn resource)
    {
        if (!ResourceArn.TryParse(text, out resource!)) return SesError.BadRequest("Provided resource identifier is not an SES resource");
        if (resource.Service != "ses") return SesError.BadRequest("Provided ARN is not in SES resource ARN format");
        if (resource.Kind is null) return SesError.BadRequest($"Unsupported resource type: {MemberChecks.Shown(resource.Type)}");
        if (resource.Region != arns.Region) return SesError.BadRequest($"Resource {MemberChecks.Shown(text)} must be in the same region");
        if (resource.AccountId != arns.AccountId)
            return SesError.BadRequest($"Resource {MemberChecks.Shown(text)} must be in the same account");

        // Associations are kept under the ARN in its one spelling, so the domain of an identity counts without case here too.
        var name = resource.Kind == ResourceKind.EmailIdentity ? IdentityName.Normalize(resource.Name) ?? resource.Name : resource.Name;
        resource = resource with { Name = name, Text = arns.Of(resource.Type, name) };
        return name.Length == 0 ? SesError.BadRequest("Provided resource identifier is not an SES resource") : null;
    }

    public static SesError NoSuchResource(ResourceArn resource) => SesError.NotFound($"Resource {resource.Text} does not exist.");
}
