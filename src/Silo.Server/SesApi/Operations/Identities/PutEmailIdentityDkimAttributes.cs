using Silo.Server.Accounts;

namespace Silo.Server.SesApi.Operations.Identities;

internal static class PutEmailIdentityDkimAttributes
{
    public static SesOperation Operation { get; } = SesOperation.Of(
        "PutEmailIdentityDkimAttributes", "PUT", GetEmailIdentity.Path + "/dkim", SesJson.Default.PutEmailIdentityDkimAttributesRequest, Handle);

    private static async ValueTask<SesAnswer> Handle(
        SesCall call, PutEmailIdentityDkimAttributesRequest request, CancellationToken cancellationToken)
    {
        if (await call.Services.Account.GetIdentity(call.Labels[0], cancellationToken) is not { } identity)
            return GetEmailIdentity.NotFound(call.Labels[0]);

        // The model's default of an absent member is false.
        var isEnabled = request.SigningEnabled ?? false;
        if (isEnabled && IdentityName.IsAddress(identity.Name))
        {
            return SesError.BadRequest(
                "An address has no keys of its own: mail from it is signed with those of its domain, when that is an identity too.");
        }

        return await IdentityChange.Apply(call, i => i with { Dkim = i.Dkim with { SigningEnabled = isEnabled } }, cancellationToken);
    }
}

internal sealed record PutEmailIdentityDkimAttributesRequest(bool? SigningEnabled);
