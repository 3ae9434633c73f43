namespace Silo.Server.SesApi;

internal static partial class SesOperations
{
    /// <summary>Known ones that are answered by name, with UnknownOperationException, until they are built.</summary>
    public static IReadOnlyList<SesOperation> NotAvailable { get; } =
    [
        new("BatchGetMetricData", "POST", "/v2/email/metrics/batch"),
        new("GetMessageInsights", "GET", "/v2/email/insights/{MessageId}"),
        new("GetEmailAddressInsights", "POST", "/v2/email/email-address-insights"),
        new("CreateExportJob", "POST", "/v2/email/export-jobs"),
        new("GetExportJob", "GET", "/v2/email/export-jobs/{JobId}"),
        new("ListExportJobs", "POST", "/v2/email/list-export-jobs"),
        new("CancelExportJob", "PUT", "/v2/email/export-jobs/{JobId}/cancel"),
        new("CreateContactList", "POST", "/v2/email/contact-lists"),
        new("GetContactList", "GET", "/v2/email/contact-lists/{ContactListName}"),
        new("ListContactLists", "GET", "/v2/email/contact-lists"),
        new("UpdateContactList", "PUT", "/v2/email/contact-lists/{ContactListName}"),
        new("DeleteContactList", "DELETE", "/v2/email/contact-lists/{ContactListName}"),
        new("CreateContact", "POST", "/v2/email/contact-lists/{ContactListName}/contacts"),
        new("GetContact", "GET", "/v2/email/contact-lists/{ContactListName}/contacts/{EmailAddress}"),
        new("ListContacts", "POST", "/v2/email/contact-lists/{ContactListName}/contacts/list"),
        new("UpdateContact", "PUT", "/v2/email/contact-lists/{ContactListName}/contacts/{EmailAddress}"),
        new("DeleteContact", "DELETE", "/v2/email/contact-lists/{ContactListName}/contacts/{EmailAddress}"),
        new("CreateImportJob", "POST", "/v2/email/import-jobs"),
        new("GetImportJob", "GET", "/v2/email/import-jobs/{JobId}"),
        new("ListImportJobs", "POST", "/v2/email/import-jobs/list"),
    ];
}
