namespace Silo.Server.Delivery.Ses;

public sealed partial class SesTransport
{
    [LoggerMessage(4201, LogLevel.Error,
        "{Host} refuses for a reason that a person has to settle, {Calls} times since this was last said; the mail waits. "
        + "Last, message {MessageId} of tenant {TenantName}: {Reason}")]
    private partial void LogMisconfigured(string host, int calls, string tenantName, string messageId, string? reason);

    [LoggerMessage(4202, LogLevel.Warning, "{Host} asks to slow down; {Rate:0.##} calls a second from now on: {Reason}")]
    private partial void LogSlower(string host, double rate, string? reason);
}
