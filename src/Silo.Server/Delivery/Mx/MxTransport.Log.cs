using Silo.Core.Delivery;

namespace Silo.Server.Delivery.Mx;

public sealed partial class MxTransport
{
    [LoggerMessage(4301, LogLevel.Debug, "{Hosts} could not be reached from {Source} at {Stage} and rest until {Until:O}: {Diagnostic}")]
    private partial void LogResting(string hosts, string source, DeliveryStage stage, DateTimeOffset until, string? diagnostic);

    [LoggerMessage(4308, LogLevel.Debug, "{Hosts} ask {Source} to slow down and rest until {Until:O}: {Reason}")]
    private partial void LogSlowed(string hosts, string source, DateTimeOffset until, string? reason);

    [LoggerMessage(4302, LogLevel.Debug, "{Hosts} can be reached from {Source} again")]
    private partial void LogWorks(string hosts, string source);

    [LoggerMessage(4303, LogLevel.Warning, "Nothing can leave from {Source}; its mail rests until {Until:O}: {Diagnostic}")]
    private partial void LogSourceFailed(string source, DateTimeOffset until, string? diagnostic);

    [LoggerMessage(4304, LogLevel.Information, "Mail leaves from {Source} again")]
    private partial void LogSourceWorks(string source);

    [LoggerMessage(4305, LogLevel.Debug, "A kept connection to {Host} was closed by the server; trying a new one")]
    private partial void LogStale(string host);

    [LoggerMessage(4306, LogLevel.Debug, "The MTA-STS policy of {Domain} could not be read: {Reason}")]
    private partial void LogPolicyNotRead(string domain, string? reason);

    [LoggerMessage(4307, LogLevel.Debug, "{MessageId} was carried from {Source} to {Host}: {Kind}")]
    private partial void LogCarried(string messageId, string source, string? host, DeliveryResultKind kind);
}
