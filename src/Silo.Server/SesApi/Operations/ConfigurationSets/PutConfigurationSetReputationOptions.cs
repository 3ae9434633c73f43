using Silo.Server.Accounts;

namespace Silo.Server.SesApi.Operations.ConfigurationSets;

/// <summary>Whether the set's own metrics are published; the service counts for tenants in any case.</summary>
internal static class PutConfigurationSetReputationOptions
{
    public static SesOperation Operation { get; } = SesOperation.Of(
        "PutConfigurationSetReputationOptions", "PUT", GetConfigurationSet.Path + "/reputation-options",
        SesJson.Default.PutConfigurationSetReputationOptionsRequest, Handle) with
    {
        Deviation = "The switch is kept and shown; reputation is measured for each tenant, whatever it says.",
    };

    private static async ValueTask<SesAnswer> Handle(
        SesCall call, PutConfigurationSetReputationOptionsRequest request, CancellationToken cancellationToken)
    {
        var name = call.Labels[0];
        if (!ConfigurationSet.IsValidName(name)) return ConfigurationSetMembers.NotFound(name);

        // The model's default of an absent member is false.
        var enabled = request.ReputationMetricsEnabled ?? false;
        return ConfigurationSetMembers.Answer(
            await call.Services.Account.Change(
                name, set => set with { ReputationOptions = new ReputationOptions(enabled, set.ReputationOptions?.LastFreshStart) },
                cancellationToken),
            name);
    }
}

internal sealed record PutConfigurationSetReputationOptionsRequest(bool? ReputationMetricsEnabled);
