using Silo.Server.Exports;

namespace Silo.Server.SesApi.Operations.Exports;

/// <summary>Export jobs: what became of messages, and metrics, as files.</summary>
internal static class ExportOperations
{
    private const string Path = "/v2/email/export-jobs";
    private const string ListName = "ListExportJobs";

    public static SesOperation Create { get; } = SesOperation.Of(
        "CreateExportJob", "POST", Path, ExportShapesJson.Default.CreateExportJobRequest, HandleCreate) with
    {
        MostAtOnce = 8,
        Deviation = "`MaxResults` goes up to 1,000,000, and all of them are in the file, not a sample; `JSON` is one object by the line. A "
            + "tenant has at most 5 jobs that have not ended.",
    };

    public static SesOperation Get { get; } = SesOperation.Of("GetExportJob", "GET", Path + "/{JobId}", HandleGet) with
    {
        Deviation = "`S3Url` is a signed link to the public listener (`Silo:Public`), good for an hour (`Silo:Exports:LinkLifetime`).",
    };

    public static SesOperation List { get; } = SesOperation.Of(
        ListName, "POST", "/v2/email/list-export-jobs", ExportShapesJson.Default.ListExportJobsRequest, HandleList);

    public static SesOperation Cancel { get; } = SesOperation.Of(
        "CancelExportJob", "PUT", Path + "/{JobId}/cancel", ExportShapesJson.Default.CancelExportJobRequest, HandleCancel);

    private static async ValueTask<SesAnswer> HandleCreate(SesCall call, CreateExportJobRequest request, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        ExportMembers.Check(request.ExportDataSource, checks);
        if (checks.Required(request.ExportDestination, "ExportDestination")
            && checks.Required(request.ExportDestination.DataFormat, "ExportDestination.DataFormat"))
            checks.OneOf(request.ExportDestination.DataFormat, "ExportDestination.DataFormat", "CSV", "JSON");
        if (request.ExportDestination?.S3Url is not null) checks.Fail("ExportDestination.S3Url is the answer's, and must be absent");
        checks.Length(request.TenantName, "TenantName", 1, 64);
        if (checks.Error is { } refused) return refused;
        var (tenantName, tenantKey) = (call.TenantOr(request.TenantName), 0L);
        if (tenantName is not null)
        {
            if (await call.Services.Store.Tenants.Load(tenantName, cancellationToken) is not { } tenant)
                return Tenants.TenantMembers.NotFound(tenantName);
            tenantKey = tenant.TenantKey;
        }

        var job = await call.Services.ExportJobs.Create(
            (id, now) => new ExportJob(id, request.ExportDataSource!, request.ExportDestination!.DataFormat == "JSON", now)
            {
                TenantName = tenantName, TenantKey = tenantKey,
            }, cancellationToken);
        return job is null
            ? SesError.LimitExceeded(
                $"The account has reached its limit of {ExportJobs.MaxOpen} export jobs that have not ended, or the tenant its limit of "
                + $"{ExportJobs.MaxOpenOfTenant}.")
            : SesAnswer.Json(new CreateExportJobResponse(job.Id), ExportShapesJson.Default.CreateExportJobResponse);
    }

    private static async ValueTask<SesAnswer> HandleGet(SesCall call, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        var named = call.QueryValue("TenantName", checks);
        if (checks.Error is { } refused) return refused;
        if (await Find(call, named, cancellationToken) is not { } job) return NotFound(call.Labels[0]);
        var url = job.Status == ExportStatus.Completed && job.Parts > 0 ? call.Services.ExportLinks.To(job) : null;
        return SesAnswer.Json(
            new GetExportJobResponse(
                job.Id, TypeOf(job), StatusOf(job), new ExportDestinationShape(job.IsJson ? "JSON" : "CSV", url), job.Source,
                EpochSeconds.From(job.CreatedAt), EpochSeconds.From(job.CompletedAt),
                job.Problem is null ? null : new ExportFailureShape(null, job.Problem),
                job.Status == ExportStatus.Created ? null : new ExportStatisticsShape(job.Processed, job.Exported)) { TenantName = job.TenantName },
            ExportShapesJson.Default.GetExportJobResponse);
    }

    private static async ValueTask<SesAnswer> HandleList(SesCall call, ListExportJobsRequest request, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        checks.OneOf(request.ExportSourceType, "ExportSourceType", "METRICS_DATA", "MESSAGE_INSIGHTS");
        checks.OneOf(request.JobStatus, "JobStatus", "CREATED", "PROCESSING", "COMPLETED", "FAILED", "CANCELLED");
        checks.Length(request.TenantName, "TenantName", 1, 64);
        var pageSize = PageToken.Size(request.PageSize, checks);
        var filter = $"{request.ExportSourceType} {request.JobStatus}";
        var after = PageToken.Read(ListName, filter, request.NextToken, checks);
        if (checks.Error is { } refused) return refused;
        var own = await OwnKey(call, request.TenantName, cancellationToken);
        ExportJob[] all =
        [
            .. (await call.Services.ExportJobs.List(cancellationToken)).Select(j => j.Job).Where(j => (own is null || own == j.TenantKey)
                && (request.ExportSourceType is null || request.ExportSourceType == TypeOf(j))
                && (request.JobStatus is null || request.JobStatus == StatusOf(j))),
        ];
        var page = PageToken.PageOf(all, j => j.Id, after, pageSize);
        return SesAnswer.Json(
            new ListExportJobsResponse(
                [.. page.Items.Select(j => new ExportJobSummaryShape(
                    j.Id, TypeOf(j), StatusOf(j), EpochSeconds.From(j.CreatedAt), EpochSeconds.From(j.CompletedAt)))],
                PageToken.Write(ListName, filter, page.Next)),
            ExportShapesJson.Default.ListExportJobsResponse);
    }

    private static async ValueTask<SesAnswer> HandleCancel(
        SesCall call, CancelExportJobRequest request, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        checks.Length(request.TenantName, "TenantName", 1, 64);
        if (checks.Error is { } refused) return refused;
        if (await Find(call, request.TenantName, cancellationToken) is not { } job) return NotFound(call.Labels[0]);
        return await call.Services.ExportJobs.Cancel(job.Id, cancellationToken) switch
        {
            true => SesAnswer.Empty,
            false => SesError.BadRequest($"Export job {job.Id} has ended and cannot be cancelled."),
            null => NotFound(job.Id),
        };
    }

    /// <summary>Null for what is not there, and for what is another's.</summary>
    private static async ValueTask<ExportJob?> Find(SesCall call, string? named, CancellationToken cancellationToken)
    {
        var own = await OwnKey(call, named, cancellationToken);
        return await call.Services.ExportJobs.Get(call.Labels[0], cancellationToken) is { Job: var job }
            && (own is null || own == job.TenantKey) ? job : null;
    }

    /// <summary>Whose jobs alone a call sees: of the tenant that it names, else of its key's; null for all, -1 for nobody's.</summary>
    /// <remarks>What it names counts for every kind of key: a policy may have allowed the call for that tenant alone.</remarks>
    private static async ValueTask<long?> OwnKey(SesCall call, string? named, CancellationToken cancellationToken) =>
        call.TenantOr(named) is not { } tenantName ? null
        : (await call.Services.Store.Tenants.Load(tenantName, cancellationToken))?.TenantKey ?? -1;

    private static SesError NotFound(string id) => SesError.NotFound($"Export job {MemberChecks.Shown(id)} does not exist.");

    private static string TypeOf(ExportJob job) => job.IsOfMessages ? "MESSAGE_INSIGHTS" : "METRICS_DATA";

    private static string StatusOf(ExportJob job) => job.Status.ToString().ToUpperInvariant();
}
