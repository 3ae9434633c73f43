namespace Silo.Server.Events.Sending;

internal sealed partial class Publisher
{
    [LoggerMessage(7001, LogLevel.Warning, "The event destination {Destination} takes nothing, since {Reason}; it is tried again")]
    private partial void LogFailing(string destination, string reason);

    [LoggerMessage(7002, LogLevel.Information, "The event destination {Destination} takes notices again")]
    private partial void LogWorks(string destination);

    [LoggerMessage(7003, LogLevel.Information, "Notices of tenant {Tenant} are published by another silo from now on")]
    private partial void LogLost(string tenant);

    [LoggerMessage(7005, LogLevel.Warning, "{Count} notices for the event destination {Destination} were dropped: too old, too many, or refused")]
    private partial void LogDropped(long count, string destination);

    [LoggerMessage(7006, LogLevel.Error, "Publishing met a fault of this program; it goes on")]
    private partial void LogFault(Exception exception);
}
