using Silo.Server.Accounts;

namespace Silo.Server.SesApi.Operations.ConfigurationSets;

internal static class PutConfigurationSetSendingOptions
{
    public static SesOperation Operation { get; } = SesOperation.Of(
        "PutConfigurationSetSendingOptions", "PUT", GetConfigurationSet.Path + "/sending",
        SesJson.Default.PutConfigurationSetSendingOptionsRequest, Handle);

    private static async ValueTask<SesAnswer> Handle(
        SesCall call, PutConfigurationSetSendingOptionsRequest request, CancellationToken cancellationToken)
    {
        var name = call.Labels[0];
        if (!ConfigurationSet.IsValidName(name)) return ConfigurationSetMembers.NotFound(name);

        // The model's default of an absent member is false.
        var options = new SendingOptions(request.SendingEnabled ?? false);
        return await call.Services.Account.Change(name, set => set with { SendingOptions = options }, cancellationToken) switch
        {
            ResourceChange.Done => SesAnswer.Empty,
            ResourceChange.NotFound => ConfigurationSetMembers.NotFound(name),
            _ => SesError.ConcurrentModification($"Configuration set {name}"),
        };
    }
}

internal sealed record PutConfigurationSetSendingOptionsRequest(bool? SendingEnabled);
