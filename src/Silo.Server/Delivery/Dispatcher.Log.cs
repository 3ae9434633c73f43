namespace Silo.Server.Delivery;

public sealed partial class Dispatcher
{
    [LoggerMessage(2001, LogLevel.Error, "The tenant {TenantName} could not be asked or told; it is tried again")]
    private partial void LogTenantFailed(string tenantName, Exception exception);

    [LoggerMessage(2002, LogLevel.Error, "The release of {Units} units could not be stored; they stay queued")]
    private partial void LogReleaseFailed(int units, Exception exception);

    [LoggerMessage(2003, LogLevel.Warning, "The route out failed and rests until {ParkedUntil:O}: {Reason}")]
    private partial void LogRouteParked(DateTimeOffset parkedUntil, string? reason);

    [LoggerMessage(2004, LogLevel.Critical, "The dispatcher has failed: no mail leaves until the program is started again")]
    private partial void LogLoopFailed(Exception exception);
}
