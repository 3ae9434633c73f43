using Silo.Core.Reputation;
using Silo.Core.Suspension;
using Silo.Server.Accounts;
using Silo.Server.Tenants;
using Silo.Storage;

namespace Silo.Server.SesApi.Operations.Reputation;

/// <summary>SES structure ReputationEntity. The AwsSes record is the platform's own.</summary>
internal sealed record ReputationEntity(
    string ReputationEntityReference, string ReputationEntityType, string ReputationManagementPolicy,
    StatusRecordShape CustomerManagedStatus, StatusRecordShape AwsSesManagedStatus, string SendingStatusAggregate,
    string? ReputationImpact);

/// <summary>SES structure StatusRecord; a status that a tenant was created with has no cause.</summary>
internal sealed record StatusRecordShape(string Status, string? Cause, decimal LastUpdatedTimestamp);

/// <summary>What the operations on reputation entities read and write alike.</summary>
internal static class ReputationEntityMembers
{
    public const string ResourceType = "RESOURCE";

    public const string BasePath = "/v2/email/reputation/entities/{ReputationEntityType}/{ReputationEntityReference}";

    /// <summary>The tenant that a reference names: an ARN in the long form, of which the id is the key. Null when there is none.</summary>
    public static async ValueTask<TenantListing?> Find(SesCall call, MemberChecks checks, CancellationToken cancellationToken)
    {
        checks.OneOf(call.Labels[0], "ReputationEntityType", ResourceType);
        if (!ResourceArn.TryParse(call.Labels[1], out var arn) || arn.Service != "ses" || arn.TenantId is null)
            checks.Fail("ReputationEntityReference must be the ARN of a tenant");
        if (checks.Error is not null || arn?.TenantId is not { } id || !call.Services.Arns.IsOwn(arn)) return null;
        return await call.Services.Store.Tenants.FindById(id, cancellationToken);
    }

    public static string DoesNotExist(SesCall call) => $"Reputation entity {MemberChecks.Shown(call.Labels[1])} does not exist.";

    public static ReputationEntity Of(string tenantArn, TenantStanding standing, Arns arns) => new(
        tenantArn, ResourceType, PolicyArnOf(standing, arns), Of(standing.Customer), Of(standing.Platform),
        SendingStatusName.Of(standing.Aggregate), NameOf(standing.ReputationImpact));

    public static string? NameOf(FindingImpact? impact) => impact switch
    {
        FindingImpact.Low => "LOW",
        FindingImpact.High => "HIGH",
        _ => null,
    };

    public static ReputationPolicy? ParsePolicy(string? name) => name switch
    {
        "standard" => ReputationPolicy.Standard,
        "strict" => ReputationPolicy.Strict,
        "none" => ReputationPolicy.None,
        _ => null,
    };

    public static string PolicyArnOf(TenantStanding standing, Arns arns) =>
        standing.Custom is { } custom ? arns.OwnPolicy(custom.Name) : arns.ReputationPolicy(NameOf(standing.Policy));

    private static string NameOf(ReputationPolicy policy) => policy switch
    {
        ReputationPolicy.Standard => "standard",
        ReputationPolicy.Strict => "strict",
        ReputationPolicy.None => "none",
        _ => throw new ArgumentOutOfRangeException(nameof(policy), policy, null),
    };

    private static StatusRecordShape Of(StatusRecord record) =>
        new(SendingStatusName.Of(record.Status), record.Cause, EpochSeconds.From(record.UpdatedAt));
}
