using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Silo.Core.Contacts;
using Silo.Core.Delivery;
using Silo.Core.Messages;
using Silo.Core.Tenants;

namespace Silo.Server.Events;

/// <summary>
/// The member of a record that is named after its type (SES developer guide, event publishing contents). Members that are not known are
/// left out.
/// </summary>
internal static partial class SesRecord
{
    /// <param name="feedbackId">The same each time that this event is told.</param>
    /// <param name="reportingMta">This side's name in SMTP; null when it has none.</param>
    public static void Write(Utf8JsonWriter json, SesEventType type, TenantEvent e, string feedbackId, string? reportingMta)
    {
        json.WriteStartObject(type.MemberName());
        switch (type)
        {
            case SesEventType.Bounce:
                WriteBounce(json, e, feedbackId, reportingMta);
                break;
            case SesEventType.Complaint:
                WriteComplaint(json, e, feedbackId);
                break;
            case SesEventType.Delivery:
                WriteDelivery(json, e, reportingMta);
                break;
            case SesEventType.Reject:
                json.WriteString("reason", "Bad content");
                break;
            case SesEventType.Open or SesEventType.Click:
                EngagementRecord.Write(json, e);
                break;
            case SesEventType.RenderingFailure:
                json.WriteIfAny("templateName", e.TemplateName);
                json.WriteString("errorMessage", e.Diagnostic);
                break;
            case SesEventType.DeliveryDelay:
                WriteDelay(json, e, reportingMta);
                break;
            case SesEventType.Subscription:
                WriteSubscription(json, e);
                break;
        }

        json.WriteEndObject();
    }

    private static void WriteBounce(Utf8JsonWriter json, TenantEvent e, string feedbackId, string? reportingMta)
    {
        var isListed = e.Kind == TenantEventKind.Suppressed;
        json.WriteString("bounceType", isListed || e.Kind == TenantEventKind.HardBounced ? "Permanent" : "Transient");
        json.WriteString("bounceSubType", (e.Bounce == BounceSubType.None ? BounceSubType.General : e.Bounce).ToString());
        json.WriteStartArray("bouncedRecipients");
        json.WriteStartObject();
        json.WriteString("emailAddress", e.Recipient);
        // Nobody was asked about one who is on a list.
        if (!isListed)
        {
            json.WriteString("action", "failed");
            json.WriteIfAny("status", StatusOf(e.Diagnostic) ?? (e.Kind == TenantEventKind.Expired ? "4.4.7" : null));
            json.WriteIfAny("diagnosticCode", DiagnosticCode(e.Diagnostic));
        }

        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteString("timestamp", RecordJson.Timestamp(e.At));
        json.WriteString("feedbackId", feedbackId);
        if (!isListed && reportingMta is not null) json.WriteString("reportingMTA", $"dsn; {reportingMta}");
    }

    private static void WriteComplaint(Utf8JsonWriter json, TenantEvent e, string feedbackId)
    {
        var isListed = e.Kind == TenantEventKind.Suppressed;
        json.WriteStartArray("complainedRecipients");
        json.WriteStartObject();
        json.WriteString("emailAddress", e.Recipient);
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteString("timestamp", RecordJson.Timestamp(e.At));
        json.WriteString("feedbackId", feedbackId);
        json.WriteString("complaintSubType", isListed ? e.Bounce.ToString() : null);
        if (isListed) return;
        json.WriteIfAny("complaintFeedbackType", e.ComplaintType);
        json.WriteString("arrivalDate", RecordJson.Timestamp(e.At));
    }

    private static void WriteDelivery(Utf8JsonWriter json, TenantEvent e, string? reportingMta)
    {
        json.WriteString("timestamp", RecordJson.Timestamp(e.At));
        if (MessageIdFormat.TryGetAcceptedAt(e.MessageId, out var acceptedAt))
            json.WriteNumber("processingTimeMillis", Math.Max(0, (long)(e.At - acceptedAt).TotalMilliseconds));
        json.WriteTexts("recipients", [e.Recipient ?? ""]);
        json.WriteIfAny("smtpResponse", e.Diagnostic);
        json.WriteIfAny("reportingMTA", reportingMta);
        if (IPAddress.TryParse(e.RemoteHost, out var ip)) json.WriteString("remoteMtaIp", ip.ToString());
    }

    private static void WriteDelay(Utf8JsonWriter json, TenantEvent e, string? reportingMta)
    {
        json.WriteString("timestamp", RecordJson.Timestamp(e.At));
        json.WriteString("delayType", e.Delay.ToString());
        if (e.ExpiresAt is { } expiresAt) json.WriteString("expirationTime", RecordJson.Timestamp(expiresAt));
        json.WriteIfAny("reportingMTA", reportingMta);
        json.WriteStartArray("delayedRecipients");
        json.WriteStartObject();
        json.WriteString("emailAddress", e.Recipient);
        json.WriteIfAny("status", StatusOf(e.Diagnostic));
        json.WriteIfAny("diagnosticCode", DiagnosticCode(e.Diagnostic) ?? (e.WaitsFor is { } budget ? $"Waits for {budget}" : null));
        json.WriteEndObject();
        json.WriteEndArray();
    }

    /// <summary>Without a change, as of a complaint of the kind opt-out: who wants no more wants none of the sender's.</summary>
    private static void WriteSubscription(Utf8JsonWriter json, TenantEvent e)
    {
        var change = e.Subscription ?? new SubscriptionChange(
            null, SubscriptionChange.Header, new SubscriptionState(false, [], []), new SubscriptionState(true, [], []));
        json.WriteIfAny("contactList", change.ContactList);
        json.WriteString("timestamp", RecordJson.Timestamp(e.At));
        json.WriteString("source", change.Source);
        foreach (var (member, state) in new[] { ("newTopicPreferences", change.New), ("oldTopicPreferences", change.Old) })
        {
            json.WriteStartObject(member);
            json.WriteBoolean("unsubscribeAll", state.UnsubscribeAll);
            WriteTopics("topicSubscriptionStatus", state.Topics);
            if (state.Defaults.Count > 0) WriteTopics("topicDefaultSubscriptionStatus", state.Defaults);
            json.WriteEndObject();
        }

        void WriteTopics(string member, IReadOnlyList<TopicPreference> topics)
        {
            json.WriteStartArray(member);
            foreach (var (name, status) in topics)
            {
                json.WriteStartObject();
                json.WriteString("topicName", name);
                json.WriteString("subscriptionStatus", status == SubscriptionStatus.OptIn ? "OptIn" : "OptOut");
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }
    }

    /// <summary>The enhanced status code of a reply (RFC 3463), or null without one.</summary>
    private static string? StatusOf(string? diagnostic) =>
        diagnostic is not null && Reply().Match(diagnostic) is { Success: true } reply && reply.Groups[1].Length > 0 ? reply.Groups[1].Value : null;

    /// <summary>A peer's words go as what they are (RFC 3464 2.3.6); our own sentences have no such type.</summary>
    public static string? DiagnosticCode(string? diagnostic) =>
        diagnostic is not null && Reply().IsMatch(diagnostic) ? $"smtp; {diagnostic}" : diagnostic;

    [GeneratedRegex(@"^[2-5]\d\d(?:[ -]([245]\.\d{1,3}\.\d{1,3}))?(?: |$)", RegexOptions.CultureInvariant)]
    private static partial Regex Reply();
}
