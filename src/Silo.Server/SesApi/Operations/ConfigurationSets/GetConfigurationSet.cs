using Silo.Server.Accounts;

namespace Silo.Server.SesApi.Operations.ConfigurationSets;

internal static class GetConfigurationSet
{
    public const string Path = "/v2/email/configuration-sets/{ConfigurationSetName}";

    public static SesOperation Operation { get; } = SesOperation.Of("GetConfigurationSet", "GET", Path, Handle);

    private static async ValueTask<SesAnswer> Handle(SesCall call, CancellationToken cancellationToken)
    {
        var services = call.Services;
        if (await services.Account.GetConfigurationSet(call.Labels[0], cancellationToken) is not { } set)
            return ConfigurationSetMembers.NotFound(call.Labels[0]);
        var tags = await services.Resources.GetTags(services.Arns.ConfigurationSet(set.Name), cancellationToken);
        return SesAnswer.Json(
            new GetConfigurationSetResponse(
                set.Name, set.TrackingOptions, set.DeliveryOptions, set.ReputationOptions, set.SendingOptions, TagRules.ToWire(tags),
                set.SuppressionOptions, set.VdmOptions, set.ArchivingOptions, set.MessageSecurityOptions),
            SesJson.Default.GetConfigurationSetResponse);
    }
}

internal sealed record GetConfigurationSetResponse(
    string ConfigurationSetName, TrackingOptions? TrackingOptions, DeliveryOptions? DeliveryOptions, ReputationOptions? ReputationOptions,
    SendingOptions? SendingOptions, IReadOnlyList<Tag> Tags, SuppressionOptions? SuppressionOptions, VdmOptions? VdmOptions,
    ArchivingOptions? ArchivingOptions, MessageSecurityOptions? MessageSecurityOptions);
