using Silo.Core.Suspension;
using Silo.Server.Tenants;

namespace Silo.Server.SesApi.Operations.Reputation;

internal static class UpdateReputationEntityCustomerManagedStatus
{
    public static SesOperation Operation { get; } = SesOperation.Of(
        "UpdateReputationEntityCustomerManagedStatus", "PUT", ReputationEntityMembers.BasePath + "/customer-managed-status",
        SesJson.Default.UpdateReputationEntityCustomerManagedStatusRequest, Handle);

    private static async ValueTask<SesAnswer> Handle(
        SesCall call, UpdateReputationEntityCustomerManagedStatusRequest request, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        checks.Required(request.SendingStatus, "SendingStatus");
        checks.OneOf(request.SendingStatus, "SendingStatus", "ENABLED", "DISABLED", "REINSTATED");
        var listing = await ReputationEntityMembers.Find(call, checks, cancellationToken);
        if (checks.Error is { } refused) return refused;
        if (listing is null) return SesError.BadRequest(ReputationEntityMembers.DoesNotExist(call));

        var status = SendingStatusName.Parse(request.SendingStatus)!.Value;
        var command = new SetStatus(StatusOrigin.CustomerManaged, status, StandingRules.ManualCause, listing.TenantId);
        var reply = await call.Services.Tenants.Get(listing.Name).SetStatus(command, cancellationToken);
        return reply.Exists ? SesAnswer.Empty : SesError.BadRequest(ReputationEntityMembers.DoesNotExist(call));
    }
}

internal sealed record UpdateReputationEntityCustomerManagedStatusRequest(string? SendingStatus);
