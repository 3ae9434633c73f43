using System.Text;
using Silo.Core.Contacts;
using Silo.Core.Delivery;
using Silo.Core.Messages;
using Silo.Core.Tracking;
using Silo.Server.Intake;
using Silo.Server.Tenants;

namespace Silo.Server.Lists;

/// <summary>What a message gets because of the list and the stream that it is of.</summary>
internal sealed record Mailing
{
    /// <summary>The service replaces its placeholder twice at the most (SES developer guide, subscription management).</summary>
    private const int MostReplaced = 2;

    public static Mailing Plain { get; } = new();

    /// <summary>Null unless the list or topic that was named cannot be used.</summary>
    public SendReply? Refusal { get; init; }

    /// <summary>Recipients who want no such mail: accepted, and bounced at once.</summary>
    public IReadOnlyList<string> OptedOut { get; init; } = [];

    public IReadOnlyList<MessageHeader> Headers { get; init; } = [];

    /// <summary>What {{amazonSESUnsubscribeUrl}} stands for; null leaves it as it is.</summary>
    public string? UnsubscribeUrl { get; init; }

    public ContactList? List { get; init; }

    /// <summary>Recipients who are not on the list yet.</summary>
    public IReadOnlyList<string> NewContacts { get; init; } = [];

    public IReadOnlyList<SuppressedRecipient> Suppressed =>
        [.. OptedOut.Select(r => new SuppressedRecipient(r, BounceSubType.UnsubscribedRecipient))];

    public IReadOnlyList<string> Wanting(IReadOnlyList<string> recipients) =>
        OptedOut.Count == 0 ? recipients : [.. recipients.Where(r => !OptedOut.Contains(r))];

    public MessageDraft Apply(MessageDraft draft) => draft with
    {
        Text = Replace(draft.Text), Html = Replace(draft.Html), ServiceHeaders = [.. draft.ServiceHeaders, .. Headers],
    };

    /// <summary>
    /// A message that its sender composed, with the placeholders in its body replaced, also in texts that are in base64 or
    /// quoted-printable. All other bytes stay.
    /// </summary>
    public ReadOnlyMemory<byte> WithLinks(ReadOnlyMemory<byte> message) =>
        UnsubscribeUrl is null ? message : AsWritten(MimeTracking.RewriteEncoded(message, Replace));

    private ReadOnlyMemory<byte> AsWritten(ReadOnlyMemory<byte> message)
    {
        var body = message.Span.IndexOf("\r\n\r\n"u8);
        ReadOnlySpan<byte> placeholder = Encoding.ASCII.GetBytes(PlainTemplate.UnsubscribeUrl);
        if (UnsubscribeUrl is null || body < 0 || message.Span[body..].IndexOf(placeholder) < 0) return message;
        ReadOnlySpan<byte> url = Encoding.ASCII.GetBytes(UnsubscribeUrl);
        using var result = new MemoryStream(message.Length + MostReplaced * UnsubscribeUrl.Length);
        result.Write(message.Span[..body]);
        var rest = message.Span[body..];
        var (column, position) = (0, body);
        var asTheyAre = MimeTracking.NotAsWritten(message);
        // A message has a part in text and one in HTML, each with its two.
        for (var replaced = 0; replaced < 2 * MostReplaced && rest.IndexOf(placeholder) is >= 0 and var at; replaced++)
        {
            result.Write(rest[..at]);
            var lineBreak = rest[..at].LastIndexOf((byte)'\n');
            column = lineBreak < 0 ? column + at : at - lineBreak - 1;
            position += at;
            rest = rest[(at + placeholder.Length)..];
            // A line must not become too long for SMTP (RFC 5321 4.5.3.1.6): one that would is left as it is, and so is what is signed.
            var stays = column + UnsubscribeUrl.Length + ToLineEnd(rest) > MessageLimits.MaxLineBytes
                || asTheyAre.Any(s => position >= s.Start && position < s.End);
            var written = stays ? placeholder : url;
            result.Write(written);
            column += written.Length;
            position += placeholder.Length;
        }

        result.Write(rest);
        return result.ToArray();
    }

    private static int ToLineEnd(ReadOnlySpan<byte> bytes) => bytes.IndexOf((byte)'\r') is >= 0 and var end ? end : bytes.Length;

    private TextContent? Replace(TextContent? content) =>
        UnsubscribeUrl is null || content is null ? content : content with { Data = Replace(content.Data) };

    private string Replace(string data)
    {
        for (var replaced = 0; replaced < MostReplaced; replaced++)
        {
            var at = data.IndexOf(PlainTemplate.UnsubscribeUrl, StringComparison.Ordinal);
            if (at < 0) break;
            data = string.Concat(data.AsSpan(0, at), UnsubscribeUrl, data.AsSpan(at + PlainTemplate.UnsubscribeUrl.Length));
        }

        return data;
    }
}
