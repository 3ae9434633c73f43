using Silo.Core.Compliance;
using Silo.Server.SesApi;
using Silo.Server.SesApi.Operations.Tenants;

namespace Silo.Server.AdminApi;

/// <summary>How a tenant stands to what mailbox providers ask of senders.</summary>
internal static class ComplianceOperations
{
    public static SesOperation Get { get; } = SesOperation.Of(
        "GetTenantCompliance", "GET", "/silo/v1/tenants/{TenantName}/compliance", Handle) with
    {
        // Each asks name servers, up to 15 s long.
        MostAtOnce = 16,
    };

    private static async ValueTask<SesAnswer> Handle(SesCall call, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        if (!TenantMembers.CheckName(call.Labels[0], checks)) return checks.Error!;
        if (await call.Services.Compliance.Of(call.Labels[0], cancellationToken) is not { } report) return TenantMembers.NotFound(call.Labels[0]);
        return SesAnswer.Json(
            new GetComplianceResponse(
                call.Labels[0], EpochSeconds.From(report.At),
                [.. report.Items.Select(i => new ComplianceItemShape(i.Rule, i.Subject, NameOf(i.State), i.Evidence, i.Action))], report.IsPartial),
            AdminJson.Default.GetComplianceResponse);
    }

    private static string NameOf(ComplianceState state) => state switch
    {
        ComplianceState.Met => "MET",
        ComplianceState.NotMet => "NOT_MET",
        ComplianceState.NotApplicable => "NOT_APPLICABLE",
        _ => "UNKNOWN",
    };
}

/// <param name="State">MET, NOT_MET, UNKNOWN, NOT_APPLICABLE.</param>
internal sealed record ComplianceItemShape(string Rule, string Subject, string State, string Evidence, string? Action);

internal sealed record GetComplianceResponse(string TenantName, decimal At, IReadOnlyList<ComplianceItemShape> Items, bool IsPartial);
