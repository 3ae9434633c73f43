namespace Silo.Server.SesApi.Operations.EventDestinations;

internal static class DeleteConfigurationSetEventDestination
{
    public static SesOperation Operation { get; } = SesOperation.Of(
        "DeleteConfigurationSetEventDestination", "DELETE", UpdateConfigurationSetEventDestination.Path, Handle);

    private static async ValueTask<SesAnswer> Handle(SesCall call, CancellationToken cancellationToken)
    {
        var (setName, name) = (call.Labels[0], call.Labels[1]);
        if (await EventDestinationErrors.CheckSet(call, setName, cancellationToken) is { } missing) return missing;
        return EventDestinationErrors.AnswerTo(
            await call.Services.EventDestinations.Delete(setName, name, cancellationToken), setName, name);
    }
}
