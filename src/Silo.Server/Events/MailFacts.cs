using System.Text.Json;
using Silo.Core.Addresses;
using Silo.Core.Messages;
using Silo.Core.Tenants;

namespace Silo.Server.Events;

/// <summary>
/// The member <c>mail</c> of a message's records, made once at acceptance and then part of each of them as it is (SES developer guide, event
/// publishing contents).
/// </summary>
internal static class MailFacts
{
    /// <summary>SES cuts headers at 10 KB and says so.</summary>
    public const int MaxHeaderBytes = 10 * 1024;

    private const int MaxAddresses = MessageLimits.MaxRecipients;

    /// <param name="headers">As submitted; those that nobody but the sender is to see are left out here.</param>
    public static byte[] Write(Envelope envelope, IReadOnlyList<MessageHeader> headers, string accountId, SendOrigin origin) => RecordJson.Write(json =>
    {
        var shown = headers.Where(h => !IsHidden(h.Name)).ToList();
        json.WriteStartObject();
        json.WriteString("timestamp", RecordJson.Timestamp(envelope.AcceptedAt));
        json.WriteString("source", envelope.Sender);
        json.WriteString("sourceArn", envelope.IdentityArn);
        json.WriteString("sendingAccountId", accountId);
        json.WriteString("messageId", envelope.MessageId);
        json.WriteTexts("destination", envelope.Destination);
        var fitting = Fitting(shown);
        json.WriteBoolean("headersTruncated", fitting < shown.Count);
        json.WriteStartArray("headers");
        foreach (var (name, value) in shown.Take(fitting))
        {
            json.WriteStartObject();
            json.WriteString("name", name);
            json.WriteString("value", value);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        WriteCommonHeaders(json, envelope, shown);
        WriteTags(json, envelope, origin);
        json.WriteEndObject();
    });

    /// <summary>What a record says of a message of which nothing is kept.</summary>
    public static void WriteWithout(Utf8JsonWriter json, TenantEvent e, string accountId, string tenantName, string? setName)
    {
        json.WriteStartObject("mail");
        if (e.Kind is TenantEventKind.Accepted or TenantEventKind.RenderingFailed) json.WriteString("timestamp", RecordJson.Timestamp(e.At));
        else if (MessageIdFormat.TryGetAcceptedAt(e.MessageId, out var acceptedAt)) json.WriteString("timestamp", RecordJson.Timestamp(acceptedAt));
        json.WriteString("sendingAccountId", accountId);
        json.WriteIfAny("messageId", e.MessageId);
        if (e.Recipient is { } recipient) json.WriteTexts("destination", [recipient]);
        json.WriteStartObject("tags");
        if (setName is not null) json.WriteTexts("ses:configuration-set", [setName]);
        if (tenantName != TenantName.Account) json.WriteTexts("ses:tenant-name", [tenantName]);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static bool IsHidden(string name) =>
        name.Equals("Bcc", StringComparison.OrdinalIgnoreCase) || name.Equals("Resent-Bcc", StringComparison.OrdinalIgnoreCase);

    private static int Fitting(List<MessageHeader> headers)
    {
        var bytes = 0;
        for (var i = 0; i < headers.Count; i++)
        {
            bytes += headers[i].Name.Length + System.Text.Encoding.UTF8.GetByteCount(headers[i].Value);
            if (bytes > MaxHeaderBytes) return i;
        }

        return headers.Count;
    }

    private static void WriteCommonHeaders(Utf8JsonWriter json, Envelope envelope, List<MessageHeader> headers)
    {
        json.WriteStartObject("commonHeaders");
        Addresses("from", "From");
        json.WriteIfAny("date", Value("Date"));
        Addresses("to", "To");
        Addresses("cc", "Cc");
        Addresses("replyTo", "Reply-To");
        json.WriteString("messageId", envelope.MessageId);
        json.WriteIfAny("subject", envelope.Subject);
        json.WriteEndObject();

        string? Value(string name) => headers.Find(h => h.Name.Equals(name, StringComparison.OrdinalIgnoreCase))?.Value;

        void Addresses(string member, string header)
        {
            if (Value(header) is not { } value) return;
            json.WriteTexts(member, Mailbox.TryParseList(value, true, out var list) ? list.Take(MaxAddresses).Select(Shown) : [value]);
        }
    }

    private static string Shown(Mailbox mailbox) => mailbox.DisplayName is not { } name ? mailbox.Address.ToString()
        : name.AsSpan().IndexOfAny("\"\\,;:<>()[]@") < 0 ? $"{name} <{mailbox.Address}>" : mailbox.ToString();

    private static void WriteTags(Utf8JsonWriter json, Envelope envelope, SendOrigin origin)
    {
        json.WriteStartObject("tags");
        if (envelope.ConfigurationSetName is { } set) json.WriteTexts("ses:configuration-set", [set]);
        if (origin.Ip is { } ip) json.WriteTexts("ses:source-ip", [ip]);
        var at = envelope.FromAddress.LastIndexOf('@');
        json.WriteTexts("ses:from-domain", [envelope.FromAddress[(at + 1)..]]);
        if (origin.Identity is { } identity) json.WriteTexts("ses:caller-identity", [identity]);
        if (envelope.TenantName != TenantName.Account) json.WriteTexts("ses:tenant-name", [envelope.TenantName]);
        foreach (var tag in envelope.Tags.GroupBy(t => t.Name, StringComparer.Ordinal)) json.WriteTexts(tag.Key, tag.Select(t => t.Value));
        json.WriteEndObject();
    }
}

/// <summary>Who sent a message, as far as its edge knows.</summary>
/// <param name="Ip">The address of the connection.</param>
/// <param name="Identity">The id of the access key.</param>
public readonly record struct SendOrigin(string? Ip, string? Identity);
