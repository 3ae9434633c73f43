using Silo.Server.Accounts;
using Silo.Server.SesApi;
using Silo.Server.SesApi.Operations.ConfigurationSets;

namespace Silo.Server.AdminApi;

/// <summary>Whether bulk mail of a configuration set gets links to unsubscribe by, and new keys for links.</summary>
internal static class UnsubscribeLinkOperations
{
    private const string Path = "/silo/v1/configuration-sets/{ConfigurationSetName}/unsubscribe-links";

    public static SesOperation Get { get; } = SesOperation.Of("GetConfigurationSetUnsubscribeLinks", "GET", Path, Read);

    public static SesOperation Put { get; } = SesOperation.Of(
        "PutConfigurationSetUnsubscribeLinks", "PUT", Path, AdminJson.Default.PutUnsubscribeLinksRequest, Replace);

    public static SesOperation Rotate { get; } = SesOperation.Of("RotateLinkKeys", "POST", "/silo/v1/link-keys/rotate", RotateKeys);

    private static async ValueTask<SesAnswer> Read(SesCall call, CancellationToken cancellationToken) =>
        await call.Services.Account.GetConfigurationSet(call.Labels[0], cancellationToken) is { } set
            ? SesAnswer.Json(
                new GetUnsubscribeLinksResponse(set.Name, set.UnsubscribeLinks ?? "ENABLED"), AdminJson.Default.GetUnsubscribeLinksResponse)
            : ConfigurationSetMembers.NotFound(call.Labels[0]);

    private static async ValueTask<SesAnswer> Replace(SesCall call, PutUnsubscribeLinksRequest request, CancellationToken cancellationToken)
    {
        var name = call.Labels[0];
        var checks = new MemberChecks();
        if (checks.Required(request.UnsubscribeLinks, "UnsubscribeLinks"))
            checks.OneOf(request.UnsubscribeLinks, "UnsubscribeLinks", "ENABLED", "DISABLED");
        if (checks.Error is { } refused) return refused;
        if (!ConfigurationSet.IsValidName(name)) return ConfigurationSetMembers.NotFound(name);
        return await call.Services.Account.Change(name, set => set with { UnsubscribeLinks = request.UnsubscribeLinks }, cancellationToken) switch
        {
            ResourceChange.Done => SesAnswer.Empty,
            ResourceChange.NotFound => ConfigurationSetMembers.NotFound(name),
            _ => SesError.ConcurrentModification($"Configuration set {name}"),
        };
    }

    private static async ValueTask<SesAnswer> RotateKeys(SesCall call, CancellationToken cancellationToken)
    {
        await call.Services.LinkKeys.Rotate(cancellationToken);
        return SesAnswer.Empty;
    }
}

/// <param name="UnsubscribeLinks">ENABLED or DISABLED.</param>
internal sealed record PutUnsubscribeLinksRequest(string? UnsubscribeLinks);

internal sealed record GetUnsubscribeLinksResponse(string ConfigurationSetName, string UnsubscribeLinks);
