using Silo.Server.AdminApi;
using Silo.Server.SesApi;

namespace Silo.Server.Access;

/// <summary>What an operation needs of its caller.</summary>
/// <param name="Right">What keys of tenants may do of it.</param>
/// <param name="Changes">It changes something that people manage: it leaves an audit record.</param>
/// <param name="Tenant">Where the tenant stands that a tenant's key must be of.</param>
internal sealed record OperationAccess(TenantRight Right, bool Changes, TenantPlace Tenant = TenantPlace.Nowhere)
{
    /// <summary>Of an operation that nobody declared: not for tenants, and in the audit log. A test sees to it that there is none.</summary>
    public static OperationAccess Undeclared { get; } = new(TenantRight.None, Changes: true);
}

internal enum TenantRight
{
    /// <summary>Root and operators alone.</summary>
    None,

    /// <summary>A tenant's key may, for its own tenant.</summary>
    Own,

    /// <summary>A send: the intake decides, when it knows what the message uses.</summary>
    Send,
}

internal enum TenantPlace
{
    Nowhere,

    /// <summary>The first label of the path.</summary>
    Path,

    /// <summary>The member TenantName of the body; absent for the caller's own.</summary>
    Body,

    /// <summary>The query parameter TenantName; absent for the caller's own.</summary>
    Query,

    /// <summary>The second label of the path is the tenant's ARN.</summary>
    Arn,
}

/// <summary>
/// Every operation by its name, with what it needs: the one place to read who may do what. Tenants' keys may do what stands in
/// <see cref="ForTenants"/> and nothing else. docs/security.md says why what is not there is not there.
/// </summary>
internal static class OperationTable
{
    private static readonly Dictionary<string, OperationAccess> ForTenants = new(StringComparer.Ordinal)
    {
        ["SendEmail"] = new(TenantRight.Send, Changes: false),
        ["SendBulkEmail"] = new(TenantRight.Send, Changes: false, TenantPlace.Body),
        ["GetTenant"] = new(TenantRight.Own, Changes: false, TenantPlace.Body),
        ["ListTenantResources"] = new(TenantRight.Own, Changes: false, TenantPlace.Body),
        ["GetReputationEntity"] = new(TenantRight.Own, Changes: false, TenantPlace.Arn),
        ["GetTenantStatus"] = new(TenantRight.Own, Changes: false, TenantPlace.Path),
        ["GetTenantReputation"] = new(TenantRight.Own, Changes: false, TenantPlace.Path),
        ["GetTenantWarmUp"] = new(TenantRight.Own, Changes: false, TenantPlace.Path),
        ["GetTenantLimits"] = new(TenantRight.Own, Changes: false, TenantPlace.Path),
        ["PutSuppressedDestination"] = new(TenantRight.Own, Changes: true, TenantPlace.Body),
        ["DeleteSuppressedDestination"] = new(TenantRight.Own, Changes: true, TenantPlace.Query),
        ["GetSuppressedDestination"] = new(TenantRight.Own, Changes: false, TenantPlace.Query),
        ["ListSuppressedDestinations"] = new(TenantRight.Own, Changes: false, TenantPlace.Query),
        ["GetMessageInsights"] = new(TenantRight.Own, Changes: false, TenantPlace.Query),
        ["GetMessageTimeline"] = new(TenantRight.Own, Changes: false, TenantPlace.Query),
        ["SearchMessages"] = new(TenantRight.Own, Changes: false, TenantPlace.Body),
        ["GetEmailAddressInsights"] = new(TenantRight.Own, Changes: false, TenantPlace.Body),
        ["CreateExportJob"] = new(TenantRight.Own, Changes: true, TenantPlace.Body),
        ["GetExportJob"] = new(TenantRight.Own, Changes: false, TenantPlace.Query),
        ["ListExportJobs"] = new(TenantRight.Own, Changes: false, TenantPlace.Body),
        ["CancelExportJob"] = new(TenantRight.Own, Changes: true, TenantPlace.Body),
        ["ListScheduledMessages"] = new(TenantRight.Own, Changes: false, TenantPlace.Path),
        ["CancelMessage"] = new(TenantRight.Own, Changes: true, TenantPlace.Query),
        ["GetTenantUsage"] = new(TenantRight.Own, Changes: false, TenantPlace.Path),
        ["GetTenantRollUps"] = new(TenantRight.Own, Changes: false, TenantPlace.Path),
        ["BatchGetMetricData"] = new(TenantRight.Own, Changes: false, TenantPlace.Body),
        ["GetMetrics"] = new(TenantRight.Own, Changes: false, TenantPlace.Query),
        ["GetTenantCompliance"] = new(TenantRight.Own, Changes: false, TenantPlace.Path),
        ["ListOptOuts"] = new(TenantRight.Own, Changes: false, TenantPlace.Path),
        ["PutOptOut"] = new(TenantRight.Own, Changes: true, TenantPlace.Path),
        // Which lists there are to it says the operation: its tenant's.
        ["CreateContactList"] = new(TenantRight.Own, Changes: true, TenantPlace.Body),
        ["GetContactList"] = new(TenantRight.Own, Changes: false, TenantPlace.Query),
        ["ListContactLists"] = new(TenantRight.Own, Changes: false, TenantPlace.Query),
        ["UpdateContactList"] = new(TenantRight.Own, Changes: true, TenantPlace.Body),
        ["DeleteContactList"] = new(TenantRight.Own, Changes: true, TenantPlace.Query),
        ["CreateContact"] = new(TenantRight.Own, Changes: true, TenantPlace.Body),
        ["GetContact"] = new(TenantRight.Own, Changes: false, TenantPlace.Query),
        ["ListContacts"] = new(TenantRight.Own, Changes: false, TenantPlace.Body),
        ["UpdateContact"] = new(TenantRight.Own, Changes: true, TenantPlace.Body),
        ["DeleteContact"] = new(TenantRight.Own, Changes: true, TenantPlace.Query),
        ["CreateImportJob"] = new(TenantRight.Own, Changes: true, TenantPlace.Body),
        ["GetImportJob"] = new(TenantRight.Own, Changes: false, TenantPlace.Query),
        ["ListImportJobs"] = new(TenantRight.Own, Changes: false, TenantPlace.Body),
    };

    /// <summary>They change nothing, or what nobody manages: reports of what became of mail.</summary>
    private static readonly HashSet<string> Reading =
    [
        "ListEmailIdentityCertificates",
        "ListRecommendations", "ListReputationEntities", "ListResourceTenants", "ListTenants", "TestRenderEmailTemplate", "PlanWarmUp",
        "PostFeedback", "ReplayPolicy", "ListConfigurationSets", "ListEmailIdentities",
    ];

    /// <summary>They deal with keys, or with the record of what keys did.</summary>
    private static readonly HashSet<string> AboutKeys =
    [
        "CreateCredential", "ImportSmtpCredential", "PutCredentialStatus", "PutCredentialPolicy", "RotateCredential", "DeleteCredential",
    ];

    /// <summary>Besides those of the operations: parts of SendEmail have actions of their own with SES.</summary>
    private static readonly string[] SendActions =
        ["ses:SendRawEmail", "ses:SendTemplatedEmail", "ses:SendBulkTemplatedEmail", "ses:ApplyTrackingConfigurationOverrides"];

    private static readonly Lazy<IReadOnlyList<string>> AllActions = new(() =>
    [
        .. SesOperations.Available.Concat(SesOperations.NotApplicable).Concat(SesOperations.NotAvailable).Concat(AdminOperations.All)
            .Select(ActionOf).Concat(SendActions).Distinct(),
    ]);

    /// <summary>Every action that a policy can name.</summary>
    public static IReadOnlyList<string> Actions => AllActions.Value;

    /// <summary>Operations that change something, all for root and operators alone.</summary>
    public static IReadOnlySet<string> Changing => ChangingOperations.Names;

    public static string ActionOf(SesOperation operation) =>
        (operation.Path.StartsWith("/silo/", StringComparison.Ordinal) ? "silo:" : "ses:") + operation.Name;

    public static bool GivesRights(SesOperation operation) => AboutKeys.Contains(operation.Name);

    public static bool IsDeclared(SesOperation operation) => Find(operation) is not null;

    public static OperationAccess Of(SesOperation operation) => Find(operation) ?? OperationAccess.Undeclared;

    private static OperationAccess? Find(SesOperation operation)
    {
        if (ForTenants.TryGetValue(operation.Name, out var access)) return access;
        if (Reading.Contains(operation.Name) || operation.Method == "GET") return new OperationAccess(TenantRight.None, Changes: false);
        return AboutKeys.Contains(operation.Name) || Changing.Contains(operation.Name)
            ? new OperationAccess(TenantRight.None, Changes: true)
            : null;
    }
}
