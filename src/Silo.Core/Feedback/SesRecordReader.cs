using System.Text.Json;

namespace Silo.Core.Feedback;

/// <summary>Reads records of SES (developer guide: contents of event data; EventBridge: detail of an event of source aws.ses).</summary>
public static class SesRecordReader
{
    // Far above an address; what is longer is none, and is cut.
    private const int MaxAddress = 320;

    public static SesRecordReading Read(ReadOnlyMemory<byte> json)
    {
        using var document = JsonMembers.Parse(json);
        return document is null ? new SesRecordReading.Refused(SesRecordFault.NotJson) : Of(document.RootElement);
    }

    /// <summary>An event of EventBridge around the record.</summary>
    public static SesRecordReading ReadEvent(ReadOnlyMemory<byte> json)
    {
        using var document = JsonMembers.Parse(json);
        if (document is null) return new SesRecordReading.Refused(SesRecordFault.NotJson);
        return document.RootElement.Text("source") == "aws.ses" && document.RootElement.Object("detail") is { } detail
            ? Of(detail)
            : new SesRecordReading.Refused(SesRecordFault.NotARecord);
    }

    private static SesRecordReading Of(JsonElement record)
    {
        // Notifications of an identity call it by another name than the events of a configuration set.
        var kind = KindOf(record.Text("eventType") ?? record.Text("notificationType"));
        if (kind is not { } found || record.Object("mail") is not { } mail || mail.Text("messageId") is not { Length: > 0 } messageId)
            return new SesRecordReading.Refused(SesRecordFault.NotARecord);
        var about = record.Object(found.Member) ?? default;
        return new SesRecordReading.Read(new SesRecord
        {
            Kind = found.Kind,
            MessageId = messageId,
            Tags = TagsOf(mail),
            Recipients = [.. RecipientsOf(found.Kind, about)],
            BounceType = about.Text("bounceType"),
            BounceSubType = about.Text("bounceSubType"),
            ComplaintType = about.Text("complaintFeedbackType")?.ToLowerInvariant(),
            ComplaintSubType = about.Text("complaintSubType"),
            Diagnostic = about.Text("smtpResponse") ?? about.Text("reason"),
            At = about.Instant("timestamp"),
        });
    }

    private static (SesRecordKind Kind, string Member)? KindOf(string? name) => name switch
    {
        "Send" => (SesRecordKind.Send, "send"),
        "Delivery" => (SesRecordKind.Delivery, "delivery"),
        "Bounce" => (SesRecordKind.Bounce, "bounce"),
        "Complaint" => (SesRecordKind.Complaint, "complaint"),
        "Reject" => (SesRecordKind.Reject, "reject"),
        "DeliveryDelay" => (SesRecordKind.DeliveryDelay, "deliveryDelay"),
        "Open" => (SesRecordKind.Open, "open"),
        "Click" => (SesRecordKind.Click, "click"),
        "Subscription" => (SesRecordKind.Subscription, "subscription"),
        "Rendering Failure" => (SesRecordKind.RenderingFailure, "failure"),
        _ => null,
    };

    private static Dictionary<string, string> TagsOf(JsonElement mail)
    {
        var tags = new Dictionary<string, string>(StringComparer.Ordinal);
        if (mail.Object("tags") is not { } all) return tags;
        foreach (var tag in all.EnumerateObject().Take(FeedbackLimits.MaxTags))
        {
            try
            {
                if (tag.Value.ValueKind == JsonValueKind.Array && tag.Value.EnumerateArray().FirstOrDefault().Text(256) is { } value)
                    tags[tag.Name] = value;
            }
            catch (InvalidOperationException)
            {
                // A name with half a surrogate pair is no tag's.
            }
        }

        return tags;
    }

    private static IEnumerable<SesRecipient> RecipientsOf(SesRecordKind kind, JsonElement about)
    {
        if (kind == SesRecordKind.Delivery)
        {
            return about.Items("recipients", FeedbackLimits.MaxRecipients).Select(r => r.Text(MaxAddress)).OfType<string>()
                .Select(a => new SesRecipient(a));
        }

        var member = kind switch
        {
            SesRecordKind.Bounce => "bouncedRecipients",
            SesRecordKind.Complaint => "complainedRecipients",
            SesRecordKind.DeliveryDelay => "delayedRecipients",
            _ => "",
        };
        return about.Items(member, FeedbackLimits.MaxRecipients).Where(r => r.Text("emailAddress", MaxAddress) is not null)
            .Select(r => new SesRecipient(
                r.Text("emailAddress", MaxAddress)!, DeliveryStatusReader.StatusOf(r.Text("status")), r.Text("diagnosticCode")));
    }
}
