using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;
using Silo.Core.Messages;
using Silo.Core.Tenants;
using Silo.Server.Feedback;

namespace Silo.Server.Delivery.Ses;

/// <summary>The JSON of SendEmail with raw content (SES API reference v2, SendEmail).</summary>
internal static class SendEmailBody
{
    private const int AroundContent = 1024;

    public static ReadOnlyMemory<byte> Write(HandOver handOver, SesOptions options)
    {
        var envelope = handOver.Envelope;
        var tags = Tags(handOver, options);
        var buffer = new ArrayBufferWriter<byte>(Base64.GetMaxEncodedToUtf8Length(handOver.Content.Length) + AroundContent);
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        json.WriteString("FromEmailAddress", envelope.FromAddress);
        // Whatever the headers say: this one recipient, and nobody else.
        json.WriteStartObject("Destination");
        json.WriteStartArray("ToAddresses");
        json.WriteStringValue(handOver.Recipient);
        json.WriteEndArray();
        json.WriteEndObject();
        if (options.PassFeedbackAddress && envelope.Sender.Length > 0
            && !envelope.Sender.Equals(envelope.FromAddress, StringComparison.OrdinalIgnoreCase))
            json.WriteString("FeedbackForwardingEmailAddress", envelope.Sender);
        if (ConfigurationSet(envelope.ConfigurationSetName, options) is { } set) json.WriteString("ConfigurationSetName", set);
        if (options.PassTenantName && envelope.TenantName != TenantName.Account)
            json.WriteString("TenantName", options.TenantPrefix + envelope.TenantName);
        if (tags.Count > 0)
        {
            json.WriteStartArray("EmailTags");
            foreach (var tag in tags)
            {
                json.WriteStartObject();
                json.WriteString("Name", tag.Name);
                json.WriteString("Value", tag.Value);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        json.WriteStartObject("Content");
        json.WriteStartObject("Raw");
        json.WriteBase64String("Data", handOver.Content.Span);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenMemory;
    }

    private static string? ConfigurationSet(string? name, SesOptions options)
    {
        if (name is null) return null;
        if (!options.ConfigurationSets.TryGetValue(name, out var there)) return options.PassConfigurationSetName ? name : null;
        return there.Length > 0 ? there : null;
    }

    private static IReadOnlyList<MessageTag> Tags(HandOver handOver, SesOptions options)
    {
        var tags = options.PassTags ? handOver.Envelope.Tags : [];
        // What ties records of SES to the unit is ours, whatever a sender calls so.
        if (handOver.References?.TagOf(handOver.TenantKey, handOver.Envelope.MessageId, handOver.Recipient) is { } reference)
            tags = [new MessageTag(SesFeedback.Tag, reference), .. tags.Where(t => t.Name != SesFeedback.Tag).Take(MessageTags.MaxCount - 1)];
        // The sender's own come first: feedback is found by the remote id as well.
        if (options.MessageIdTag.Length == 0 || tags.Count >= MessageTags.MaxCount || tags.Any(t => t.Name == options.MessageIdTag)) return tags;
        return [.. tags, new MessageTag(options.MessageIdTag, handOver.Envelope.MessageId)];
    }
}
