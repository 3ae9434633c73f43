using Silo.Core.Contacts;
using Silo.Server.Access;
using Silo.Server.Lists.Imports;
using Silo.Server.SesApi.Operations.Contacts;
using Silo.Server.SesApi.Operations.Tenants;

namespace Silo.Server.SesApi.Operations.Imports;

/// <summary>Import jobs for contact lists and suppression lists. Buckets are directories of the server (Silo:Imports:Buckets).</summary>
internal static class ImportOperations
{
    private const string Path = "/v2/email/import-jobs";
    private const string ListName = "ListImportJobs";

    public static SesOperation Create { get; } = SesOperation.Of(
        "CreateImportJob", "POST", Path, ContactJson.Default.CreateImportJobRequest, HandleCreate);

    public static SesOperation Get { get; } = SesOperation.Of("GetImportJob", "GET", Path + "/{JobId}", HandleGet);

    public static SesOperation List { get; } = SesOperation.Of(
        ListName, "POST", Path + "/list", ContactJson.Default.ListImportJobsRequest, HandleList);

    private static async ValueTask<SesAnswer> HandleCreate(SesCall call, CreateImportJobRequest request, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        var contacts = request.ImportDestination?.ContactListDestination;
        var suppression = request.ImportDestination?.SuppressionListDestination;
        if (checks.Required(request.ImportDestination, "ImportDestination") && (contacts is null) == (suppression is null))
            checks.Fail("ImportDestination must have exactly one of ContactListDestination and SuppressionListDestination");
        var (action, member) = contacts is null
            ? (suppression?.SuppressionListImportAction, "SuppressionListDestination.SuppressionListImportAction")
            : (contacts.ContactListImportAction, "ContactListDestination.ContactListImportAction");
        if ((contacts ?? (object?)suppression) is not null && checks.Required(action, $"ImportDestination.{member}"))
            checks.OneOf(action, $"ImportDestination.{member}", "PUT", "DELETE");
        if (contacts is not null)
            ContactMembers.CheckName(contacts.ContactListName, "ImportDestination.ContactListDestination.ContactListName", checks);
        var source = request.ImportDataSource;
        if (checks.Required(source, "ImportDataSource"))
        {
            checks.RequiredText(source.S3Url, "ImportDataSource.S3Url");
            if (checks.Required(source.DataFormat, "ImportDataSource.DataFormat"))
                checks.OneOf(source.DataFormat, "ImportDataSource.DataFormat", "CSV", "JSON");
        }

        if (request.TenantName is not null) TenantMembers.CheckName(request.TenantName, checks);
        if (checks.Error is { } refused) return refused;
        // A job without a tenant is the account's; with one that has no list of the name there is nothing to import to.
        var tenantName = call.Caller.Kind == CredentialKind.Tenant ? call.Caller.TenantName : request.TenantName;
        var owner = tenantName is null ? null : await ContactMembers.OwnerOf(call, tenantName, cancellationToken);
        if (tenantName is not null && owner is null) return TenantMembers.NotFound(tenantName);
        ContactList? list = null;
        if (contacts is not null)
        {
            (list, var noList) = await ContactMembers.Find(call, contacts.ContactListName!, cancellationToken, tenantName);
            if (list is null) return SesError.BadRequest(noList!.Message);
        }

        if (!call.Services.ImportFiles.MayRead(call.Caller, source!.S3Url!))
            return SesError.BadRequest("1 validation error detected: ImportDataSource.S3Url is in no bucket that this key may read");
        if (call.Services.ImportFiles.Find(source.S3Url!).Problem is { } problem)
            return SesError.BadRequest($"1 validation error detected: ImportDataSource.{problem}");
        var job = await call.Services.ImportJobs.Create(
            call.Caller.Kind == CredentialKind.Tenant ? owner?.TenantId : null,
            (id, now) => new ImportJob(id, contacts?.ContactListName, action == "DELETE", source.S3Url!, source.DataFormat == "JSON", now)
            {
                TenantName = owner?.TenantName, TenantId = owner?.TenantId, ContactListKey = list?.Key, ContactListId = list?.Id,
            }, cancellationToken);
        return job is null
            ? SesError.LimitExceeded(call.Caller.Kind == CredentialKind.Tenant
                ? $"The tenant may have {ImportJobs.MaxOpenOfTenant} import jobs that have not ended. Try again later."
                : $"The account has reached its limit of {ImportJobs.MaxOpen} import jobs that have not ended.")
            : SesAnswer.Json(new CreateImportJobResponse(job.Id), ContactJson.Default.CreateImportJobResponse);
    }

    private static async ValueTask<SesAnswer> HandleGet(SesCall call, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        var named = call.QueryValue("TenantName", checks);
        if (named is not null) TenantMembers.CheckName(named, checks);
        if (checks.Error is { } refused) return refused;
        var isSeen = await Seen(call, named, cancellationToken);
        var found = await call.Services.ImportJobs.Get(call.Labels[0], cancellationToken);
        if (found?.Job is not { } job || !isSeen(job))
            return SesError.NotFound($"Import job {MemberChecks.Shown(call.Labels[0])} does not exist.");
        return SesAnswer.Json(
            new GetImportJobResponse(
                job.Id, Destination(job), new ImportDataSourceShape(job.Url, job.IsJson ? "JSON" : "CSV"),
                job.Problem is null ? null : new FailureInfo(job.Problem), StatusOf(job), EpochSeconds.From(job.CreatedAt),
                EpochSeconds.From(job.CompletedAt), job.Processed, job.Failed),
            ContactJson.Default.GetImportJobResponse);
    }

    private static async ValueTask<SesAnswer> HandleList(SesCall call, ListImportJobsRequest request, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        var type = request.ImportDestinationType;
        checks.OneOf(type, "ImportDestinationType", "CONTACT_LIST", "SUPPRESSION_LIST");
        if (request.TenantName is not null) TenantMembers.CheckName(request.TenantName, checks);
        var pageSize = PageToken.Size(request.PageSize, checks);
        var after = PageToken.Read(ListName, type ?? "", request.NextToken, checks);
        if (checks.Error is { } refused) return refused;
        var isSeen = await Seen(call, request.TenantName, cancellationToken);
        ImportJob[] all =
        [
            .. (await call.Services.ImportJobs.List(cancellationToken)).Select(j => j.Job)
                .Where(j => isSeen(j) && (type is null || (type == "CONTACT_LIST") == (j.ContactListName is not null))),
        ];
        var page = PageToken.PageOf(all, j => j.Id, after, pageSize);
        return SesAnswer.Json(
            new ListImportJobsResponse(
                [.. page.Items.Select(j => new ImportJobSummary(
                    j.Id, Destination(j), StatusOf(j), EpochSeconds.From(j.CreatedAt), j.Processed, j.Failed))],
                PageToken.Write(ListName, type ?? "", page.Next)),
            ContactJson.Default.ListImportJobsResponse);
    }

    /// <summary>Which jobs a call sees: those of the tenant that it names, else of its key's, else all.</summary>
    /// <remarks>What it names counts for every kind of key: a policy may have allowed the call for that tenant alone.</remarks>
    private static async ValueTask<Func<ImportJob, bool>> Seen(SesCall call, string? named, CancellationToken cancellationToken)
    {
        if (call.TenantOr(named) is not { } tenantName) return _ => true;
        var owner = await ContactMembers.OwnerOf(call, tenantName, cancellationToken);
        return job => owner is { } its && job.TenantName == its.TenantName && job.TenantId == its.TenantId;
    }

    private static string StatusOf(ImportJob job) => job.Status.ToString().ToUpperInvariant();

    private static ImportDestinationShape Destination(ImportJob job)
    {
        var action = job.Delete ? "DELETE" : "PUT";
        return job.ContactListName is { } name
            ? new ImportDestinationShape(null, new ContactListDestination(name, action))
            : new ImportDestinationShape(new SuppressionListDestination(action), null);
    }
}

internal sealed record ImportDestinationShape(
    SuppressionListDestination? SuppressionListDestination, ContactListDestination? ContactListDestination);

internal sealed record SuppressionListDestination(string? SuppressionListImportAction);

internal sealed record ContactListDestination(string? ContactListName, string? ContactListImportAction);

internal sealed record ImportDataSourceShape(string? S3Url, string? DataFormat);

internal sealed record FailureInfo(string ErrorMessage);

/// <param name="TenantName">Whose lists are meant; SES has no such member. A tenant's own key means its tenant's.</param>
internal sealed record CreateImportJobRequest(
    ImportDestinationShape? ImportDestination, ImportDataSourceShape? ImportDataSource, string? TenantName);

internal sealed record CreateImportJobResponse(string JobId);

internal sealed record GetImportJobResponse(
    string JobId, ImportDestinationShape ImportDestination, ImportDataSourceShape ImportDataSource, FailureInfo? FailureInfo, string JobStatus,
    decimal CreatedTimestamp, decimal? CompletedTimestamp, long ProcessedRecordsCount, long FailedRecordsCount);

/// <param name="TenantName">Whose jobs alone; SES has no such member. Absent for all that the key may see.</param>
internal sealed record ListImportJobsRequest(string? ImportDestinationType, string? NextToken, int? PageSize, string? TenantName);

internal sealed record ImportJobSummary(
    string JobId, ImportDestinationShape ImportDestination, string JobStatus, decimal CreatedTimestamp, long ProcessedRecordsCount,
    long FailedRecordsCount);

internal sealed record ListImportJobsResponse(IReadOnlyList<ImportJobSummary> ImportJobs, string? NextToken);
