using Silo.Server.Accounts;
using Silo.Storage;

namespace Silo.Server.SesApi.Operations.Identities;

internal static class DeleteEmailIdentity
{
    public static SesOperation Operation { get; } = SesOperation.Of("DeleteEmailIdentity", "DELETE", GetEmailIdentity.Path, Handle);

    private static async ValueTask<SesAnswer> Handle(SesCall call, CancellationToken cancellationToken)
    {
        if (IdentityName.Normalize(call.Labels[0]) is not { } name) return GetEmailIdentity.NotFound(call.Labels[0]);
        switch (await call.Services.Account.DeleteIdentity(name, cancellationToken))
        {
            case ResourceDeletion.Deleted:
                // What a crash leaves of them is of no use: a new identity of this name gets keys of its own.
                await call.Services.IdentityKeys.Delete(name, cancellationToken);
                await call.Services.IdentityPolicies.Delete(name, cancellationToken);
                return SesAnswer.Empty;
            case ResourceDeletion.HasAssociations:
                return AssociatedResource.CannotDelete(call.Services.Arns.Identity(name));
            default:
                return GetEmailIdentity.NotFound(name);
        }
    }
}
