using Silo.Server.Accounts;
using Silo.Server.Egress;

namespace Silo.Server.SesApi.Operations.DedicatedIps;

/// <summary>From STANDARD to MANAGED and never back, as in SES.</summary>
internal static class PutDedicatedIpPoolScalingAttributes
{
    public static SesOperation Operation { get; } = SesOperation.Of(
        "PutDedicatedIpPoolScalingAttributes", "PUT", GetDedicatedIpPool.Path + "/scaling",
        SesJson.Default.PutDedicatedIpPoolScalingAttributesRequest, Handle);

    private static async ValueTask<SesAnswer> Handle(
        SesCall call, PutDedicatedIpPoolScalingAttributesRequest request, CancellationToken cancellationToken)
    {
        var name = call.Labels[0];
        var checks = new MemberChecks();
        checks.Required(request.ScalingMode, "ScalingMode");
        checks.OneOf(request.ScalingMode, "ScalingMode", "STANDARD", "MANAGED");
        if (checks.Error is { } refused) return refused;
        if (SendingPool.IsImplicitName(name)) return SesError.BadRequest($"Dedicated IP pool {name} is always there and cannot be converted.");

        var isManaged = request.ScalingMode == "MANAGED";
        var wouldGoBack = false;
        var change = await call.Services.Pools.Change(
            name,
            pool =>
            {
                wouldGoBack = pool.IsManaged && !isManaged;
                return pool.IsManaged == isManaged || wouldGoBack ? null : pool with { IsManaged = true };
            },
            cancellationToken);
        return change switch
        {
            ResourceChange.Done when wouldGoBack =>
                SesError.BadRequest($"Dedicated IP pool {name} is MANAGED and cannot be converted to STANDARD."),
            ResourceChange.Done => SesAnswer.Empty,
            ResourceChange.NotFound => DedicatedIpMembers.NoSuchPool(name),
            _ => SesError.ConcurrentModification($"Dedicated IP pool {name}"),
        };
    }
}

internal sealed record PutDedicatedIpPoolScalingAttributesRequest(string? ScalingMode);
