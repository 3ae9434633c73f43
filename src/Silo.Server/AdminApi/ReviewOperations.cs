using Silo.Core.Trust;
using Silo.Server.SesApi;
using Silo.Server.SesApi.Operations.Tenants;
using Silo.Server.Tenants;

namespace Silo.Server.AdminApi;

/// <summary>The queue of reviews: what people are asked about tenants, with the evidence, and their answers.</summary>
internal static class ReviewOperations
{
    private const string ListName = "ListReviews";
    private const string ListPath = "/silo/v1/reviews";
    private const string Path = ListPath + "/{TenantName}";
    private const int MaxPageSize = 100;
    private static readonly TimeSpan MaxRest = TimeSpan.FromDays(365);

    private static readonly string[] Answers = ["APPROVE", "DECLINE", "HOLD"];

    public static SesOperation List { get; } = SesOperation.Of(ListName, "GET", ListPath, ListOpen);

    public static SesOperation Get { get; } = SesOperation.Of("GetReview", "GET", Path, Read);

    public static SesOperation Decide { get; } = SesOperation.Of(
        "DecideReview", "POST", Path + "/decision", AdminJson.Default.DecideReviewRequest, Take);

    private static async ValueTask<SesAnswer> ListOpen(SesCall call, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        var state = call.QueryValue("State", checks);
        checks.OneOf(state, "State", "OPEN", "HELD");
        var after = PageToken.Read(ListName, state ?? "", call.QueryValue("NextToken", checks), checks);
        var size = PageToken.Size(call.QueryInt("PageSize", checks), checks, max: MaxPageSize);
        if (checks.Error is { } refused) return refused;
        TrustReviewState? wanted = state switch { "OPEN" => TrustReviewState.Open, "HELD" => TrustReviewState.Held, _ => null };
        var page = await call.Services.Reviews.List(after, wanted, size, cancellationToken);
        return SesAnswer.Json(
            new ListReviewsResponse(
                [.. page.Items.Select(r => ReviewShape.Of(r.TenantName, r.Review))], PageToken.Write(ListName, state ?? "", page.Next)),
            AdminJson.Default.ListReviewsResponse);
    }

    private static async ValueTask<SesAnswer> Read(SesCall call, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        if (!TenantMembers.CheckName(call.Labels[0], checks)) return checks.Error!;
        var tenant = call.Services.Tenants.Get(call.Labels[0]);
        if (await tenant.Trust(cancellationToken) is not { } report || await tenant.Reputation(cancellationToken) is not { } reputation)
            return TenantMembers.NotFound(call.Labels[0]);
        if (report.Trust.Review is not { } review) return SesError.NotFound($"Tenant {call.Labels[0]} has no review.");
        var gmail = await call.Services.ProviderData.GmailOf(call.Labels[0], cancellationToken);
        return SesAnswer.Json(
            new GetReviewResponse(
                ReviewShape.Of(report.TenantName, review), report.Trust.Tier?.Name, EvidenceShape.Of(report.Evidence), report.Missing,
                TenantReputationOperations.ToWire(call, reputation, gmail)),
            AdminJson.Default.GetReviewResponse);
    }

    private static async ValueTask<SesAnswer> Take(SesCall call, DecideReviewRequest request, CancellationToken cancellationToken)
    {
        var (now, checks) = (call.Services.Time.GetUtcNow(), new MemberChecks());
        TenantMembers.CheckName(call.Labels[0], checks);
        checks.Required(request.Decision, "Decision");
        checks.OneOf(request.Decision, "Decision", Answers);
        if (checks.RequiredText(request.By, "By")) checks.Length(request.By, "By", 1, TrustReview.MaxTextLength);
        checks.Length(request.Note, "Note", 1, TrustReview.MaxTextLength);
        if (request.AskAgainAt is not null && request.Decision != "DECLINE") checks.Fail("AskAgainAt belongs to DECLINE");
        checks.Range(
            request.AskAgainAt is { } again ? (long?)Math.Clamp(again, 0, long.MaxValue / 2) : null, "AskAgainAt", now.ToUnixTimeSeconds(),
            (now + MaxRest).ToUnixTimeSeconds());
        checks.Range(request.AskedAt is { } asked ? (long?)Math.Clamp(asked, -1, long.MaxValue / 2) : null, "AskedAt", 0, now.ToUnixTimeSeconds());
        if (checks.Error is { } refused) return refused;
        var decision = new TrustDecision((TrustAnswer)Array.IndexOf(Answers, request.Decision), request.By!, request.Note)
        {
            AskAgainAt = Instant(request.AskAgainAt), AskedAt = Instant(request.AskedAt),
        };
        var reply = await call.Services.Tenants.Get(call.Labels[0]).DecideReview(decision, cancellationToken);
        return reply switch
        {
            { Result: TrustResult.NoSuchTenant } => TenantMembers.NotFound(call.Labels[0]),
            { Result: TrustResult.NoReview, Trust.Review: { IsOpen: true } other } => SesError.Conflict(
                $"Another review of tenant {call.Labels[0]} is open: AskedAt is {EpochSeconds.From(other.AskedAt)}."),
            { Result: TrustResult.NoReview } => SesError.Conflict($"No review of tenant {call.Labels[0]} is open."),
            { Trust.Review: { } review } => SesAnswer.Json(ReviewShape.Of(call.Labels[0], review), AdminJson.Default.ReviewShape),
            _ => SesAnswer.Empty,
        };

        static DateTimeOffset? Instant(decimal? seconds) => seconds is { } at ? DateTimeOffset.FromUnixTimeMilliseconds((long)(at * 1000)) : null;
    }
}

/// <param name="Decision">APPROVE, DECLINE or HOLD.</param>
/// <param name="By">Who decides, 1 to 512 characters.</param>
/// <param name="Note">Why, 1 to 512 characters.</param>
/// <param name="AskAgainAt">With DECLINE: nobody is asked before; within a year. Absent for 30 days, of rejected mail 8 days.</param>
/// <param name="AskedAt">Of the review that was read, as it shows it: 409 when another is open by now. Absent: whichever is open.</param>
internal sealed record DecideReviewRequest(string? Decision, string? Note, string? By, decimal? AskAgainAt, decimal? AskedAt);

internal sealed record ListReviewsResponse(IReadOnlyList<ReviewShape> Reviews, string? NextToken);

/// <param name="Now">As the review's own evidence, of now.</param>
/// <param name="Missing">For the next tier, now.</param>
internal sealed record GetReviewResponse(
    ReviewShape Review, string? TierName, EvidenceShape Now, IReadOnlyList<string> Missing, GetTenantReputationResponse Reputation);

/// <param name="State">OPEN, HELD, APPROVED, DECLINED or WITHDRAWN.</param>
/// <param name="Reason">PROMOTION or REJECTS.</param>
/// <param name="Evidence">Of when it was asked.</param>
internal sealed record ReviewShape(
    string TenantName, string State, string Reason, decimal AskedAt, string? ToTier, EvidenceShape Evidence, decimal? DecidedAt, string? By,
    string? Note)
{
    public static ReviewShape Of(string tenantName, TrustReview review) => new(
        tenantName, review.State.ToString().ToUpperInvariant(), review.Reason.ToString().ToUpperInvariant(), EpochSeconds.From(review.AskedAt),
        review.ToTier, EvidenceShape.Of(review.Evidence), EpochSeconds.From(review.DecidedAt), review.By, review.Note);
}

/// <summary>What a tenant has shown; rates with their upper bounds are of the last week.</summary>
internal sealed record EvidenceShape(
    int Days, long Delivered, int OpenFindings, long HardBounces, long Resolved, double BounceRateUpper, long Complaints,
    long FeedbackLoopDelivered, double ComplaintRateUpper, long Rejected, long Accepted, double RejectRateLower)
{
    public static EvidenceShape Of(TrustEvidence e) => new(
        e.Days, e.Delivered, e.OpenFindings, e.Bounces, e.BounceVolume, e.BounceUpper, e.Complaints, e.ComplaintVolume, e.ComplaintUpper,
        e.Rejected, e.Accepted, e.RejectLower);
}
