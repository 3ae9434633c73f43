namespace Silo.Server.SesApi.Operations;

/// <summary>The refusal that all resources share which tenants can be associated with (SES developer guide, tenants).</summary>
internal static class AssociatedResource
{
    public static SesError CannotDelete(string arn) =>
        SesError.BadRequest($"Cannot delete {arn} because it has tenant associations. Remove all tenant associations and try again.");
}
