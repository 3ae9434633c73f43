using Silo.Server.Accounts;
using Silo.Server.SesApi;
using Silo.Server.SesApi.Operations.ConfigurationSets;

namespace Silo.Server.AdminApi;

/// <summary>Which stream of its tenant a configuration set's mail belongs to. Holds for what is accepted from then on.</summary>
internal static class ConfigurationSetStreamOperations
{
    private const string Path = "/silo/v1/configuration-sets/{ConfigurationSetName}/stream";

    public static SesOperation Get { get; } = SesOperation.Of("GetConfigurationSetStream", "GET", Path, Read);

    public static SesOperation Put { get; } = SesOperation.Of(
        "PutConfigurationSetStream", "PUT", Path, AdminJson.Default.PutConfigurationSetStreamRequest, Replace);

    private static async ValueTask<SesAnswer> Read(SesCall call, CancellationToken cancellationToken)
    {
        if (await call.Services.Account.GetConfigurationSet(call.Labels[0], cancellationToken) is not { } set)
            return ConfigurationSetMembers.NotFound(call.Labels[0]);
        return SesAnswer.Json(
            new GetConfigurationSetStreamResponse(set.Name, set.Stream ?? MailStreamName.Normal),
            AdminJson.Default.GetConfigurationSetStreamResponse);
    }

    private static async ValueTask<SesAnswer> Replace(
        SesCall call, PutConfigurationSetStreamRequest request, CancellationToken cancellationToken)
    {
        var name = call.Labels[0];
        var checks = new MemberChecks();
        checks.Required(request.Stream, "Stream");
        checks.OneOf(request.Stream, "Stream", MailStreamName.Urgent, MailStreamName.Normal, MailStreamName.Bulk);
        if (checks.Error is { } refused) return refused;
        if (!ConfigurationSet.IsValidName(name)) return ConfigurationSetMembers.NotFound(name);
        return await call.Services.Account.Change(name, set => set with { Stream = request.Stream }, cancellationToken) switch
        {
            ResourceChange.Done => SesAnswer.Empty,
            ResourceChange.NotFound => ConfigurationSetMembers.NotFound(name),
            _ => SesError.ConcurrentModification($"Configuration set {name}"),
        };
    }
}

/// <param name="Stream">URGENT, NORMAL or BULK.</param>
internal sealed record PutConfigurationSetStreamRequest(string? Stream);

internal sealed record GetConfigurationSetStreamResponse(string ConfigurationSetName, string Stream);
