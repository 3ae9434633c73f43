using Silo.Server.Accounts;

namespace Silo.Server.SesApi.Operations.Account;

/// <summary>Whether addresses that are added later begin with a warm-up; one under way is not touched.</summary>
internal static class PutAccountDedicatedIpWarmupAttributes
{
    public static SesOperation Operation { get; } = SesOperation.Of(
        "PutAccountDedicatedIpWarmupAttributes", "PUT", "/v2/email/account/dedicated-ips/warmup",
        SesJson.Default.PutAccountDedicatedIpWarmupAttributesRequest, Handle);

    private static async ValueTask<SesAnswer> Handle(
        SesCall call, PutAccountDedicatedIpWarmupAttributesRequest request, CancellationToken cancellationToken)
    {
        // The model's default of an absent member is false.
        var enabled = request.AutoWarmupEnabled ?? false;
        var change = await call.Services.Account.ChangeSettings(
            settings => settings with { DedicatedIpAutoWarmup = enabled }, cancellationToken);
        return change == ResourceChange.Done ? SesAnswer.Empty : SesError.ConcurrentModification("The account");
    }
}

internal sealed record PutAccountDedicatedIpWarmupAttributesRequest(bool? AutoWarmupEnabled);
