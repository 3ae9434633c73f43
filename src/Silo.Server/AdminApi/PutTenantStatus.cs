using Silo.Core.Suspension;
using Silo.Server.SesApi;
using Silo.Server.SesApi.Operations;
using Silo.Server.SesApi.Operations.Tenants;
using Silo.Server.Tenants;

namespace Silo.Server.AdminApi;

/// <summary>
/// Pauses or resumes a tenant as its owner. Beside SES's UpdateReputationEntityCustomerManagedStatus it takes the cause, and for a resume
/// the age up to which queued mail is still to be sent; and it tells how many dialogues had begun.
/// </summary>
internal static class PutTenantStatus
{
    private const int MaxCauseLength = 512;
    private const long MaxAgeLimit = 365L * 24 * 60 * 60;

    public static SesOperation Operation { get; } = SesOperation.Of(
        "PutTenantStatus", "PUT", "/silo/v1/tenants/{TenantName}/status", AdminJson.Default.PutTenantStatusRequest, Handle);

    private static async ValueTask<SesAnswer> Handle(SesCall call, PutTenantStatusRequest request, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        TenantMembers.CheckName(call.Labels[0], checks);
        checks.Required(request.SendingStatus, "SendingStatus");
        checks.OneOf(request.SendingStatus, "SendingStatus", "ENABLED", "DISABLED", "REINSTATED");
        checks.Length(request.Cause, "Cause", 1, MaxCauseLength);
        checks.Range(request.MaxAgeSeconds, "MaxAgeSeconds", 0, MaxAgeLimit);
        if (request is { SendingStatus: "DISABLED", MaxAgeSeconds: not null }) checks.Fail("MaxAgeSeconds belongs to a resume");
        if (checks.Error is { } refused) return refused;

        var command = new SetStatus(
            StatusOrigin.CustomerManaged, SendingStatusName.Parse(request.SendingStatus)!.Value, request.Cause ?? StandingRules.ManualCause)
        {
            MaxAge = request.MaxAgeSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
        };
        var reply = await call.Services.Tenants.Get(call.Labels[0]).SetStatus(command, cancellationToken);
        return reply.Exists
            ? SesAnswer.Json(
                new PutTenantStatusResponse(SendingStatusName.Of(reply.Aggregate), reply.DialoguesBegun), AdminJson.Default.PutTenantStatusResponse)
            : TenantMembers.NotFound(call.Labels[0]);
    }
}

/// <param name="Cause">1 to 512 characters; absent for SES's own wording.</param>
/// <param name="MaxAgeSeconds">0 to 365 days: mail accepted longer ago is expired, not sent. Absent sends all that waits.</param>
internal sealed record PutTenantStatusRequest(string? SendingStatus, string? Cause, long? MaxAgeSeconds);

/// <param name="SendingStatus">The aggregate of the owner's and the platform's record.</param>
/// <param name="DialoguesBegun">Of a pause: hand-overs that had begun and may still finish.</param>
internal sealed record PutTenantStatusResponse(string SendingStatus, int DialoguesBegun);
