using Silo.Core.Suspension;

namespace Silo.Server.SesApi.Operations;

/// <summary>The sending status in SES's words.</summary>
internal static class SendingStatusName
{
    public static string Of(SendingStatus status) => status switch
    {
        SendingStatus.Enabled => "ENABLED",
        SendingStatus.Disabled => "DISABLED",
        SendingStatus.Reinstated => "REINSTATED",
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, null),
    };

    public static SendingStatus? Parse(string? text) => text switch
    {
        "ENABLED" => SendingStatus.Enabled,
        "DISABLED" => SendingStatus.Disabled,
        "REINSTATED" => SendingStatus.Reinstated,
        _ => null,
    };
}
