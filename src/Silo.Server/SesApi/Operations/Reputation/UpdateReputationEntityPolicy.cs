using Silo.Core.Suspension;
using Silo.Server.Policies;
using Silo.Server.Tenants;

namespace Silo.Server.SesApi.Operations.Reputation;

internal static class UpdateReputationEntityPolicy
{
    public static SesOperation Operation { get; } = SesOperation.Of(
        "UpdateReputationEntityPolicy", "PUT", ReputationEntityMembers.BasePath + "/policy",
        SesJson.Default.UpdateReputationEntityPolicyRequest, Handle);

    private static async ValueTask<SesAnswer> Handle(
        SesCall call, UpdateReputationEntityPolicyRequest request, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        var arns = call.Services.Arns;
        var policy = ReputationEntityMembers.ParsePolicy(arns.ReputationPolicyOf(request.ReputationEntityPolicy));
        var own = policy is null ? arns.OwnPolicyOf(request.ReputationEntityPolicy) : null;
        var custom = PolicyResources.IsValidName(own) ? own : null;
        if (checks.Required(request.ReputationEntityPolicy, "ReputationEntityPolicy") && policy is null && custom is null)
        {
            checks.Fail(
                $"ReputationEntityPolicy must be {arns.ReputationPolicy("standard")}, .../strict or .../none, or the ARN of a policy of your own");
        }

        var listing = await ReputationEntityMembers.Find(call, checks, cancellationToken);
        if (checks.Error is { } refused) return refused;
        if (listing is null) return SesError.BadRequest(ReputationEntityMembers.DoesNotExist(call));

        var command = new SetPolicy(policy ?? ReputationPolicy.Standard, listing.TenantId) { CustomName = custom };
        var reply = await call.Services.Tenants.Get(listing.Name).SetPolicy(command, cancellationToken);
        if (reply.NoSuchPolicy) return SesError.BadRequest($"Reputation policy {custom} does not exist.");
        return reply.Exists ? SesAnswer.Empty : SesError.BadRequest(ReputationEntityMembers.DoesNotExist(call));
    }
}

internal sealed record UpdateReputationEntityPolicyRequest(string? ReputationEntityPolicy);
