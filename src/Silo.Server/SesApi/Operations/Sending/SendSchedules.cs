using Silo.Core.Messages;

namespace Silo.Server.SesApi.Operations.Sending;

/// <summary>Reads from a request when its mail is to leave.</summary>
internal static class SendSchedules
{
    /// <summary>Null for at once, and when a check failed.</summary>
    public static DateTimeOffset? Read(SesCall call, MemberChecks checks)
    {
        if (call.Headers is not { } headers || !headers.TryGetValue(SendSchedule.Header, out var values)) return null;
        if (values is [{ } value] && SendSchedule.TryParse(value, out var instant)) return instant;
        checks.Fail($"{SendSchedule.Header} must be given once and be an instant as 2026-03-02T12:00:00Z");
        return null;
    }
}
