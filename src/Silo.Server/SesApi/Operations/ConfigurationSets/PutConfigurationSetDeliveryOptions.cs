using Silo.Server.Accounts;

namespace Silo.Server.SesApi.Operations.ConfigurationSets;

/// <summary>Replaces all delivery options; those that are absent are not set any more.</summary>
internal static class PutConfigurationSetDeliveryOptions
{
    public static SesOperation Operation { get; } = SesOperation.Of(
        "PutConfigurationSetDeliveryOptions", "PUT", GetConfigurationSet.Path + "/delivery-options", SesJson.Default.DeliveryOptions, Handle);

    private static async ValueTask<SesAnswer> Handle(SesCall call, DeliveryOptions request, CancellationToken cancellationToken)
    {
        var name = call.Labels[0];
        var checks = new MemberChecks();
        ConfigurationSetMembers.Check(request, checks, "");
        if (checks.Error is { } refused) return refused;
        if (!ConfigurationSet.IsValidName(name)) return ConfigurationSetMembers.NotFound(name);

        var account = call.Services.Account;
        var options = request == new DeliveryOptions(null, null, null) ? null : request;
        DeliveryOptions? before = null;
        var change = ResourceChange.NotFound;
        var isThere = await call.Services.Pools.Refer(request.SendingPoolName, Write, Undo, cancellationToken);
        if (!isThere) return ConfigurationSetMembers.NoSuchPool(request.SendingPoolName);
        return change switch
        {
            ResourceChange.Done => SesAnswer.Empty,
            ResourceChange.NotFound => ConfigurationSetMembers.NotFound(name),
            _ => SesError.ConcurrentModification($"Configuration set {name}"),
        };

        async ValueTask<bool> Write()
        {
            change = await account.Change(name, set => Replaced(set), cancellationToken);
            return change == ResourceChange.Done;
        }

        ConfigurationSet Replaced(ConfigurationSet set)
        {
            before = set.DeliveryOptions;
            return set with { DeliveryOptions = options };
        }

        async ValueTask Undo() => await account.Change(
            name, set => set.DeliveryOptions == options ? set with { DeliveryOptions = before } : set, cancellationToken);
    }
}
