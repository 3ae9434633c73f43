using Silo.Server.Accounts;
using Silo.Server.Events;
using Silo.Server.SesApi;
using Silo.Server.SesApi.Operations.EventDestinations;

namespace Silo.Server.AdminApi;

/// <summary>
/// Default destinations, which are told of all mail and of tenants' status and findings; and webhooks, which SES does not have, also of
/// configuration sets.
/// </summary>
internal static class EventDestinationOperations
{
    public const string DefaultsPath = "/silo/v1/event-destinations";
    public const string DefaultPath = DefaultsPath + "/{EventDestinationName}";
    public const string OfSetPath = "/silo/v1/configuration-sets/{ConfigurationSetName}/event-destinations/{EventDestinationName}";

    public static SesOperation List { get; } = SesOperation.Of("ListEventDestinations", "GET", DefaultsPath, ListDefaults);

    public static SesOperation Get { get; } = SesOperation.Of(
        "GetEventDestination", "GET", DefaultPath, (call, token) => Read(call, null, call.Labels[0], token));

    public static SesOperation Put { get; } = SesOperation.Of(
        "PutEventDestination", "PUT", DefaultPath, AdminJson.Default.PutEventDestinationRequest,
        (call, request, token) => Replace(call, null, call.Labels[0], request, token));

    public static SesOperation Delete { get; } = SesOperation.Of(
        "DeleteEventDestination", "DELETE", DefaultPath, (call, token) => Remove(call, null, call.Labels[0], token));

    public static SesOperation GetOfSet { get; } = SesOperation.Of(
        "GetConfigurationSetEventDestination", "GET", OfSetPath, (call, token) => Read(call, call.Labels[0], call.Labels[1], token));

    public static SesOperation PutOfSet { get; } = SesOperation.Of(
        "PutConfigurationSetEventDestination", "PUT", OfSetPath, AdminJson.Default.PutEventDestinationRequest,
        (call, request, token) => Replace(call, call.Labels[0], call.Labels[1], request, token));

    public static SesOperation DeleteOfSet { get; } = SesOperation.Of(
        "DeleteConfigurationSetEventDestinationHere", "DELETE", OfSetPath,
        (call, token) => Remove(call, call.Labels[0], call.Labels[1], token));

    private static async ValueTask<SesAnswer> ListDefaults(SesCall call, CancellationToken cancellationToken)
    {
        var destinations = await call.Services.EventDestinations.List(null, cancellationToken);
        return SesAnswer.Json(
            new ListEventDestinationsResponse([.. destinations.Select(d => WebhookShape.Describe(d))]), AdminJson.Default.ListEventDestinationsResponse);
    }

    private static async ValueTask<SesAnswer> Read(SesCall call, string? setName, string name, CancellationToken cancellationToken)
    {
        if (await NoSuchSet(call, setName, cancellationToken) is { } missing) return missing;
        return await call.Services.EventDestinations.Get(setName, name, cancellationToken) is { } destination
            ? SesAnswer.Json(WebhookShape.Describe(destination), AdminJson.Default.EventDestinationAnswer)
            : EventDestinationErrors.NotFound(setName, name);
    }

    private static async ValueTask<SesAnswer> Replace(
        SesCall call, string? setName, string name, PutEventDestinationRequest request, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        EventDestinationShape.CheckName(name, checks);
        var (types, target) = EventDestinationShape.Check(request.ToDefinition(), call.Services.ArnTargets, checks);
        var before = ConfigurationSet.IsValidName(name) ? await call.Services.EventDestinations.Get(setName, name, cancellationToken) : null;
        if (request.WebhookDestination is { } webhook)
        {
            if (request.HasOther) checks.Fail("EventDestination must have exactly one destination");
            target = WebhookShape.Check(webhook, before?.Target as WebhookTarget, call.Services.Random, checks);
        }

        if (checks.Error is null && target is null) checks.Fail("EventDestination must have exactly one destination");
        if (checks.Error is { } refused) return refused;
        if (await NoSuchSet(call, setName, cancellationToken) is { } missing) return missing;
        var destination = new EventDestination
        {
            Name = name, Enabled = request.Enabled ?? true, MatchingEventTypes = types, Target = target!,
            CreatedAt = call.Services.Time.GetUtcNow(),
        };
        var change = await call.Services.EventDestinations.Put(setName, destination, cancellationToken);
        var makesSecret = before?.Target is not WebhookTarget && request.WebhookDestination?.Secrets is not { Count: > 0 };
        return change == EventDestinationChange.Done
            ? SesAnswer.Json(WebhookShape.Describe(destination, withSecrets: makesSecret), AdminJson.Default.EventDestinationAnswer)
            : EventDestinationErrors.AnswerTo(change, setName, name);
    }

    private static async ValueTask<SesAnswer> Remove(SesCall call, string? setName, string name, CancellationToken cancellationToken)
    {
        if (await NoSuchSet(call, setName, cancellationToken) is { } missing) return missing;
        return EventDestinationErrors.AnswerTo(await call.Services.EventDestinations.Delete(setName, name, cancellationToken), setName, name);
    }

    private static async ValueTask<SesError?> NoSuchSet(SesCall call, string? setName, CancellationToken cancellationToken) =>
        setName is null ? null : await EventDestinationErrors.CheckSet(call, setName, cancellationToken);
}
