namespace Silo.Server.SesApi.Operations.EventDestinations;

/// <summary>A webhook, which SES does not have, is shown without a destination of its own.</summary>
internal static class GetConfigurationSetEventDestinations
{
    public static SesOperation Operation { get; } = SesOperation.Of(
        "GetConfigurationSetEventDestinations", "GET", CreateConfigurationSetEventDestination.Path, Handle);

    private static async ValueTask<SesAnswer> Handle(SesCall call, CancellationToken cancellationToken)
    {
        if (await EventDestinationErrors.CheckSet(call, call.Labels[0], cancellationToken) is { } missing) return missing;
        var destinations = await call.Services.EventDestinations.List(call.Labels[0], cancellationToken);
        return SesAnswer.Json(
            new GetConfigurationSetEventDestinationsResponse([.. destinations.Select(EventDestinationShape.Describe)]),
            SesJson.Default.GetConfigurationSetEventDestinationsResponse);
    }
}

internal sealed record GetConfigurationSetEventDestinationsResponse(IReadOnlyList<EventDestinationDescription> EventDestinations);
