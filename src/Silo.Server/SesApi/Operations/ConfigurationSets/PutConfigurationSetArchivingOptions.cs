using Silo.Server.Accounts;

namespace Silo.Server.SesApi.Operations.ConfigurationSets;

/// <summary>The archive of the set's mail; without an ARN there is none any more.</summary>
internal static class PutConfigurationSetArchivingOptions
{
    public static SesOperation Operation { get; } = SesOperation.Of(
        "PutConfigurationSetArchivingOptions", "PUT", GetConfigurationSet.Path + "/archiving-options", SesJson.Default.ArchivingOptions, Handle) with
    {
        Deviation = "The ARN is kept and shown; nothing is archived.",
    };

    private static async ValueTask<SesAnswer> Handle(SesCall call, ArchivingOptions request, CancellationToken cancellationToken)
    {
        var name = call.Labels[0];
        var checks = new MemberChecks();
        ConfigurationSetMembers.Check(request, checks, "");
        if (checks.Error is { } refused) return refused;
        if (!ConfigurationSet.IsValidName(name)) return ConfigurationSetMembers.NotFound(name);
        var options = request.ArchiveArn is null ? null : request;
        return ConfigurationSetMembers.Answer(
            await call.Services.Account.Change(name, set => set with { ArchivingOptions = options }, cancellationToken), name);
    }
}
