using System.Globalization;
using Silo.Server.SesApi;
using Silo.Storage;

namespace Silo.Server.Access;

/// <summary>Who changed what, from the newest to the oldest.</summary>
internal static class AuditOperations
{
    private const string ListName = "ListAuditEvents";
    private const int MaxPageSize = 1_000;
    private const int MaxText = 512;

    public static SesOperation List { get; } = SesOperation.Of(ListName, "GET", "/silo/v1/audit", Read);

    private static async ValueTask<SesAnswer> Read(SesCall call, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        var (key, tenant, operation) = (Text("AccessKeyId"), Text("TenantName"), Text("Operation"));
        var (from, until) = (Instant("From"), Instant("Until"));
        var filterText = string.Create(CultureInfo.InvariantCulture, $"{key}\n{tenant}\n{operation}\n{from:O}\n{until:O}");
        var after = PageToken.Read(ListName, filterText, call.QueryValue("NextToken", checks), checks);
        var size = PageToken.Size(call.QueryInt("PageSize", checks), checks, max: MaxPageSize);
        if (checks.Error is { } refused) return refused;
        var filter = new AuditFilter
        {
            BeforeId = after is null ? null : long.Parse(after, CultureInfo.InvariantCulture), KeyId = key, TenantName = tenant,
            Operation = operation, From = from, Until = until,
        };
        var page = await call.Services.Store.Audit.List(filter, size, cancellationToken);
        return SesAnswer.Json(
            new ListAuditEventsResponse([.. page.Items.Select(AuditEventShape.Of)], PageToken.Write(ListName, filterText, page.Next)),
            AccessJson.Default.ListAuditEventsResponse);

        string? Text(string member)
        {
            var value = call.QueryValue(member, checks);
            checks.Length(value, member, 1, MaxText);
            return value;
        }

        DateTimeOffset? Instant(string member)
        {
            if (call.QueryValue(member, checks) is not { } text) return null;
            const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
            if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, Utc, out var instant)) return instant;
            checks.Fail($"{member} must be an ISO 8601 instant, as 2026-01-31T00:00:00Z");
            return null;
        }
    }
}

internal sealed record ListAuditEventsResponse(IReadOnlyList<AuditEventShape> AuditEvents, string? NextToken);

/// <param name="AccessKeyKind">ROOT, OPERATOR or TENANT.</param>
/// <param name="Result">SUCCEEDED, FAILED, or UNKNOWN: the call runs, or broke off where it is not known whether it holds.</param>
/// <param name="Status">HTTP status of the answer; absent while it is unknown.</param>
/// <param name="Error">The error's code.</param>
internal sealed record AuditEventShape(
    decimal Timestamp, string RequestId, string AccessKeyId, string AccessKeyKind, string Operation, string? ResourceArn, string? TenantName,
    string? SourceIp, string Result, int? Status, string? Error)
{
    public static AuditEventShape Of(AuditRecord record) => new(
        EpochSeconds.From(record.Entry.At), record.Entry.RequestId, record.Entry.KeyId,
        ((CredentialKind)record.Entry.KeyKind).ToString().ToUpperInvariant(), record.Entry.Operation, record.Entry.Resource,
        record.Entry.TenantName, record.Entry.Address,
        record.Result is null ? "UNKNOWN" : record.Result.Error is null ? "SUCCEEDED" : "FAILED", record.Result?.Status, record.Result?.Error);
}
