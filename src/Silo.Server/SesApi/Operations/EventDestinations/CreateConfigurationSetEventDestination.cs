using Silo.Server.Events;
using Silo.Server.SesApi.Operations.ConfigurationSets;

namespace Silo.Server.SesApi.Operations.EventDestinations;

internal static class CreateConfigurationSetEventDestination
{
    public const string Path = GetConfigurationSet.Path + "/event-destinations";

    public static SesOperation Operation { get; } = SesOperation.Of(
        "CreateConfigurationSetEventDestination", "POST", Path, SesJson.Default.CreateConfigurationSetEventDestinationRequest, Handle);

    private static async ValueTask<SesAnswer> Handle(
        SesCall call, CreateConfigurationSetEventDestinationRequest request, CancellationToken cancellationToken)
    {
        var (setName, checks) = (call.Labels[0], new MemberChecks());
        EventDestinationShape.CheckName(request.EventDestinationName, checks);
        if (!checks.Required(request.EventDestination, "EventDestination")) return checks.Error!;
        var (types, target) = EventDestinationShape.Check(request.EventDestination!, call.Services.ArnTargets, checks);
        if (checks.Error is null && target is null) checks.Fail("EventDestination must have exactly one destination");
        if (checks.Error is { } refused) return refused;
        if (await EventDestinationErrors.CheckSet(call, setName, cancellationToken) is { } missing) return missing;
        var change = await call.Services.EventDestinations.Create(
            setName,
            new EventDestination
            {
                Name = request.EventDestinationName!, Enabled = request.EventDestination!.Enabled ?? false, MatchingEventTypes = types,
                Target = target!, CreatedAt = call.Services.Time.GetUtcNow(),
            }, cancellationToken);
        return EventDestinationErrors.AnswerTo(change, setName, request.EventDestinationName!);
    }
}

internal sealed record CreateConfigurationSetEventDestinationRequest(string? EventDestinationName, EventDestinationDefinition? EventDestination);
