namespace Silo.Server.SesApi.Operations.DedicatedIps;

/// <summary>100 ends the warm-up; less takes it up at that point of its plan.</summary>
internal static class PutDedicatedIpWarmupAttributes
{
    public static SesOperation Operation { get; } = SesOperation.Of(
        "PutDedicatedIpWarmupAttributes", "PUT", GetDedicatedIp.Path + "/warmup",
        SesJson.Default.PutDedicatedIpWarmupAttributesRequest, Handle);

    private static async ValueTask<SesAnswer> Handle(
        SesCall call, PutDedicatedIpWarmupAttributesRequest request, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        var ip = DedicatedIpMembers.CheckIp(call.Labels[0], checks);
        checks.Required(request.WarmupPercentage, "WarmupPercentage");
        checks.Range(request.WarmupPercentage, "WarmupPercentage", 0, 100);
        if (checks.Error is { } refused) return refused;
        var (percentage, now) = (request.WarmupPercentage!.Value, call.Services.Time.GetUtcNow());
        var write = await call.Services.Ips.ChangeWarmUp(ip!, warmUp => warmUp.At(percentage, now), cancellationToken);
        return DedicatedIpMembers.AnswerOf(write, ip!, null);
    }
}

internal sealed record PutDedicatedIpWarmupAttributesRequest(int? WarmupPercentage);
