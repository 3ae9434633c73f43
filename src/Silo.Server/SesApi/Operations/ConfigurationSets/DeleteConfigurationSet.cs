using Silo.Storage;

namespace Silo.Server.SesApi.Operations.ConfigurationSets;

internal static class DeleteConfigurationSet
{
    public static SesOperation Operation { get; } = SesOperation.Of("DeleteConfigurationSet", "DELETE", GetConfigurationSet.Path, Handle);

    private static async ValueTask<SesAnswer> Handle(SesCall call, CancellationToken cancellationToken)
    {
        var name = call.Labels[0];
        if (!Accounts.ConfigurationSet.IsValidName(name)) return ConfigurationSetMembers.NotFound(name);
        var deletion = await call.Services.Account.DeleteConfigurationSet(name, cancellationToken);
        if (deletion == ResourceDeletion.Deleted) await call.Services.EventDestinations.DeleteAll(name, cancellationToken);
        return deletion switch
        {
            ResourceDeletion.Deleted => SesAnswer.Empty,
            ResourceDeletion.HasAssociations => AssociatedResource.CannotDelete(call.Services.Arns.ConfigurationSet(name)),
            _ => ConfigurationSetMembers.NotFound(name),
        };
    }
}
