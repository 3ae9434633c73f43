using Silo.Storage;

namespace Silo.Server.Events.Sending;

/// <summary>Stores that the service disabled a destination. False when it is gone, or was disabled or changed by somebody already.</summary>
internal delegate ValueTask<bool> StoreDisabled(ScopedDestination destination, string reason, CancellationToken cancellationToken);

/// <summary>The enabled destinations of a configuration set, or with null the default ones.</summary>
internal delegate IReadOnlyList<ScopedDestination> DestinationsOf(string? configurationSetName);

/// <summary>Disables destinations that nobody answers for, and tells people of it.</summary>
internal sealed partial class DestinationSwitch(
    DestinationsOf destinations, StoreDisabled store, OperatorMail mail, PublishingMetrics metrics,
    ILogger<DestinationSwitch> logger)
{
    /// <summary>The enabled destination of this id; null when there is none.</summary>
    public ScopedDestination? Find(string id)
    {
        var slash = id.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0) return null;
        return destinations(id[..slash] is var set && set == "*" ? null : set).FirstOrDefault(d => d.Id == id);
    }

    /// <summary>False when it is still enabled, since somebody changed it meanwhile.</summary>
    /// <exception cref="StorageException">It may be tried again.</exception>
    public async ValueTask<bool> Disable(string id, string reason, CancellationToken cancellationToken)
    {
        if (Find(id) is not { } destination) return true;
        if (!await store(destination, reason, cancellationToken)) return Find(id) is null;
        var shown = destination.ShownName;
        LogDisabled(shown, reason);
        metrics.Disabled(destination);
        mail.Tell($"Event destination {shown} was disabled", $"The event destination {shown} was disabled, since {reason}. "
            + "Nothing is sent to it until somebody enables it again.");
        return Find(id) is null;
    }

    [LoggerMessage(7004, LogLevel.Error, "The event destination {Destination} was disabled, since {Reason}")]
    private partial void LogDisabled(string destination, string reason);
}
