using Silo.Core.Delivery;
using Silo.Server.Delivery.Pacing;

namespace Silo.Server.Delivery;

public sealed partial class Dispatcher
{
    [LoggerMessage(2001, LogLevel.Error, "The tenant {TenantName} could not be asked or told; it is tried again")]
    private partial void LogTenantFailed(string tenantName, Exception exception);

    [LoggerMessage(2002, LogLevel.Error, "The release of {Units} units could not be stored; they stay queued")]
    private partial void LogReleaseFailed(int units, Exception exception);

    [LoggerMessage(2003, LogLevel.Warning, "The route to {Host} failed at {Stage} and rests until {ParkedUntil:O}: {Reason}")]
    private partial void LogRouteParked(string? host, DeliveryStage stage, DateTimeOffset parkedUntil, string? reason);

    [LoggerMessage(2004, LogLevel.Information, "The route to {Host} works again")]
    private partial void LogRouteWorks(string? host);

    [LoggerMessage(2005, LogLevel.Warning, "{Host} did not take {Count} messages at MAIL since this was last said; they wait. The last time: {Reason}")]
    private partial void LogMailNotTaken(string? host, int count, string? reason);

    private void LogSlowedDown(PacedBudget budget, DateTimeOffset now)
    {
        if (budget.Throttle(now) is { } throttle) LogSlowedDown(budget.Key.ToString(), throttle.Rate, throttle.Reason);
    }

    [LoggerMessage(2008, LogLevel.Warning, "{Address} rests until {Until:O}, and mail of its pool leaves from others: {Reason}")]
    private partial void LogAddressFailed(string address, DateTimeOffset until, string reason);

    [LoggerMessage(2009, LogLevel.Information, "Mail leaves from {Address} again")]
    private partial void LogAddressWorks(string address);

    [LoggerMessage(2007, LogLevel.Information, "Mail of {Route} is slowed down to {Rate:F1} a second: {Reason}")]
    private partial void LogSlowedDown(string route, double rate, string? reason);

    [LoggerMessage(2006, LogLevel.Critical, "The dispatcher has failed: no mail leaves until the program is started again")]
    private partial void LogLoopFailed(Exception exception);
}
