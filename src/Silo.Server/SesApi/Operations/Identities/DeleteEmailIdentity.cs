using Silo.Server.Accounts;
using Silo.Storage;

namespace Silo.Server.SesApi.Operations.Identities;

internal static class DeleteEmailIdentity
{
    public static SesOperation Operation { get; } = SesOperation.Of("DeleteEmailIdentity", "DELETE", GetEmailIdentity.Path, Handle);

    private static async ValueTask<SesAnswer> Handle(SesCall call, CancellationToken cancellationToken)
    {
        if (IdentityName.Normalize(call.Labels[0]) is not { } name) return GetEmailIdentity.NotFound(call.Labels[0]);
        return await call.Services.Account.DeleteIdentity(name, cancellationToken) switch
        {
            ResourceDeletion.Deleted => SesAnswer.Empty,
            ResourceDeletion.HasAssociations => AssociatedResource.CannotDelete(call.Services.Arns.Identity(name)),
            _ => GetEmailIdentity.NotFound(name),
        };
    }
}
