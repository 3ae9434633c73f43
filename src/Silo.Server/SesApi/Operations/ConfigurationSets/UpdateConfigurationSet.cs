using Silo.Server.Accounts;

namespace Silo.Server.SesApi.Operations.ConfigurationSets;

/// <summary>Changes the members that are there and leaves the others.</summary>
internal static class UpdateConfigurationSet
{
    public static SesOperation Operation { get; } = SesOperation.Of(
        "UpdateConfigurationSet", "POST", "/v2/email/update-configuration-sets", SesJson.Default.UpdateConfigurationSetRequest, Handle) with
    {
        Deviation = "MessageSecurityOptions are kept and shown; mail is not signed by S/MIME.",
    };

    private static async ValueTask<SesAnswer> Handle(SesCall call, UpdateConfigurationSetRequest request, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        ConfigurationSetMembers.CheckName(request.ConfigurationSetName, checks);
        ConfigurationSetMembers.Check(request.MessageSecurityOptions, checks);
        if (checks.Error is { } refused) return refused;
        var name = request.ConfigurationSetName!;
        return ConfigurationSetMembers.Answer(
            await call.Services.Account.Change(
                name, set => set with { MessageSecurityOptions = request.MessageSecurityOptions ?? set.MessageSecurityOptions }, cancellationToken),
            name);
    }
}

internal sealed record UpdateConfigurationSetRequest(string? ConfigurationSetName, MessageSecurityOptions? MessageSecurityOptions);
