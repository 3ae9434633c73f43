using Silo.Server.Accounts;
using Silo.Storage;

namespace Silo.Server.SesApi.Operations.ConfigurationSets;

internal static class CreateConfigurationSet
{
    public static SesOperation Operation { get; } = SesOperation.Of(
        "CreateConfigurationSet", "POST", "/v2/email/configuration-sets", SesJson.Default.CreateConfigurationSetRequest, Handle);

    private static async ValueTask<SesAnswer> Handle(
        SesCall call, CreateConfigurationSetRequest request, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        ConfigurationSetMembers.CheckName(request.ConfigurationSetName, checks);
        ConfigurationSetMembers.Check(request.TrackingOptions, checks);
        ConfigurationSetMembers.Check(request.DeliveryOptions, checks);
        ConfigurationSetMembers.Check(request.SuppressionOptions, checks);
        ConfigurationSetMembers.Check(request.VdmOptions, checks);
        ConfigurationSetMembers.Check(request.ArchivingOptions, checks);
        ConfigurationSetMembers.Check(request.MessageSecurityOptions, checks);
        var tags = TagRules.Check(request.Tags, checks);
        if (checks.Error is { } refused) return refused;
        if (await ConfigurationSetMembers.CheckRedirectDomain(
                call, request.TrackingOptions?.CustomRedirectDomain, "TrackingOptions.", cancellationToken) is { } unverified) return unverified;

        var set = Set(request, call.Services.Time.GetUtcNow());
        var creation = ResourceCreation.AlreadyExists;
        var pool = set.DeliveryOptions?.SendingPoolName;
        if (!await call.Services.Pools.Refer(pool, Write, Undo, cancellationToken)) return ConfigurationSetMembers.NoSuchPool(pool);
        return creation switch
        {
            ResourceCreation.Created => SesAnswer.Empty,
            ResourceCreation.AlreadyExists => SesError.AlreadyExists($"Configuration set {set.Name} already exists."),
            _ => SesError.LimitExceeded(
                $"The account has reached its limit of {AccountResources.MaxConfigurationSets} configuration sets."),
        };

        async ValueTask<bool> Write()
        {
            creation = await call.Services.Account.Create(set, tags, cancellationToken);
            if (creation == ResourceCreation.Created) await call.Services.EventDestinations.DeleteAll(set.Name, cancellationToken);
            return creation == ResourceCreation.Created;
        }

        async ValueTask Undo() => await call.Services.Account.DeleteConfigurationSet(set.Name, cancellationToken);
    }

    private static ConfigurationSet Set(CreateConfigurationSetRequest request, DateTimeOffset now) => new()
    {
        Name = request.ConfigurationSetName!,
        CreatedAt = now,
        TrackingOptions = request.TrackingOptions,
        DeliveryOptions = request.DeliveryOptions,

        // LastFreshStart is the service's to set.
        ReputationOptions = request.ReputationOptions is null ? null : request.ReputationOptions with { LastFreshStart = null },
        SendingOptions = request.SendingOptions is { SendingEnabled: not null } sending ? sending : null,
        SuppressionOptions = request.SuppressionOptions,
        VdmOptions = request.VdmOptions,
        ArchivingOptions = request.ArchivingOptions,
        MessageSecurityOptions = request.MessageSecurityOptions,
    };
}

internal sealed record CreateConfigurationSetRequest(
    string? ConfigurationSetName, TrackingOptions? TrackingOptions, DeliveryOptions? DeliveryOptions, ReputationOptions? ReputationOptions,
    SendingOptions? SendingOptions, IReadOnlyList<Tag?>? Tags, SuppressionOptions? SuppressionOptions, VdmOptions? VdmOptions,
    ArchivingOptions? ArchivingOptions, MessageSecurityOptions? MessageSecurityOptions);
