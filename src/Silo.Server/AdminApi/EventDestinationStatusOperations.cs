using Silo.Server.Events;
using Silo.Server.SesApi;
using Silo.Server.SesApi.Operations.EventDestinations;

namespace Silo.Server.AdminApi;

/// <summary>How the silo that answers fares with an event destination.</summary>
internal static class EventDestinationStatusOperations
{
    public static SesOperation Get { get; } = SesOperation.Of(
        "GetEventDestinationStatus", "GET", EventDestinationOperations.DefaultPath + "/status", (call, token) => Read(call, null, call.Labels[0], token));

    public static SesOperation GetOfSet { get; } = SesOperation.Of(
        "GetConfigurationSetEventDestinationStatus", "GET", EventDestinationOperations.OfSetPath + "/status",
        (call, token) => Read(call, call.Labels[0], call.Labels[1], token));

    private static async ValueTask<SesAnswer> Read(SesCall call, string? setName, string name, CancellationToken cancellationToken)
    {
        if (setName is not null && await EventDestinationErrors.CheckSet(call, setName, cancellationToken) is { } missing) return missing;
        if (await call.Services.EventDestinations.Get(setName, name, cancellationToken) is not { } destination)
            return EventDestinationErrors.NotFound(setName, name);
        var report = await call.Services.Publisher.Report(new ScopedDestination(setName, destination).Id, cancellationToken);
        return SesAnswer.Json(
            new GetEventDestinationStatusResponse(
                destination.Name, destination.Enabled, !destination.Enabled ? "DISABLED" : report?.FailingSince is null ? "WORKING" : "FAILING",
                destination.DisabledReason, Epoch(destination.DisabledAt), report?.Sent ?? 0, report?.FailedAttempts ?? 0, report?.Dropped ?? 0,
                Epoch(report?.LastSuccessAt), Epoch(report?.FailingSince), report?.LastError, Epoch(report?.NextAttemptAt), report?.InHand ?? 0,
                report?.TenantsWaiting ?? 0, report?.NoticesWaiting ?? 0, Epoch(report?.OldestAt)),
            AdminJson.Default.GetEventDestinationStatusResponse);
    }

    private static decimal? Epoch(DateTimeOffset? at) => at is { } known ? EpochSeconds.From(known) : null;
}

/// <param name="Status">WORKING, also when there was nothing to send; FAILING; DISABLED.</param>
/// <param name="Sent">
/// Notices taken since this silo has had some for it without a rest; likewise <paramref name="FailedAttempts"/> and <paramref name="Dropped"/>.
/// </param>
/// <param name="LastError">With the beginning of what the endpoint said.</param>
/// <param name="InHand">POSTs under way.</param>
/// <param name="TenantsWaiting">Those whose notices wait behind a failure.</param>
/// <param name="NoticesWaiting">Theirs, as counted last.</param>
internal sealed record GetEventDestinationStatusResponse(
    string Name, bool Enabled, string Status, string? DisabledReason, decimal? DisabledTimestamp, long Sent, long FailedAttempts, long Dropped,
    decimal? LastSuccessTimestamp, decimal? FailingSinceTimestamp, string? LastError, decimal? NextAttemptTimestamp, int InHand,
    int TenantsWaiting, long NoticesWaiting, decimal? OldestNoticeTimestamp);
