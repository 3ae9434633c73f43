namespace Silo.Server.SesApi;

internal static partial class SesOperations
{
    /// <summary>Known ones that are answered by name, with UnknownOperationException, until they are built.</summary>
    public static IReadOnlyList<SesOperation> NotAvailable { get; } =
    [
        new("GetMessageInsights", "GET", "/v2/email/insights/{MessageId}"),
        new("GetEmailAddressInsights", "POST", "/v2/email/email-address-insights"),
        new("CreateExportJob", "POST", "/v2/email/export-jobs"),
        new("GetExportJob", "GET", "/v2/email/export-jobs/{JobId}"),
        new("ListExportJobs", "POST", "/v2/email/list-export-jobs"),
        new("CancelExportJob", "PUT", "/v2/email/export-jobs/{JobId}/cancel"),
    ];
}
