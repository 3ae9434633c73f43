using Silo.Server.Intake;

namespace Silo.Server.SesApi.Operations.Sending;

/// <summary>Attachments of simple and template content (SES structure Attachment).</summary>
internal static class MessageAttachments
{
    /// <summary>A message has at most 500 MIME parts (SES quotas); three are for text, HTML and their wrapping.</summary>
    public const int MaxAttachments = 497;
    private const int MaxFileNameLength = 255;
    private const int MaxDescriptionLength = 1_000;
    private const int MaxShortLength = 78;

    public static IReadOnlyList<SendAttachment> Check(IReadOnlyList<Attachment?>? attachments, string path, MemberChecks checks)
    {
        if (attachments is null || attachments.Count == 0 || !checks.Items(attachments, path, MaxAttachments)) return [];
        var result = new SendAttachment[attachments.Count];
        for (var i = 0; i < result.Length; i++)
        {
            var each = attachments[i]!;
            var member = $"{path}[{i}]";
            checks.Required(each.RawContent, member + ".RawContent");
            if (checks.RequiredText(each.FileName, member + ".FileName"))
                CheckLine(each.FileName, member + ".FileName", MaxFileNameLength, checks);
            CheckLine(each.ContentDescription, member + ".ContentDescription", MaxDescriptionLength, checks);
            CheckLine(each.ContentId, member + ".ContentId", MaxShortLength, checks);
            CheckLine(each.ContentType, member + ".ContentType", MaxShortLength, checks);
            checks.OneOf(each.ContentDisposition, member + ".ContentDisposition", "ATTACHMENT", "INLINE");
            checks.OneOf(each.ContentTransferEncoding, member + ".ContentTransferEncoding", "BASE64", "QUOTED_PRINTABLE", "SEVEN_BIT");
            result[i] = new SendAttachment(
                each.RawContent, each.FileName ?? "", each.ContentDisposition, each.ContentDescription, each.ContentId,
                each.ContentTransferEncoding, each.ContentType);
        }

        return result;
    }

    // These go into header lines, so a line break in one would be a header of the caller's making.
    private static void CheckLine(string? text, string member, int max, MemberChecks checks)
    {
        if (text is null) return;
        checks.Length(text, member, 1, max);
        foreach (var c in text)
        {
            if (!char.IsControl(c)) continue;
            checks.Fail($"{member} must not contain control characters");
            return;
        }
    }
}
