using Silo.Server.SesApi.Operations.ConfigurationSets;

namespace Silo.Server.SesApi.Operations.Identities;

internal static class PutEmailIdentityConfigurationSetAttributes
{
    public static SesOperation Operation { get; } = SesOperation.Of(
        "PutEmailIdentityConfigurationSetAttributes", "PUT", GetEmailIdentity.Path + "/configuration-set",
        SesJson.Default.PutEmailIdentityConfigurationSetAttributesRequest, Handle);

    private static async ValueTask<SesAnswer> Handle(
        SesCall call, PutEmailIdentityConfigurationSetAttributesRequest request, CancellationToken cancellationToken)
    {
        // Absent: none any more.
        var set = request.ConfigurationSetName is { Length: > 0 } named ? named : null;
        if (await call.Services.Account.GetIdentity(call.Labels[0], cancellationToken) is null) return GetEmailIdentity.NotFound(call.Labels[0]);
        if (set is not null && await call.Services.Account.GetConfigurationSet(set, cancellationToken) is null)
            return ConfigurationSetMembers.NotFound(set);
        return await IdentityChange.Apply(call, i => i with { ConfigurationSetName = set }, cancellationToken);
    }
}

internal sealed record PutEmailIdentityConfigurationSetAttributesRequest(string? ConfigurationSetName);
