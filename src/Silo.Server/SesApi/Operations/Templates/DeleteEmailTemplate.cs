using Silo.Server.Templates;
using Silo.Storage;

namespace Silo.Server.SesApi.Operations.Templates;

internal static class DeleteEmailTemplate
{
    public static SesOperation Operation { get; } = SesOperation.Of("DeleteEmailTemplate", "DELETE", EmailTemplateMembers.Path, Handle);

    private static async ValueTask<SesAnswer> Handle(SesCall call, CancellationToken cancellationToken)
    {
        var name = call.Labels[0];
        if (!EmailTemplate.IsValidName(name)) return EmailTemplateMembers.NotFound(name);
        return await call.Services.Templates.Delete(name, cancellationToken) switch
        {
            ResourceDeletion.Deleted => SesAnswer.Empty,
            ResourceDeletion.HasAssociations => AssociatedResource.CannotDelete(call.Services.Arns.Template(name)),
            _ => EmailTemplateMembers.NotFound(name),
        };
    }
}
