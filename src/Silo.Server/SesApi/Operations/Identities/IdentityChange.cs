using Silo.Server.Accounts;

namespace Silo.Server.SesApi.Operations.Identities;

/// <summary>What the operations have in common that change an identity.</summary>
internal static class IdentityChange
{
    public static async ValueTask<SesAnswer> Apply(
        SesCall call, Func<EmailIdentity, EmailIdentity> change, CancellationToken cancellationToken)
    {
        if (IdentityName.Normalize(call.Labels[0]) is not { } name) return GetEmailIdentity.NotFound(call.Labels[0]);
        return Answer(await call.Services.Account.ChangeIdentity(name, change, cancellationToken), name);
    }

    public static SesAnswer Answer(ResourceChange change, string name) => change switch
    {
        ResourceChange.Done => SesAnswer.Empty,
        ResourceChange.NotFound => GetEmailIdentity.NotFound(name),
        _ => SesError.ConcurrentModification($"Email identity {name}"),
    };
}
