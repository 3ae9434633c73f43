using Silo.Core.Messages;
using Silo.Core.Tracking;
using Silo.Server.Intake;

namespace Silo.Server.Tracking;

/// <summary>What is put into one mail for its opens and clicks to be noticed.</summary>
/// <param name="Link">What stands in the place of a link; null when clicks are not noticed.</param>
/// <param name="Image">Where the image is that an open fetches; null when opens are not noticed.</param>
internal sealed record MailTracking(Func<TrackedLink, string?>? Link, string? Image)
{
    /// <summary>Nothing is noticed; marks for SES are taken out all the same.</summary>
    public static MailTracking None { get; } = new(null, null);

    /// <summary>What the mail that this was applied to holds of it.</summary>
    public MailTraits Placed { get; private set; }

    private bool IsOn => Link is not null || Image is not null;

    /// <summary>The draft with its HTML rewritten, or why it is refused.</summary>
    public static (MessageDraft Draft, SendReply? Refusal) Apply(MailTracking? tracking, MessageDraft draft)
    {
        if (tracking is null || draft.Html is not { } html || !(tracking.IsOn || HtmlTracking.HasMarks(html.Data))) return (draft, null);
        var (text, fault) = tracking.Rewrite(html.Data);
        return fault is null ? (draft with { Html = html with { Data = text! } }, null) : (draft, Refuse(fault));
    }

    /// <summary>The message with its HTML parts rewritten, or why it is refused.</summary>
    public static (ReadOnlyMemory<byte> Message, SendReply? Refusal) Apply(MailTracking? tracking, ReadOnlyMemory<byte> message)
    {
        if (tracking is null) return (message, null);
        string? fault = null;
        var rewritten = MimeTracking.Rewrite(message, html =>
        {
            if (!tracking.IsOn && !HtmlTracking.HasMarks(html)) return null;
            var (text, ofPart) = tracking.Rewrite(html);
            fault ??= ofPart;
            return text;
        });
        // Tokens are longer than the links that they stand for.
        if (rewritten.Length > Math.Max(message.Length, MessageLimits.MaxMessageBytes))
            fault ??= $"Content.Raw.Data makes a message of more than {MessageLimits.MaxMessageBytes} bytes with its links tracked.";
        return fault is null ? (rewritten, null) : (message, Refuse(fault));
    }

    private (string? Html, string? Fault) Rewrite(string html)
    {
        var rewritten = HtmlTracking.Rewrite(html, Link is null ? null : Counted, Image);
        if (rewritten.Fault is null && Image is not null) Placed |= MailTraits.OpensTracked;
        return rewritten;
    }

    private string? Counted(TrackedLink link)
    {
        var replacement = Link!(link);
        if (replacement is not null) Placed |= MailTraits.ClicksTracked;
        return replacement;
    }

    private static SendReply Refuse(string fault) => SendReply.Refused(SendRefusal.BadRequest, fault);
}
