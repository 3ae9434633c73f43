using Silo.Core.Reputation;
using Silo.Core.Suspension;
using Silo.Server.ProviderData;
using Silo.Server.SesApi;
using Silo.Server.SesApi.Operations;
using Silo.Server.SesApi.Operations.Recommendations;
using Silo.Server.SesApi.Operations.Reputation;
using Silo.Server.SesApi.Operations.Tenants;
using Silo.Server.Tenants;

namespace Silo.Server.AdminApi;

/// <summary>What a tenant's findings come from, and reports of third parties that become some.</summary>
internal static class TenantReputationOperations
{
    private const string Path = "/silo/v1/tenants/{TenantName}/";
    private const int MaxMessageIdLength = 256;

    private static readonly string[] Kinds = ["ABUSE", "SPAM_TRAP", "OTHER", "IP_LISTED", "IP_DELISTED"];

    public static SesOperation Get { get; } = SesOperation.Of("GetTenantReputation", "GET", Path + "reputation", Read);

    public static SesOperation Report { get; } = SesOperation.Of(
        "CreateTenantReport", "POST", Path + "reports", AdminJson.Default.CreateTenantReportRequest, Take);

    private static async ValueTask<SesAnswer> Read(SesCall call, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        if (!TenantMembers.CheckName(call.Labels[0], checks)) return checks.Error!;
        return await call.Services.Tenants.Get(call.Labels[0]).Reputation(cancellationToken) is { } reputation
            ? SesAnswer.Json(
                ToWire(call, reputation, await call.Services.ProviderData.GmailOf(call.Labels[0], cancellationToken)),
                AdminJson.Default.GetTenantReputationResponse)
            : TenantMembers.NotFound(call.Labels[0]);
    }

    private static async ValueTask<SesAnswer> Take(SesCall call, CreateTenantReportRequest request, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        TenantMembers.CheckName(call.Labels[0], checks);
        if (checks.RequiredText(request.Source, "Source")) checks.Length(request.Source, "Source", 1, ExternalReport.MaxSourceLength);
        checks.Required(request.Kind, "Kind");
        checks.OneOf(request.Kind, "Kind", Kinds);
        checks.Range(request.Count, "Count", 1, ExternalReport.MaxCount);
        checks.Length(request.MessageId, "MessageId", 1, MaxMessageIdLength);
        checks.Length(request.Detail, "Detail", 1, ExternalReport.MaxDetailLength);
        if (request is { Kind: "IP_LISTED" or "IP_DELISTED", Count: not null }) checks.Fail("Count belongs to reports, not to listings");
        if (checks.Error is { } refused) return refused;

        var report = new ExternalReport
        {
            Source = request.Source!, Kind = (ExternalReportKind)Array.IndexOf(Kinds, request.Kind), Count = request.Count ?? 1,
            MessageId = request.MessageId, Detail = request.Detail,
        };
        return await call.Services.Tenants.Get(call.Labels[0]).TakeReport(report, cancellationToken)
            ? SesAnswer.Empty
            : TenantMembers.NotFound(call.Labels[0]);
    }

    internal static GetTenantReputationResponse ToWire(SesCall call, TenantReputation reputation, GmailRates gmail)
    {
        var standing = reputation.Standing;
        var effects = StandingEffects.Of(standing);
        var thresholds = standing.Custom?.Thresholds(ReputationThresholds.Default) ?? ReputationThresholds.Default;
        return new GetTenantReputationResponse(
            reputation.TenantName, SendingStatusName.Of(standing.Aggregate), ReputationEntityMembers.PolicyArnOf(standing, call.Services.Arns),
            standing.ReinstatedAt is { } at ? EpochSeconds.From(at) : null, effects.RateFactor == 1 ? null : effects.RateFactor,
            effects.ParkedProviders.Count == 0 ? null : effects.ParkedProviders,
            [.. reputation.Volumes.Select(r => VolumeShape.Of(r, thresholds))],
            new HourShape(reputation.HourVolume, reputation.HourMedian, reputation.HourScore),
            [.. reputation.Findings.Select(f => ToWire(standing, f))],
            [.. reputation.History.Select(h => new FindingStepShape(
                EpochSeconds.From(h.At), Recommendation.NameOf(h.Type), h.Step.ToString().ToUpperInvariant(),
                ReputationEntityMembers.NameOf((FindingImpact?)h.Impact)!, h.Description))],
            [.. reputation.Reports.Select(ToWire)], [.. reputation.Listings.Select(ToWire)], ProviderDataOperations.ToWire(gmail));
    }

    private static ReportShape ToWire(ReportMark mark) => new(
        EpochSeconds.From(mark.At), mark.Source, mark.Count, mark.ToldAt is { } told ? EpochSeconds.From(told) : null);

    private static FindingShape ToWire(TenantStanding standing, Finding finding)
    {
        var isRate = finding.Type is FindingType.Bounce or FindingType.Complaint;
        return new FindingShape(
            Recommendation.NameOf(finding.Type), ReputationEntityMembers.NameOf((FindingImpact?)finding.Impact)!,
            finding.ClosedAt is null ? "OPEN" : "FIXED", finding.Description, EpochSeconds.From(finding.OpenedAt),
            EpochSeconds.From(finding.UpdatedAt), finding.ClosedAt is { } closed ? EpochSeconds.From(closed) : null,
            isRate ? PolicyShape.NameOf(finding.Window) : null, finding.Count, finding.Volume,
            isRate && finding.Volume > 0 ? (double)finding.Count / finding.Volume : null, isRate ? finding.LowerBound : null,
            isRate ? finding.UpperBound : null, finding.Provider, finding.Provider is null ? null : finding.ProviderCount,
            finding.Provider is null ? null : finding.ProviderVolume, finding.SampleMessageIds,
            finding.ClosedAt is null ? PolicyShape.NameOf(StandingEffects.ActionFor(standing, finding).Kind) : null,
            finding.ClosedAt is null ? StandingEffects.IsSetAside(standing, finding) : null);
    }
}

/// <param name="Kind">ABUSE, SPAM_TRAP, OTHER; IP_LISTED and IP_DELISTED for a blocklist, named by Source.</param>
/// <param name="Count">Messages that it is about, 1 to 10,000; absent for 1.</param>
internal sealed record CreateTenantReportRequest(string? Source, string? Kind, int? Count, string? MessageId, string? Detail);

/// <param name="RateFactor">While findings throttle it; absent otherwise.</param>
/// <param name="ParkedProviders">Mail to them waits; absent for none.</param>
/// <param name="Volumes">By window, the tenant as a whole first, then each mailbox provider with traffic.</param>
/// <param name="History">Steps of findings, the oldest first; the last 100.</param>
/// <param name="Gmail">Of complaints at Gmail, which reports none: what Google measured, if that was imported.</param>
internal sealed record GetTenantReputationResponse(
    string TenantName, string SendingStatus, string ReputationPolicy, decimal? ReinstatedAt, double? RateFactor,
    IReadOnlyList<string>? ParkedProviders, IReadOnlyList<VolumeShape> Volumes, HourShape Hour, IReadOnlyList<FindingShape> Findings,
    IReadOnlyList<FindingStepShape> History, IReadOnlyList<ReportShape> Reports, IReadOnlyList<ReportShape> Listings,
    GmailShape Gmail);

/// <param name="Usual">The median of the same hour of the days before.</param>
/// <param name="Score">The robust z-score; 0 without a week of history.</param>
internal sealed record HourShape(long Recipients, double Usual, double Score);

/// <param name="ToldAt">Of a listing that was told again: when it was last.</param>
internal sealed record ReportShape(decimal ReportedAt, string Source, int Count, decimal? ToldAt);

/// <param name="Step">OPENED, RAISED, LOWERED or CLOSED.</param>
internal sealed record FindingStepShape(decimal At, string Type, string Step, string Impact, string Description);

/// <param name="Provider">The mailbox provider with most of Count; absent where there is none.</param>
/// <param name="Action">What the tenant's policy does while it is open.</param>
/// <param name="IsSetAside">A reinstatement lets it do nothing.</param>
internal sealed record FindingShape(
    string Type, string Impact, string Status, string Description, decimal OpenedAt, decimal UpdatedAt, decimal? ClosedAt, string? Window,
    long Count, long Volume, double? Rate, double? LowerBound, double? UpperBound, string? Provider, long? ProviderCount, long? ProviderVolume,
    IReadOnlyList<string>? SampleMessageIds, string? Action, bool? IsSetAside);
