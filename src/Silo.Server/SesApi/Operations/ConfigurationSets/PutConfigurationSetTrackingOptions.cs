using Silo.Server.Accounts;

namespace Silo.Server.SesApi.Operations.ConfigurationSets;

/// <summary>Where tracked links lead; replaces both members.</summary>
internal static class PutConfigurationSetTrackingOptions
{
    public static SesOperation Operation { get; } = SesOperation.Of(
        "PutConfigurationSetTrackingOptions", "PUT", GetConfigurationSet.Path + "/tracking-options", SesJson.Default.TrackingOptions, Handle);

    private static async ValueTask<SesAnswer> Handle(SesCall call, TrackingOptions request, CancellationToken cancellationToken)
    {
        var name = call.Labels[0];
        var checks = new MemberChecks();
        checks.OneOf(request.HttpsPolicy, "HttpsPolicy", "REQUIRE", "REQUIRE_OPEN_ONLY", "OPTIONAL");
        if (request.CustomRedirectDomain is not null && !IdentityName.IsDomain(request.CustomRedirectDomain))
            checks.Fail("CustomRedirectDomain must be a domain");
        if (checks.Error is { } refused) return refused;
        if (!ConfigurationSet.IsValidName(name)) return ConfigurationSetMembers.NotFound(name);
        if (await ConfigurationSetMembers.CheckRedirectDomain(call, request.CustomRedirectDomain, "", cancellationToken) is { } unverified)
            return unverified;
        var options = request == new TrackingOptions(null, null) ? null : request;
        return ConfigurationSetMembers.Answer(
            await call.Services.Account.Change(name, set => set with { TrackingOptions = options }, cancellationToken), name);
    }
}
