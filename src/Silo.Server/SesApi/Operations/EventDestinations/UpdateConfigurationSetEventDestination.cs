using Silo.Server.Events;

namespace Silo.Server.SesApi.Operations.EventDestinations;

/// <summary>
/// Replaces the definition; notices go on where the destination was. A webhook, which the call cannot name, stays one when it names nothing.
/// </summary>
internal static class UpdateConfigurationSetEventDestination
{
    public const string Path = CreateConfigurationSetEventDestination.Path + "/{EventDestinationName}";

    public static SesOperation Operation { get; } = SesOperation.Of(
        "UpdateConfigurationSetEventDestination", "PUT", Path, SesJson.Default.UpdateConfigurationSetEventDestinationRequest, Handle);

    private static async ValueTask<SesAnswer> Handle(
        SesCall call, UpdateConfigurationSetEventDestinationRequest request, CancellationToken cancellationToken)
    {
        var (setName, name, checks) = (call.Labels[0], call.Labels[1], new MemberChecks());
        if (!checks.Required(request.EventDestination, "EventDestination")) return checks.Error!;
        var (types, target) = EventDestinationShape.Check(request.EventDestination!, call.Services.ArnTargets, checks);
        if (checks.Error is { } refused) return refused;
        if (await EventDestinationErrors.CheckSet(call, setName, cancellationToken) is { } missing) return missing;
        if (await call.Services.EventDestinations.Get(setName, name, cancellationToken) is not { } before)
            return EventDestinationErrors.NotFound(setName, name);
        if (target is null && before.Target is not WebhookTarget)
            return checks.Fail("EventDestination must have exactly one destination").Error!;
        var change = await call.Services.EventDestinations.Replace(setName, name, d => d with
        {
            Enabled = request.EventDestination!.Enabled ?? false, MatchingEventTypes = types, Target = target ?? d.Target, DisabledReason = null,
            DisabledAt = null,
        }, cancellationToken);
        return EventDestinationErrors.AnswerTo(change, setName, name);
    }
}

internal sealed record UpdateConfigurationSetEventDestinationRequest(EventDestinationDefinition? EventDestination);
