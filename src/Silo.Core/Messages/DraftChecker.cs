using System.Text;
using Silo.Core.Addresses;

namespace Silo.Core.Messages;

/// <summary>Checks a draft and keeps what it parsed on the way. The first fault is the answer.</summary>
internal sealed class DraftChecker(MessageDraft draft)
{
    public static ComposeResult.Refused TooLarge { get; } =
        new("Content", $"Content makes a message of more than {MessageLimits.MaxMessageBytes} bytes.");

    public Mailbox? From { get; private set; }

    public Mailbox[] ReplyTo { get; private set; } = [];

    public Mailbox[] To { get; private set; } = [];

    public Mailbox[] Cc { get; private set; } = [];

    /// <summary>To, Cc, Bcc.</summary>
    public IReadOnlyList<EmailAddress> Recipients { get; private set; } = [];

    /// <summary>Of the addresses that stand in headers.</summary>
    public bool HasUtf8Address { get; private set; }

    public Encoding? SubjectEncoding { get; private set; }

    public Encoding? TextEncoding { get; private set; }

    public Encoding? HtmlEncoding { get; private set; }

    public ComposeResult.Refused? Check() =>
        CheckAddresses() ?? CheckTexts() ?? CustomHeaders.Check(draft.Headers) ?? CustomHeaders.CheckService(draft.ServiceHeaders)
        ?? CheckCountAndSize() ?? AttachmentRules.Check(draft.Attachments);

    private ComposeResult.Refused? CheckAddresses()
    {
        if (!Mailbox.TryParse(draft.From, draft.AllowUtf8Addresses, out var from)) return BadAddress("FromEmailAddress");
        From = from;
        var count = draft.To.Count + draft.Cc.Count + draft.Bcc.Count;
        if (count > MessageLimits.MaxRecipients)
        {
            return Refuse("Destination", $"holds {count} recipients; {MessageLimits.MaxRecipients} are allowed");
        }

        if (draft.ReplyTo.Count > MessageLimits.MaxReplyToAddresses)
        {
            return Refuse("ReplyToAddresses", $"holds {draft.ReplyTo.Count} addresses; {MessageLimits.MaxReplyToAddresses} are allowed");
        }

        ReplyTo = new Mailbox[draft.ReplyTo.Count];
        To = new Mailbox[draft.To.Count];
        Cc = new Mailbox[draft.Cc.Count];
        var bcc = new Mailbox[draft.Bcc.Count];
        var fault = Parse("ReplyToAddresses", draft.ReplyTo, ReplyTo) ?? Parse("Destination.ToAddresses", draft.To, To)
            ?? Parse("Destination.CcAddresses", draft.Cc, Cc) ?? Parse("Destination.BccAddresses", draft.Bcc, bcc);
        if (fault is not null) return fault;
        var recipients = new EmailAddress[count];
        for (var i = 0; i < count; i++)
        {
            var mailbox = i < To.Length ? To[i] : i < To.Length + Cc.Length ? Cc[i - To.Length] : bcc[i - To.Length - Cc.Length];
            recipients[i] = mailbox.Address;
        }

        Recipients = recipients;
        HasUtf8Address = draft.AllowUtf8Addresses && (!from.Address.IsAscii || Array.Exists(ReplyTo, IsUtf8)
            || Array.Exists(To, IsUtf8) || Array.Exists(Cc, IsUtf8));
        return null;
    }

    private ComposeResult.Refused? CheckTexts()
    {
        if (draft.Subject.Data is null) return Refuse("Subject.Data", "is missing");
        if (draft.Subject.Data.Length > MessageLimits.MaxSubjectCharacters || AttachmentRules.HasControl(draft.Subject.Data))
        {
            return Refuse("Subject.Data", $"must be at most {MessageLimits.MaxSubjectCharacters} characters without control characters");
        }

        if (draft.Text is null && draft.Html is null) return Refuse("Body", "needs a Text or an Html");
        if (Resolve(draft.Subject, out var subject)) SubjectEncoding = subject;
        else return BadCharset("Subject");
        if (draft.Text is { Data: null }) return Refuse("Body.Text.Data", "is missing");
        if (draft.Html is { Data: null }) return Refuse("Body.Html.Data", "is missing");
        if (!Resolve(draft.Text, out var text)) return BadCharset("Body.Text");
        if (!Resolve(draft.Html, out var html)) return BadCharset("Body.Html");
        (TextEncoding, HtmlEncoding) = (text, html);
        return null;
    }

    /// <summary>Before anything is encoded: a refused giant costs nothing.</summary>
    private ComposeResult.Refused? CheckCountAndSize()
    {
        // Two bodies and three multiparts at most.
        if (draft.Attachments.Count > MessageLimits.MaxMimeParts - 5)
        {
            return Refuse("Attachments", $"holds {draft.Attachments.Count} files; a message has at most {MessageLimits.MaxMimeParts} parts");
        }

        var bytes = (long)(draft.Text?.Data.Length ?? 0) + (draft.Html?.Data.Length ?? 0);
        foreach (var attachment in draft.Attachments)
        {
            bytes += attachment.ContentTransferEncoding == AttachmentTransferEncoding.Base64
                ? (attachment.Content.Length + 2L) / 3 * 4
                : attachment.Content.Length;
        }

        return bytes > MessageLimits.MaxMessageBytes ? TooLarge : null;
    }

    private ComposeResult.Refused? Parse(string member, IReadOnlyList<string> texts, Mailbox[] mailboxes)
    {
        for (var i = 0; i < texts.Count; i++)
        {
            if (!Mailbox.TryParse(texts[i], draft.AllowUtf8Addresses, out var mailbox)) return BadAddress($"{member}[{i}]");
            mailboxes[i] = mailbox;
        }

        return null;
    }

    private static bool Resolve(TextContent? content, out Encoding? encoding)
    {
        encoding = content is null ? null : Charset.ForWriting(content.Charset);
        return content is null || encoding is not null;
    }

    private static bool IsUtf8(Mailbox mailbox) => !mailbox.Address.IsAscii;

    private ComposeResult.Refused BadAddress(string member) => Refuse(member, draft.AllowUtf8Addresses
        ? "is not an e-mail address: it needs the form local-part@domain or Name <local-part@domain>"
        : "is not an e-mail address: it needs the form local-part@domain or Name <local-part@domain>, "
            + "the local part in ASCII, the domain in Punycode");

    private static ComposeResult.Refused BadCharset(string member) => Refuse($"{member}.Charset", "names no character set for mail text");

    private static ComposeResult.Refused Refuse(string member, string reason) => new(member, $"{member} {reason}.");
}
