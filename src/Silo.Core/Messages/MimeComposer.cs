using System.Globalization;
using System.Text;
using Silo.Core.Addresses;

namespace Silo.Core.Messages;

/// <summary>
/// Makes a complete message (RFC 5322, RFC 2045 to 2047, RFC 2231) from a draft. Every line ends in CRLF and holds at most 998 bytes,
/// headers are folded at 78. Bcc is never written. Nothing a draft holds can begin a header or a part of its own.
/// </summary>
public static class MimeComposer
{
    private const int HeaderAllowanceBytes = 1_024;

    /// <summary>Checks the draft and writes the message; a fault is an answer that names the member.</summary>
    public static ComposeResult Compose(MessageDraft draft, MessageStamp stamp)
    {
        var checker = new DraftChecker(draft);
        if (checker.Check() is { } refused) return refused;
        var encodings = new PartEncodings(checker.SubjectEncoding!, checker.TextEncoding, checker.HtmlEncoding);
        var writer = new MimeWriter(EstimateBytes(draft));
        WriteHeaders(writer, draft, stamp, checker);
        try
        {
            HeaderText.WriteUnstructured(writer, "Subject", draft.Subject.Data, encodings.Subject);
        }
        catch (EncoderFallbackException)
        {
            return Unencodable("Subject", draft.Subject);
        }

        WriteStampAndCustomHeaders(writer, draft, stamp);
        var structure = new MimeStructure(writer, draft, encodings, stamp.BoundarySeed);
        if (structure.Write() is { } member) return Unencodable(member, member == "Body.Text" ? draft.Text! : draft.Html!);
        return writer.Length > MessageLimits.MaxMessageBytes
            ? DraftChecker.TooLarge
            : new ComposeResult.Composed(writer.Written, checker.From!, checker.Recipients, checker.HasUtf8Address);
    }

    private static void WriteHeaders(MimeWriter writer, MessageDraft draft, MessageStamp stamp, DraftChecker checker)
    {
        HeaderText.WriteMailboxes(writer, "From", [checker.From!]);
        if (checker.ReplyTo.Length > 0) HeaderText.WriteMailboxes(writer, "Reply-To", checker.ReplyTo);
        if (checker.To.Length > 0) HeaderText.WriteMailboxes(writer, "To", checker.To);
        else if (checker.Cc.Length == 0) writer.WriteHeader("To", "undisclosed-recipients:;");
        if (checker.Cc.Length > 0) HeaderText.WriteMailboxes(writer, "Cc", checker.Cc);
    }

    private static void WriteStampAndCustomHeaders(MimeWriter writer, MessageDraft draft, MessageStamp stamp)
    {
        StampHeaders.Write(writer, stamp);
        writer.WriteHeader("MIME-Version", "1.0");
        foreach (var (name, value) in draft.Headers)
        {
            if (!draft.ServiceHeaders.Any(h => h.Name.Equals(name, StringComparison.OrdinalIgnoreCase))) writer.WriteHeader(name, value);
        }

        foreach (var (name, value) in draft.ServiceHeaders) writer.WriteHeader(name, value);
    }

    private static ComposeResult.Refused Unencodable(string member, TextContent content) =>
        new($"{member}.Charset", string.Create(CultureInfo.InvariantCulture,
            $"{member}.Charset {content.Charset ?? "UTF-8"} lacks characters that {member}.Data holds."));

    // Right for ASCII with small attachments; anything else grows the buffer once or twice.
    private static int EstimateBytes(MessageDraft draft)
    {
        var body = (long)(draft.Text?.Data.Length ?? 0) + (draft.Html?.Data.Length ?? 0);
        var bytes = HeaderAllowanceBytes + (body * 9 / 8) + (64L * draft.To.Count);
        foreach (var attachment in draft.Attachments) bytes += (attachment.Content.Length * 4L / 3 * 79 / 76) + HeaderAllowanceBytes;
        return (int)Math.Min(bytes, MessageLimits.MaxMessageBytes + (1 << 20));
    }
}
