using Silo.Server.Accounts;
using Silo.Server.Egress;
using Silo.Storage;

namespace Silo.Server.SesApi.Operations.Tags;

/// <summary>Finds out which resource an ARN of a tag call means.</summary>
internal static class TaggedResource
{
    /// <summary>
    /// The ARN that the resource's tags are kept under, or the error. A tenant is found by the id in its ARN alone; the name segment
    /// is not looked at (observed of the live service).
    /// </summary>
    public static async ValueTask<(string? Arn, SesError? Error)> Find(SesCall call, string? text, CancellationToken cancellationToken)
    {
        var services = call.Services;
        var notFound = SesError.NotFound($"Resource {MemberChecks.Shown(text ?? "")} does not exist.");
        if (!ResourceArn.TryParse(text, out var arn) || arn.Service != "ses")
            return (null, SesError.BadRequest("1 validation error detected: ResourceArn must be the ARN of an SES resource"));
        if (!services.Arns.IsOwn(arn)) return (null, notFound);
        if (arn.Type == "tenant")
        {
            var tenant = arn.TenantId is null ? null : await services.Store.Tenants.FindById(arn.TenantId, cancellationToken);
            return tenant is null ? (null, notFound) : (tenant.Arn, null);
        }

        var taggedKind = arn.Type switch
        {
            "dedicated-ip-pool" => ResourceKind.SendingPool,
            "contact-list" => ResourceKind.ContactList,
            _ => arn.Kind,
        };
        if (taggedKind is not { } kind || (kind == ResourceKind.SendingPool && SendingPool.IsImplicitName(arn.Name))) return (null, notFound);
        var name = kind == ResourceKind.EmailIdentity ? IdentityName.Normalize(arn.Name) : arn.Name;
        if (name is not { Length: > 0 } || await services.Resources.Get(kind, name, cancellationToken) is null) return (null, notFound);
        return (services.Arns.Of(arn.Type, name), null);
    }
}
