using Silo.Core.Suspension;
using Silo.Server.SesApi;
using Silo.Server.SesApi.Operations;
using Silo.Server.SesApi.Operations.Tenants;
using Silo.Server.Tenants;

namespace Silo.Server.AdminApi;

/// <summary>
/// The two records that a tenant's status consists of: its owner's and the platform's. Pauses or resumes as one of them. Beside SES's
/// UpdateReputationEntityCustomerManagedStatus it takes the cause, and for a resume the age up to which queued mail is still to be sent;
/// and it tells how many dialogues had begun.
/// </summary>
internal static class TenantStatusOperations
{
    private const string Path = "/silo/v1/tenants/{TenantName}/status";
    private const int MaxCauseLength = 512;
    private const long MaxAgeLimit = 365L * 24 * 60 * 60;

    public static SesOperation Get { get; } = SesOperation.Of("GetTenantStatus", "GET", Path, Read);

    public static SesOperation Put { get; } = SesOperation.Of(
        "PutTenantStatus", "PUT", Path, AdminJson.Default.PutTenantStatusRequest, Set);

    private static async ValueTask<SesAnswer> Read(SesCall call, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        if (!TenantMembers.CheckName(call.Labels[0], checks)) return checks.Error!;
        if (await call.Services.Tenants.Get(call.Labels[0]).Describe(cancellationToken) is not { } tenant)
            return TenantMembers.NotFound(call.Labels[0]);
        var standing = tenant.Standing;
        return SesAnswer.Json(
            new GetTenantStatusResponse(
                tenant.Name, SendingStatusName.Of(standing.Aggregate), ToWire(standing.Customer), ToWire(standing.Platform)),
            AdminJson.Default.GetTenantStatusResponse);
    }

    private static async ValueTask<SesAnswer> Set(SesCall call, PutTenantStatusRequest request, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        TenantMembers.CheckName(call.Labels[0], checks);
        checks.Required(request.SendingStatus, "SendingStatus");
        checks.OneOf(request.SendingStatus, "SendingStatus", "ENABLED", "DISABLED", "REINSTATED");
        checks.OneOf(request.Origin, "Origin", "CUSTOMER", "PLATFORM");
        checks.Length(request.Cause, "Cause", 1, MaxCauseLength);
        checks.Range(request.MaxAgeSeconds, "MaxAgeSeconds", 0, MaxAgeLimit);
        if (request is { SendingStatus: "DISABLED", MaxAgeSeconds: not null }) checks.Fail("MaxAgeSeconds belongs to a resume");
        if (checks.Error is { } refused) return refused;

        var command = new SetStatus(
            request.Origin == "PLATFORM" ? StatusOrigin.PlatformManaged : StatusOrigin.CustomerManaged,
            SendingStatusName.Parse(request.SendingStatus)!.Value, request.Cause ?? StandingRules.ManualCause)
        {
            MaxAge = request.MaxAgeSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
        };
        var reply = await call.Services.Tenants.Get(call.Labels[0]).SetStatus(command, cancellationToken);
        return reply.Exists
            ? SesAnswer.Json(
                new PutTenantStatusResponse(SendingStatusName.Of(reply.Aggregate), reply.DialoguesBegun), AdminJson.Default.PutTenantStatusResponse)
            : TenantMembers.NotFound(call.Labels[0]);
    }

    private static StatusRecordShape ToWire(StatusRecord record) =>
        new(SendingStatusName.Of(record.Status), record.Cause, EpochSeconds.From(record.UpdatedAt));
}

/// <param name="Origin">Whose record: CUSTOMER (the default), or PLATFORM, which the owner cannot override.</param>
/// <param name="Cause">1 to 512 characters; absent for SES's own wording.</param>
/// <param name="MaxAgeSeconds">0 to 365 days: mail accepted longer ago is expired, not sent. Absent sends all that waits.</param>
internal sealed record PutTenantStatusRequest(string? SendingStatus, string? Origin, string? Cause, long? MaxAgeSeconds);

/// <param name="SendingStatus">The aggregate of the owner's and the platform's record.</param>
/// <param name="DialoguesBegun">Of a pause: hand-overs that had begun and may still finish.</param>
internal sealed record PutTenantStatusResponse(string SendingStatus, int DialoguesBegun);

/// <param name="SendingStatus">The aggregate, which decides: mail leaves unless one of the two is DISABLED.</param>
internal sealed record GetTenantStatusResponse(string TenantName, string SendingStatus, StatusRecordShape Customer, StatusRecordShape Platform);

/// <param name="Cause">Absent while the record was never changed.</param>
internal sealed record StatusRecordShape(string SendingStatus, string? Cause, decimal UpdatedAt);
