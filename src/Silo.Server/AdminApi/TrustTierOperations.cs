using Silo.Core.Messages;
using Silo.Core.Tenants;
using Silo.Core.Trust;
using Silo.Server.Policies;
using Silo.Server.SesApi;
using Silo.Server.SesApi.Operations.Reputation;
using Silo.Server.Trust;

namespace Silo.Server.AdminApi;

/// <summary>Trust tiers: what tenants may do while little is known of them, and how they move up. Without any they are off.</summary>
internal static class TrustTierOperations
{
    private const string ListPath = "/silo/v1/trust-tiers";
    private const string Path = ListPath + "/{TierName}";

    private static readonly string[] Coverages = ["SAMPLE", "ALWAYS", "NEVER"];

    public static SesOperation List { get; } = SesOperation.Of("ListTrustTiers", "GET", ListPath, ListAll);

    public static SesOperation Get { get; } = SesOperation.Of("GetTrustTier", "GET", Path, Read);

    public static SesOperation Put { get; } = SesOperation.Of("PutTrustTier", "PUT", Path, AdminJson.Default.PutTrustTierRequest, Replace);

    public static SesOperation Delete { get; } = SesOperation.Of("DeleteTrustTier", "DELETE", Path, Remove);

    public static string NameOf(ContentCoverage coverage) => Coverages[(int)coverage];

    public static SesError NotFound(string name) => SesError.NotFound($"Trust tier {MemberChecks.Shown(name)} does not exist.");

    private static async ValueTask<SesAnswer> ListAll(SesCall call, CancellationToken cancellationToken) => SesAnswer.Json(
        new ListTrustTiersResponse([.. (await call.Services.Trust.Read(cancellationToken)).Tiers.Select(Describe)]),
        AdminJson.Default.ListTrustTiersResponse);

    private static async ValueTask<SesAnswer> Read(SesCall call, CancellationToken cancellationToken) =>
        (await call.Services.Trust.Read(cancellationToken)).Find(call.Labels[0]) is { } tier
            ? SesAnswer.Json(Describe(tier), AdminJson.Default.TrustTierDescription)
            : NotFound(call.Labels[0]);

    private static async ValueTask<SesAnswer> Replace(SesCall call, PutTrustTierRequest request, CancellationToken cancellationToken)
    {
        var (name, checks) = (call.Labels[0], new MemberChecks());
        if (name.Length > TrustTier.MaxNameLength || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
            checks.Fail($"TierName must be 1 to {TrustTier.MaxNameLength} of A-Z, a-z, 0-9, - and _");
        var tier = Check(call, name, request, checks);
        if (checks.Error is { } refused) return refused;
        if (tier.Policy is { } policy && await PolicyOperations.Find(call, policy, cancellationToken) is null)
            return PolicyOperations.NotFound(policy);
        return await call.Services.Trust.Put(tier, cancellationToken) switch
        {
            TrustTierChange.Done => SesAnswer.Empty,
            TrustTierChange.RankTaken => SesError.Conflict($"Another trust tier has the rank {tier.Rank}."),
            TrustTierChange.OtherDefault => SesError.Conflict("Another trust tier is the default. Change that one first."),
            TrustTierChange.LimitReached => SesError.LimitExceeded($"There are {TrustLadder.MaxTiers} trust tiers, which is the limit."),
            _ => SesError.ConcurrentModification("The trust tiers"),
        };
    }

    private static async ValueTask<SesAnswer> Remove(SesCall call, CancellationToken cancellationToken) =>
        await call.Services.Trust.Delete(call.Labels[0], cancellationToken) switch
        {
            TrustTierChange.Done => SesAnswer.Empty,
            TrustTierChange.NotFound => NotFound(call.Labels[0]),
            _ => SesError.ConcurrentModification("The trust tiers"),
        };

    private static TrustTier Check(SesCall call, string name, PutTrustTierRequest request, MemberChecks checks)
    {
        if (checks.Required(request.Rank, "Rank")) checks.Range(request.Rank, "Rank", 0, TrustTier.MaxRank);
        checks.Range(request.BlastRadius, "BlastRadius", 1, TrustTier.MaxBlastRadius);
        checks.OneOf(request.ContentCheck, "ContentCheck", Coverages);
        var arns = call.Services.Arns;
        var policy = arns.ReputationPolicyOf(request.Policy) ?? arns.OwnPolicyOf(request.Policy) ?? request.Policy;
        if (policy is not null && ReputationEntityMembers.ParsePolicy(policy) is null && !PolicyResources.IsValidName(policy))
            checks.Fail("Policy must be standard, strict, none, the name of a policy of your own, or the ARN of one of these");
        return new TrustTier
        {
            Name = name, Rank = request.Rank ?? 0, Revision = 0, IsDefault = request.Default ?? false, Policy = policy,
            Limits = request.Limits is { } limits ? TenantLimitsOperations.Check(limits, "Limits.", checks) : null,
            BlastRadius = request.BlastRadius,
            ContentCheck = (ContentCoverage)Math.Max(0, Array.IndexOf(Coverages, request.ContentCheck)),
            DemoteOnFinding = request.DemoteOnFinding ?? false, Promotion = Check(request.Promotion, checks),
        };
    }

    private static TrustPromotion? Check(PromotionShape? asks, MemberChecks checks)
    {
        if (asks is null) return null;
        checks.Range(asks.MinDays, "Promotion.MinDays", 0, TrustPromotion.MaxDays);
        checks.Range(asks.MinDelivered, "Promotion.MinDelivered", 0, TrustPromotion.MaxDeliveries);
        checks.Range(asks.MaxBounceRate, "Promotion.MaxBounceRate", 0.0001, 0.5);
        checks.Range(asks.MaxComplaintRate, "Promotion.MaxComplaintRate", 0.0001, 0.5);
        return new TrustPromotion
        {
            MinDays = asks.MinDays ?? 0, MinDelivered = asks.MinDelivered ?? 0, MaxBounceRate = asks.MaxBounceRate,
            MaxComplaintRate = asks.MaxComplaintRate, NeedsReview = asks.NeedsReview ?? false,
        };
    }

    private static TrustTierDescription Describe(TrustTier tier) => new(
        tier.Name, tier.Rank, tier.Revision, tier.IsDefault, tier.Policy, TenantLimitsOperations.ToWire(tier.Limits), tier.BlastRadius,
        NameOf(tier.ContentCheck), tier.DemoteOnFinding, tier.Promotion is not { } asks
            ? null
            : new PromotionShape(asks.MinDays, asks.MinDelivered, asks.MaxBounceRate, asks.MaxComplaintRate, asks.NeedsReview));
}

/// <param name="Rank">0 to 1,000, no two alike.</param>
/// <param name="Default">New tenants begin here.</param>
/// <param name="Policy">Absent for the standard one.</param>
/// <param name="Limits">What holds where a tenant has no limit of its own.</param>
/// <param name="BlastRadius">1 to 1,000,000 deliveries whose outcome is unknown, at most.</param>
/// <param name="ContentCheck">SAMPLE (the default), ALWAYS or NEVER.</param>
/// <param name="Promotion">Absent: only a person moves a tenant up.</param>
internal sealed record PutTrustTierRequest(
    int? Rank, bool? Default, string? Policy, PutTenantLimitsRequest? Limits, int? BlastRadius, string? ContentCheck, bool? DemoteOnFinding,
    PromotionShape? Promotion);

/// <param name="MinDays">Whole days in the tier, 0 to 365.</param>
/// <param name="MinDelivered">Deliveries since it is in the tier.</param>
/// <param name="MaxBounceRate">The upper bound of the last week's must be below; absent: it does not matter.</param>
/// <param name="MaxComplaintRate">The same; unknown is not below.</param>
internal sealed record PromotionShape(int? MinDays, long? MinDelivered, double? MaxBounceRate, double? MaxComplaintRate, bool? NeedsReview);

internal sealed record TrustTierDescription(
    string TierName, int Rank, long Revision, bool Default, string? Policy, PutTenantLimitsRequest? Limits, int? BlastRadius, string ContentCheck,
    bool DemoteOnFinding, PromotionShape? Promotion);

internal sealed record ListTrustTiersResponse(IReadOnlyList<TrustTierDescription> TrustTiers);
