using Silo.Server.Accounts;

namespace Silo.Server.SesApi.Operations.Account;

internal static class PutAccountPricingAttributes
{
    public static SesOperation Operation { get; } = SesOperation.Of(
        "PutAccountPricingAttributes", "PUT", "/v2/email/account/pricing-attributes", SesJson.Default.PutAccountPricingAttributesRequest, Handle) with
    {
        Deviation = "The plan is kept and shown, and is in force at once; nothing is charged, and no feature depends on it.",
    };

    private static async ValueTask<SesAnswer> Handle(SesCall call, PutAccountPricingAttributesRequest request, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        if (checks.Required(request.Plan, "Plan")) checks.OneOf(request.Plan, "Plan", "ENTERPRISE", "ESSENTIALS", "NONE", "PRO");
        if (checks.Error is { } refused) return refused;
        var change = await call.Services.Account.ChangeSettings(settings => settings with { PricingPlan = request.Plan }, cancellationToken);
        return change == ResourceChange.Done ? SesAnswer.Empty : SesError.ConcurrentModification("The account");
    }
}

internal sealed record PutAccountPricingAttributesRequest(string? Plan);
