using System.Text;
using Silo.Core.Addresses;
using Silo.Core.Messages;

namespace Silo.Server.Intake;

/// <summary>
/// A send with its addresses understood. Of a raw message the headers count where the request says nothing: parameters go before
/// headers, and are not merged with them (SES developer guide, event-publishing-send-email).
/// </summary>
internal sealed record SendDraft
{
    public required SendRequest Request { get; init; }

    public required Mailbox From { get; init; }

    /// <summary>From as the sender wrote it, for replies.</summary>
    public required string FromText { get; init; }

    /// <summary>
    /// Addresses that a raw message's own From and Sender headers name beside <see cref="From"/>: what recipients see as its authors,
    /// so they need identities too; and MAIL FROM of submission, which is told what bounces.
    /// </summary>
    public IReadOnlyList<EmailAddress> OtherAuthors { get; init; } = [];

    /// <summary>Each address once, in the order given.</summary>
    public required IReadOnlyList<string> Recipients { get; init; }

    /// <summary>MAIL FROM: where the sender wants bounces, else the From address.</summary>
    public required string EnvelopeSender { get; init; }

    public string? TenantName { get; init; }

    public string? ConfigurationSetName { get; init; }

    public string? IdentityArn { get; init; }

    public required IReadOnlyList<MessageTag> Tags { get; init; }

    /// <summary>The envelope holds addresses that leave by SMTPUTF8 only.</summary>
    public bool HasUtf8Envelope => !Ascii.IsValid(EnvelopeSender) || Recipients.Any(r => !Ascii.IsValid(r));

    public ListManagement? ListManagement { get; init; }

    public DateTimeOffset? ScheduledFor { get; init; }

    /// <summary>The parsed message, of raw content.</summary>
    public ParsedMessage? Raw { get; init; }

    /// <summary>Its sender has signed it by DKIM: a changed body would break the signature.</summary>
    public bool HasOwnSignature => Raw?.Headers.Any(h => "DKIM-Signature".Equals(h.Name, StringComparison.OrdinalIgnoreCase)) == true;

    public static (SendDraft? Draft, SendReply? Refusal) Read(SendRequest request)
    {
        if (request.Content is not RawContent raw) return Build(request, null);
        return RawMessage.Parse(raw.Data) switch
        {
            RawParseResult.Parsed parsed => Build(request, parsed.Message),
            RawParseResult.Refused refused => Refuse(refused.Reason),
            _ => throw new InvalidOperationException("A parsed message is none of its results."),
        };
    }

    private static (SendDraft?, SendReply?) Build(SendRequest request, ParsedMessage? raw)
    {
        Mailbox? from;
        if (request.From is { } text)
        {
            if (!Mailbox.TryParse(text, out from)) return Refuse($"FromEmailAddress '{Shown(text)}' is not a valid address.");
        }
        else
        {
            from = raw is null ? null : raw.Sender ?? raw.From[0];
        }

        if (from is null) return Refuse("FromEmailAddress is required.");
        if (request.TenantName is { } named && raw?.Service.TenantName is { } header && named != header)
            return Refuse("TenantName and the header X-SES-TENANT name different tenants.");
        var tenantName = request.TenantName ?? raw?.Service.TenantName;
        if (request.Smtp is { MustNameTenant: true } && tenantName is null)
            return (null, SendReply.Refused(SendRefusal.AccessDenied, "Without AUTH the header X-SES-TENANT must name a tenant."));
        if (ReadRecipients(request, raw, out var recipients) is { } wrong) return Refuse(wrong);
        var sender = request.Smtp?.Sender ?? request.FeedbackForwardingAddress ?? raw?.ReturnPath?.ToString() ?? from.Address.ToString();
        if (!EmailAddress.TryParse(sender, request.Smtp is not null, out var envelopeSender))
            return Refuse($"FeedbackForwardingEmailAddress '{Shown(sender)}' is not a valid address.");
        var authors = raw is null ? [] : request.Smtp is null ? Authors(raw) : Authors(raw).Append(envelopeSender);
        return (new SendDraft
        {
            Request = request,
            From = from,
            FromText = request.From ?? from.ToString(),
            OtherAuthors = [.. authors.Where(a => a != from.Address).Distinct()],
            Recipients = recipients,
            EnvelopeSender = envelopeSender.ToString(),
            TenantName = tenantName,
            ConfigurationSetName = request.ConfigurationSetName ?? raw?.Service.ConfigurationSetName,
            IdentityArn = request.FromIdentityArn ?? raw?.Service.SourceArn ?? raw?.Service.FromArn,
            Tags = request.Tags.Count > 0 ? request.Tags : raw?.Service.Tags ?? [],
            ScheduledFor = request.ScheduledFor ?? raw?.Service.ScheduledFor,
            Raw = raw,
            ListManagement = request.ListManagement
                ?? (raw?.Service.ContactListName is { } list ? new ListManagement(list, raw.Service.TopicName) : null),
        }, null);
    }

    private static IEnumerable<EmailAddress> Authors(ParsedMessage raw) =>
        (raw.Sender is null ? raw.From : raw.From.Append(raw.Sender)).Select(m => m.Address);

    /// <summary>The sentence that names the wrong member, or null.</summary>
    private static string? ReadRecipients(SendRequest request, ParsedMessage? raw, out List<string> recipients)
    {
        recipients = [];
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (member, list) in new[] { ("ToAddresses", request.To), ("CcAddresses", request.Cc), ("BccAddresses", request.Bcc) })
        {
            for (var i = 0; i < list.Count; i++)
            {
                if (!Mailbox.TryParse(list[i], request.Smtp is not null, out var mailbox))
                    return $"Destination.{member}[{i}] '{Shown(list[i])}' is not a valid address.";
                var address = mailbox.Address.ToString();
                if (seen.Add(address)) recipients.Add(address);
            }
        }

        if (recipients.Count == 0 && raw is not null)
        {
            foreach (var address in raw.Recipients.Select(a => a.ToString()))
            {
                if (seen.Add(address)) recipients.Add(address);
            }
        }

        return recipients.Count switch
        {
            0 => "Destination must name at least one recipient.",
            > MessageLimits.MaxRecipients =>
                $"Destination holds {recipients.Count} recipients; at most {MessageLimits.MaxRecipients} are allowed.",
            _ => null,
        };
    }

    // Shown in an error, so bounded.
    private static string Shown(string text) => text.Length <= 320 ? text : text[..320] + "…";

    private static (SendDraft?, SendReply?) Refuse(string message) => (null, SendReply.Refused(SendRefusal.BadRequest, message));
}
