using System.Text;

namespace Silo.Core.Messages;

/// <summary>The character sets of a message's three texts.</summary>
internal readonly record struct PartEncodings(Encoding Subject, Encoding? Text, Encoding? Html);

/// <summary>
/// Writes the parts: mixed( alternative( text, related( html, inline… ) ), attachments… ), each multipart only where it holds
/// more than one part (RFC 2046 5.1, RFC 2387). An inline file without a content id, or without HTML, stands beside the body.
/// </summary>
internal sealed class MimeStructure(MimeWriter writer, MessageDraft draft, PartEncodings encodings, UInt128 boundarySeed)
{
    private int _multiparts;

    /// <summary>Writes everything behind the message's own headers. Answers the text that its charset cannot hold, or null.</summary>
    public string? Write()
    {
        var related = draft.Html is null ? [] : draft.Attachments.Where(IsRelated).ToArray();
        var fault = related.Length == draft.Attachments.Count ? WriteBody(related) : WriteMixed(related);
        if (fault is null) EndWithLine();
        return fault;
    }

    private string? WriteMixed(MessageAttachment[] related)
    {
        var boundary = BeginMultipart("mixed", null);
        BeginPart(boundary);
        if (WriteBody(related) is { } fault) return fault;
        foreach (var attachment in draft.Attachments)
        {
            if (draft.Html is not null && IsRelated(attachment)) continue;
            BeginPart(boundary);
            WriteAttachment(attachment);
        }

        EndMultipart(boundary);
        return null;
    }

    private string? WriteBody(MessageAttachment[] related)
    {
        if (draft.Text is null || draft.Html is null) return draft.Text is null ? WriteHtml(related) : WriteText();
        var boundary = BeginMultipart("alternative", null);
        BeginPart(boundary);
        if (WriteText() is { } fault) return fault;
        BeginPart(boundary);
        if (WriteHtml(related) is { } htmlFault) return htmlFault;
        EndMultipart(boundary);
        return null;
    }

    private string? WriteHtml(MessageAttachment[] related)
    {
        if (related.Length == 0) return WriteTextPart("html", draft.Html!.Data, encodings.Html!) ? null : "Body.Html";
        var boundary = BeginMultipart("related", "text/html");
        BeginPart(boundary);
        if (!WriteTextPart("html", draft.Html!.Data, encodings.Html!)) return "Body.Html";
        foreach (var attachment in related)
        {
            BeginPart(boundary);
            WriteAttachment(attachment);
        }

        EndMultipart(boundary);
        return null;
    }

    private string? WriteText() => WriteTextPart("plain", draft.Text!.Data, encodings.Text!) ? null : "Body.Text";

    private bool WriteTextPart(string subtype, string text, Encoding encoding)
    {
        writer.Write("Content-Type: text/"u8);
        writer.Write(subtype);
        writer.Write("; charset="u8);
        writer.Write(encoding.CodePage == Encoding.UTF8.CodePage ? "UTF-8" : encoding.WebName);
        writer.WriteLine();
        try
        {
            BodyEncoder.WriteText(writer, text, encoding);
            return true;
        }
        catch (EncoderFallbackException)
        {
            return false;
        }
    }

    private void WriteAttachment(MessageAttachment attachment)
    {
        var type = attachment.ContentType ?? MediaType.OfFileName(attachment.FileName);
        var encoding = attachment.ContentTransferEncoding;
        // A message inside a message must not be encoded (RFC 2046 5.2.1); one that needs it travels as a plain file.
        if (type.StartsWith("message/", StringComparison.OrdinalIgnoreCase))
        {
            if (BodyEncoder.IsSevenBit(attachment.Content.Span)) encoding = AttachmentTransferEncoding.SevenBit;
            else type = MediaType.Unknown;
        }

        writer.WriteHeader("Content-Type", type);
        writer.Write("Content-Disposition: "u8);
        writer.Write(attachment.ContentDisposition == AttachmentDisposition.Inline ? "inline" : "attachment");
        HeaderText.WriteParameter(writer, "filename", attachment.FileName);
        writer.WriteLine();
        if (attachment.ContentId is { } id)
        {
            writer.Write("Content-ID: <"u8);
            writer.Write(AttachmentRules.Bare(id));
            writer.Write((byte)'>');
            writer.WriteLine();
        }

        if (!string.IsNullOrEmpty(attachment.ContentDescription))
        {
            HeaderText.WriteUnstructured(writer, "Content-Description", attachment.ContentDescription, Charset.ForWriting(null)!);
        }

        BodyEncoder.WriteAttachment(writer, attachment.Content.Span, encoding);
    }

    private string BeginMultipart(string subtype, string? rootType)
    {
        // "=_" cannot occur in quoted-printable or base64 (RFC 2045 6.7), the random bits keep it out of 7-bit text.
        var boundary = $"=_silo_{_multiparts++}_{boundarySeed:x32}";
        writer.Write("Content-Type: multipart/"u8);
        writer.Write(subtype);
        writer.Write((byte)';');
        if (rootType is not null)
        {
            writer.Write(" type=\""u8);
            writer.Write(rootType);
            writer.Write("\";"u8);
        }

        writer.Fold();
        writer.Write("boundary=\""u8);
        writer.Write(boundary);
        writer.Write((byte)'"');
        writer.WriteLine();
        return boundary;
    }

    // The line break before a delimiter belongs to it, so a part's content keeps its own last line end, or lack of one.
    private void BeginPart(string boundary)
    {
        writer.WriteLine();
        writer.Write("--"u8);
        writer.Write(boundary);
        writer.WriteLine();
    }

    private void EndMultipart(string boundary)
    {
        writer.WriteLine();
        writer.Write("--"u8);
        writer.Write(boundary);
        writer.Write("--"u8);
    }

    private void EndWithLine()
    {
        if (!writer.Written.Span.EndsWith("\r\n"u8)) writer.WriteLine();
    }

    private static bool IsRelated(MessageAttachment attachment) =>
        attachment is { ContentDisposition: AttachmentDisposition.Inline, ContentId: not null };
}
