using System.Text.Json;
using Silo.Core.Reputation;
using Silo.Core.Suspension;
using Silo.Core.Tenants;
using Silo.Server.Accounts;
using Silo.Server.SesApi.Operations.Recommendations;
using Silo.Server.SesApi.Operations.Reputation;

namespace Silo.Server.Events;

/// <summary>
/// What EventBridge is told of a tenant: its sending status, and what is found about its reputation (SES developer guide, tenants).
/// </summary>
internal static class TenantRecord
{
    /// <summary>As a finding's type: a destination that the service gave up. Silo's own.</summary>
    public const string DestinationType = "EVENT_DESTINATION";

    // Two pages say "Resolved" and one says "Closed".
    private const string Resolved = "Advisor Recommendation Status Resolved";

    public static string DetailType(TenantEvent e) => e.Kind switch
    {
        TenantEventKind.FindingClosed or TenantEventKind.IdentityFaultEnded => Resolved,
        _ when e.Report is { Kind: ExternalReportKind.DestinationRestored } => Resolved,
        TenantEventKind.StatusChanged => Status(e).Status == SendingStatus.Disabled ? "Sending Status Disabled" : "Sending Status Enabled",
        _ => "Advisor Recommendation Status Open",
    };

    /// <summary>The configuration set of the destination; the account for a default one.</summary>
    public static string ResourceOf(ExternalReport report, Arns arns) => report.Source.IndexOf('/', StringComparison.Ordinal) is var slash and > 0
        ? arns.ConfigurationSet(report.Source[..slash]) : arns.Account;

    public static void WriteDetail(Utf8JsonWriter json, TenantEvent e)
    {
        json.WriteStartObject();
        json.WriteString("version", "1.0.0");
        if (e.Kind == TenantEventKind.StatusChanged) WriteStatus(json, e);
        // Of an identity SES tells the text alone.
        else if (e.Identity is { } identity) json.WriteString("data", identity.Text);
        else if (e.Report is { } report) WriteFinding(json, report.Detail ?? "", FindingImpact.High, DestinationType);
        else WriteFinding(json, e.Finding!.Description, e.Finding.Impact, Recommendation.NameOf(e.Finding.Type));
        json.WriteEndObject();
    }

    private static void WriteStatus(Utf8JsonWriter json, TenantEvent e)
    {
        var record = Status(e);
        json.WriteStartObject("data");
        json.WriteString("origin", e.Origin == StatusOrigin.PlatformManaged ? "AWS_MANAGED" : "CUSTOMER_MANAGED");
        json.WriteStartObject("record");
        json.WriteString("status", record.Status.ToString().ToUpperInvariant());
        json.WriteString("cause", record.Cause ?? "");
        // Of all instants this one is an array.
        var at = record.UpdatedAt.UtcDateTime;
        json.WriteStartArray("lastUpdatedTimestamp");
        foreach (var part in new[] { at.Year, at.Month, at.Day, at.Hour, at.Minute, at.Second, (int)(at.Ticks % TimeSpan.TicksPerSecond * 100) })
            json.WriteNumberValue(part);
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteFinding(Utf8JsonWriter json, string description, FindingImpact impact, string type)
    {
        json.WriteString("data", description);
        json.WriteStartObject("metadata");
        json.WriteString("impact", ReputationEntityMembers.NameOf((FindingImpact?)impact));
        json.WriteString("type", type);
        json.WriteEndObject();
    }

    /// <summary>Of several transitions at once the earlier ones carry no standing: a finding tells that it is a pause.</summary>
    private static StatusRecord Status(TenantEvent e)
    {
        var record = e.Origin == StatusOrigin.PlatformManaged ? e.Standing?.Platform : e.Standing?.Customer;
        return record ?? new StatusRecord(e.Finding is null ? SendingStatus.Enabled : SendingStatus.Disabled, e.Cause, e.At);
    }
}
