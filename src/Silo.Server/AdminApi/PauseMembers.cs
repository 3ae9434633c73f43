using Silo.Core.Addresses;
using Silo.Core.Suspension;
using Silo.Server.Accounts;
using Silo.Server.Egress;
using Silo.Server.SesApi;

namespace Silo.Server.AdminApi;

/// <summary>Pauses of pools and source addresses as operations take and answer them.</summary>
internal static class PauseMembers
{
    /// <summary>Null with failed checks, and to end a pause.</summary>
    public static PoolPause? Check(PutPauseRequest request, MemberChecks checks, DateTimeOffset now)
    {
        checks.Required(request.SendingStatus, "SendingStatus");
        checks.OneOf(request.SendingStatus, "SendingStatus", "ENABLED", "DISABLED");
        checks.OneOf(request.MailboxProvider, "MailboxProvider", [.. MailboxProvider.All.Select(p => p.Name)]);
        checks.Length(request.Cause, "Cause", 1, PoolPause.MaxCauseLength);
        if (request is { SendingStatus: "ENABLED", Cause: not null }) checks.Fail("Cause belongs to a pause");
        return request.SendingStatus == "DISABLED" ? new PoolPause(request.MailboxProvider, request.Cause ?? StandingRules.ManualCause, now) : null;
    }

    /// <summary>ENABLED or DISABLED, of the whole.</summary>
    public static string StatusOf(IReadOnlyList<PoolPause>? pauses) => pauses?.Any(p => p.Provider is null) == true ? "DISABLED" : "ENABLED";

    public static IReadOnlyList<PauseShape> ToWire(IReadOnlyList<PoolPause>? pauses) =>
        [.. (pauses ?? []).Select(p => new PauseShape(p.Provider, p.Cause, EpochSeconds.From(p.At)))];
}

/// <param name="MailboxProvider">Absent for all of it.</param>
/// <param name="Cause">Of a pause; absent for a general one.</param>
internal sealed record PutPauseRequest(string? SendingStatus, string? MailboxProvider, string? Cause);

/// <param name="MailboxProvider">Absent for all of it.</param>
internal sealed record PauseShape(string? MailboxProvider, string Cause, decimal PausedAt);
