using Silo.Server.Templates;
using Silo.Storage;

namespace Silo.Server.SesApi.Operations.CustomVerification;

internal static class DeleteCustomVerificationEmailTemplate
{
    public static SesOperation Operation { get; } = SesOperation.Of(
        "DeleteCustomVerificationEmailTemplate", "DELETE", CustomVerificationMembers.Path, Handle);

    private static async ValueTask<SesAnswer> Handle(SesCall call, CancellationToken cancellationToken)
    {
        var name = call.Labels[0];
        return EmailTemplate.IsValidName(name)
            && await call.Services.VerificationTemplates.Delete(name, cancellationToken) == ResourceDeletion.Deleted
                ? SesAnswer.Empty
                : CustomVerificationMembers.NotFound(name);
    }
}
