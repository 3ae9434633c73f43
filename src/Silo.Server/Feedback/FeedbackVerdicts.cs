using System.Globalization;
using Silo.Core.Delivery;
using Silo.Core.Feedback;
using Silo.Server.Delivery;

namespace Silo.Server.Feedback;

/// <summary>What a report says of a unit, in our terms.</summary>
internal readonly record struct FeedbackVerdict(
    FeedbackKind Kind, BounceSubType BounceSubType = BounceSubType.None, string? Diagnostic = null);

/// <summary>
/// What reports mean (sending rules 2 and 9): the same rules judge the words of a server, whether it said them to us or to another.
/// </summary>
internal sealed class FeedbackVerdicts(ReplyRuleBook rules)
{
    private static readonly FeedbackVerdict SoftGeneral = new(FeedbackKind.SoftBounce, BounceSubType.General);

    /// <summary>Null when it is neither an end nor an arrival: delayed, relayed on, expanded by a list.</summary>
    public FeedbackVerdict? Of(RecipientStatus status) => status.Action switch
    {
        DeliveryStatusAction.Delivered => new FeedbackVerdict(FeedbackKind.Delivered, Diagnostic: status.Diagnostic),
        DeliveryStatusAction.Failed => Failed(status.Status, status.DiagnosticType is null or "smtp" ? status.Diagnostic : null) with
        {
            Diagnostic = status.Diagnostic ?? status.Status,
        },
        _ => null,
    };

    /// <summary>Null for records that say neither: sent, delayed, opened, clicked, a subscription, a template that failed.</summary>
    public FeedbackVerdict? Of(SesRecord record, SesRecipient? recipient) => record.Kind switch
    {
        SesRecordKind.Delivery => new FeedbackVerdict(FeedbackKind.Delivered, Diagnostic: record.Diagnostic),
        SesRecordKind.Bounce => Bounced(record, recipient) with { Diagnostic = recipient?.Diagnostic ?? recipient?.Status },
        // It is on a list there, and was not sent at all; nobody complained now.
        SesRecordKind.Complaint when record.ComplaintSubType is not null => SoftGeneral with { Diagnostic = record.ComplaintSubType },
        SesRecordKind.Complaint => OfComplaint(record.ComplaintType),
        SesRecordKind.Reject => new FeedbackVerdict(FeedbackKind.SoftBounce, BounceSubType.ContentRejected, record.Diagnostic),
        _ => null,
    };

    /// <summary>
    /// Null for what is nobody's displeasure: not spam after all, a report about signatures. A wish to be off a list is none
    /// either, but is told.
    /// </summary>
    public static FeedbackVerdict? OfComplaint(ComplaintKind kind) => kind switch
    {
        ComplaintKind.NotSpam or ComplaintKind.AuthFailure => null,
        ComplaintKind.OptOut => new FeedbackVerdict(FeedbackKind.Unsubscribed),
        _ => new FeedbackVerdict(FeedbackKind.Complaint),
    };

    /// <param name="type">Lower case; null when the provider did not say, which is abuse.</param>
    public static FeedbackVerdict? OfComplaint(string? type) =>
        OfComplaint(type is null ? ComplaintKind.Abuse : ComplaintReader.KindOf(type));

    private FeedbackVerdict Bounced(SesRecord record, SesRecipient? recipient)
    {
        var isKnown = Enum.TryParse<BounceSubType>(record.BounceSubType, out var known) && Enum.IsDefined(known);
        var subType = isKnown && known != BounceSubType.None
            ? known
            : BounceSubType.General;
        if (record.BounceType != "Permanent") return new FeedbackVerdict(FeedbackKind.SoftBounce, subType);
        return subType switch
        {
            // Lists there are no servers that said no: permanent as SES tells it, but in no rate (SES, contents of a bounce).
            BounceSubType.OnAccountSuppressionList or BounceSubType.OnTenantSuppressionList or BounceSubType.Suppressed =>
                new FeedbackVerdict(FeedbackKind.HardBounce, subType),
            _ when record.BounceSubType == "EmailValidationSuppressed" => SoftGeneral,
            // What a server refused for policy is no bad address, whatever it is called there.
            _ when recipient?.Diagnostic is { } words && Failed(recipient.Status, TypedWords(words)).Kind == FeedbackKind.Blocked =>
                new FeedbackVerdict(FeedbackKind.Blocked),
            _ => new FeedbackVerdict(FeedbackKind.HardBounce, subType),
        };
    }

    private static string TypedWords(string diagnostic) =>
        diagnostic.StartsWith("smtp;", StringComparison.OrdinalIgnoreCase) ? diagnostic[5..].TrimStart() : diagnostic;

    private FeedbackVerdict Failed(string? status, string? words)
    {
        var (code, enhanced, text) = ReplyOf(words ?? "");
        // "5.0.0" says nothing; the server's own code often does.
        if (status is null || status.EndsWith(".0.0", StringComparison.Ordinal)) status = enhanced ?? status;
        if (code is < 500 or > 599)
        {
            // It was given up after tries that were put off: that says nothing for good about the address.
            if (status is null || status[0] == '4' || code is >= 400 and < 500)
                return new FeedbackVerdict(FeedbackKind.SoftBounce, status == "4.2.2" ? BounceSubType.MailboxFull : BounceSubType.General);
            code = 550;
        }

        if (status?[0] == '4') return SoftGeneral;
        // A report does not say at which command it was refused; what is said of content was said of content.
        var isOfContent = status is not null && (status.StartsWith("5.6.", StringComparison.Ordinal) || status == "5.3.4");
        var stage = isOfContent ? DeliveryStage.FinalDot : DeliveryStage.Recipient;
        var result = rules.Present.Judge(stage, new SmtpReply(code, status, text));
        return result.Kind switch
        {
            DeliveryResultKind.HardBounce => new FeedbackVerdict(FeedbackKind.HardBounce, result.BounceSubType),
            DeliveryResultKind.Blocked => new FeedbackVerdict(FeedbackKind.Blocked),
            DeliveryResultKind.SoftBounce => new FeedbackVerdict(FeedbackKind.SoftBounce, result.BounceSubType),
            // The rules know no refusal in it: it came back all the same.
            _ => SoftGeneral,
        };
    }

    /// <summary>
    /// "550 5.1.1 no such user", "550-5.1.1 …": the code, the enhanced code and the words; 0 and null for those that are missing.
    /// </summary>
    private static (int Code, string? Enhanced, string Text) ReplyOf(string words)
    {
        var text = words.TrimStart();
        var code = 0;
        if (text.Length >= 3 && text[..3].All(char.IsAsciiDigit) && (text.Length == 3 || text[3] is ' ' or '-'))
        {
            code = int.Parse(text.AsSpan(0, 3), CultureInfo.InvariantCulture);
            text = text.Length == 3 ? "" : text[4..].TrimStart();
        }

        var blank = text.IndexOf(' ');
        var first = blank < 0 ? text : text[..blank];
        return first.Length is >= 5 and <= 9 && first[0] is '4' or '5'
            && first.Split('.') is [{ Length: 1 }, { Length: > 0 and <= 3 }, { Length: > 0 and <= 3 }] parts
            && parts.All(p => p.All(char.IsAsciiDigit))
            ? (code, first, blank < 0 ? "" : text[(blank + 1)..].TrimStart())
            : (code, null, text);
    }
}
