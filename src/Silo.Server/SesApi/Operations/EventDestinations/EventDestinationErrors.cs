using Silo.Server.Events;
using Silo.Server.SesApi.Operations.ConfigurationSets;

namespace Silo.Server.SesApi.Operations.EventDestinations;

/// <summary>What a change of destinations is answered with, alike for SES's calls and Silo's own.</summary>
internal static class EventDestinationErrors
{
    public static SesAnswer AnswerTo(EventDestinationChange change, string? setName, string name) => change switch
    {
        EventDestinationChange.Done => SesAnswer.Empty,
        EventDestinationChange.NotFound => NotFound(setName, name),
        EventDestinationChange.AlreadyExists => SesError.AlreadyExists($"Event destination {name} already exists{Of(setName)}."),
        EventDestinationChange.LimitReached => SesError.LimitExceeded(
            $"There are {EventDestination.MaxPerSet} event destinations{Of(setName)}, which is the limit."),
        _ => SesError.ConcurrentModification($"Event destination {name}"),
    };

    public static SesError NotFound(string? setName, string name) =>
        SesError.NotFound($"Event destination {MemberChecks.Shown(name)} does not exist{Of(setName)}.");

    /// <summary>Null when there is such a set.</summary>
    public static async ValueTask<SesError?> CheckSet(SesCall call, string setName, CancellationToken cancellationToken) =>
        await call.Services.Account.GetConfigurationSet(setName, cancellationToken) is null ? ConfigurationSetMembers.NotFound(setName) : null;

    private static string Of(string? setName) => setName is null ? " among the default ones" : $" in configuration set {setName}";
}
