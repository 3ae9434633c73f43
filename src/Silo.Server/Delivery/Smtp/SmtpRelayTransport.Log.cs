using Silo.Core.Delivery;

namespace Silo.Server.Delivery.Smtp;

public sealed partial class SmtpRelayTransport
{
    [LoggerMessage(4101, LogLevel.Debug, "The route to {Host} failed at {Stage}: {Diagnostic}")]
    private partial void LogRouteFailed(string host, DeliveryStage stage, string? diagnostic);

    [LoggerMessage(4102, LogLevel.Debug, "A kept connection to {Host} was closed by the relay; trying a new one")]
    private partial void LogStale(string host);
}
