using Silo.Server.Accounts;

namespace Silo.Server.SesApi.Operations.Account;

internal static class PutAccountVdmAttributes
{
    public static SesOperation Operation { get; } = SesOperation.Of(
        "PutAccountVdmAttributes", "PUT", "/v2/email/account/vdm", SesJson.Default.PutAccountVdmAttributesRequest, Handle) with
    {
        Deviation = "The attributes are kept and shown; recommendations are made in any case, and delivery is not changed.",
    };

    private static async ValueTask<SesAnswer> Handle(SesCall call, PutAccountVdmAttributesRequest request, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        if (checks.Required(request.VdmAttributes, "VdmAttributes"))
        {
            var (enabled, dashboard, guardian) = request.VdmAttributes!;
            checks.Required(enabled, "VdmAttributes.VdmEnabled");
            checks.OneOf(enabled, "VdmAttributes.VdmEnabled", "ENABLED", "DISABLED");
            checks.OneOf(dashboard?.EngagementMetrics, "VdmAttributes.DashboardAttributes.EngagementMetrics", "ENABLED", "DISABLED");
            checks.OneOf(guardian?.OptimizedSharedDelivery, "VdmAttributes.GuardianAttributes.OptimizedSharedDelivery", "ENABLED", "DISABLED");
        }

        if (checks.Error is { } refused) return refused;
        var change = await call.Services.Account.ChangeSettings(settings => settings with { Vdm = request.VdmAttributes }, cancellationToken);
        return change == ResourceChange.Done ? SesAnswer.Empty : SesError.ConcurrentModification("The account");
    }
}

internal sealed record PutAccountVdmAttributesRequest(VdmAttributes? VdmAttributes);
