using Silo.Server.Accounts;

namespace Silo.Server.SesApi.Operations.ConfigurationSets;

/// <summary>What the set says of the Virtual Deliverability Manager in place of the account.</summary>
internal static class PutConfigurationSetVdmOptions
{
    public static SesOperation Operation { get; } = SesOperation.Of(
        "PutConfigurationSetVdmOptions", "PUT", GetConfigurationSet.Path + "/vdm-options",
        SesJson.Default.PutConfigurationSetVdmOptionsRequest, Handle) with
    {
        Deviation = "The options are kept and shown; recommendations are made in any case, and delivery is not changed.",
    };

    private static async ValueTask<SesAnswer> Handle(SesCall call, PutConfigurationSetVdmOptionsRequest request, CancellationToken cancellationToken)
    {
        var name = call.Labels[0];
        var checks = new MemberChecks();
        ConfigurationSetMembers.Check(request.VdmOptions, checks);
        if (checks.Error is { } refused) return refused;
        if (!ConfigurationSet.IsValidName(name)) return ConfigurationSetMembers.NotFound(name);
        return ConfigurationSetMembers.Answer(
            await call.Services.Account.Change(name, set => set with { VdmOptions = request.VdmOptions }, cancellationToken), name);
    }
}

internal sealed record PutConfigurationSetVdmOptionsRequest(VdmOptions? VdmOptions);
