using Silo.Core.Feedback;
using Silo.Server.Delivery;

namespace Silo.Server.Feedback;

/// <summary>To whom a mail came that may be a report.</summary>
/// <param name="Reference">Of a return path; null for an address of a feedback loop.</param>
internal sealed record FeedbackAddress(string Address, MailReference? Reference);

/// <summary>Makes feedback of mail that came to a return path or to the address of a feedback loop.</summary>
internal sealed class MailFeedback(
    ReferenceCodec codec, FeedbackTies ties, FeedbackVerdicts verdicts, FeedbackOptions options, TimeProvider time)
{
    /// <summary>The reference of an address at the return paths' domain.</summary>
    public ReferenceReading ReadAddress(string address, out MailReference? reference)
    {
        reference = null;
        var at = address.LastIndexOf('@');
        if (at < 0) return ReferenceReading.NoReference;
        var reading = codec.ReadShort(address.AsSpan(0, at), time.GetUtcNow(), out reference);
        // MAIL FROM domains of identities lead here too; at those, what was not given out is no address at all.
        return reading == ReferenceReading.Forged && !address.AsSpan(at + 1).Equals(options.ReturnPathDomain, StringComparison.OrdinalIgnoreCase)
            ? ReferenceReading.NoReference : reading;
    }

    /// <summary>What it says, or null and the word to count it under.</summary>
    public async ValueTask<(DeliveryFeedback? Feedback, string Result)> Read(
        FeedbackAddress to, FeedbackMail mail, CancellationToken cancellationToken)
    {
        switch (mail)
        {
            case FeedbackMail.None none:
                return (null, none.Reason.ToString());
            case FeedbackMail.DeliveryStatus { Report: var report }:
                // The addresses of feedback loops are known to all; only who got the mail knows its return path.
                return to.Reference is { } reference ? await Status(reference, report, cancellationToken) : (null, "WrongAddress");
            case FeedbackMail.Complaint { Report: var report }:
                return await Complaint(to.Reference, report, cancellationToken);
            default:
                throw new ArgumentOutOfRangeException(nameof(mail));
        }
    }

    private async ValueTask<(DeliveryFeedback?, string)> Status(
        MailReference reference, DeliveryStatusReport report, CancellationToken cancellationToken)
    {
        // The long form says more; it must be of the same unit, or it came from elsewhere.
        if (Long(report.Original) is { } full && full.MessageId == reference.MessageId && full.RecipientDigest == reference.RecipientDigest)
            reference = full;
        var (status, verdict) = Choose(reference, report.Recipients);
        if (verdict is null) return (null, status?.Action.ToString() ?? "NoRecipients");
        string?[] told = [status!.OriginalRecipient, status.FinalRecipient];
        return await ties.Tie(reference, told, verdict.Value, cancellationToken);
    }

    /// <summary>
    /// A unit has one recipient, so of several that a report names one counts: the unit's own, else (it was forwarded) one that failed.
    /// </summary>
    private (RecipientStatus? Status, FeedbackVerdict? Verdict) Choose(MailReference reference, IReadOnlyList<RecipientStatus> recipients)
    {
        var chosen = recipients.FirstOrDefault(r => IsOf(r.OriginalRecipient) || IsOf(r.FinalRecipient))
            ?? recipients.FirstOrDefault(r => r.Action == DeliveryStatusAction.Failed) ?? recipients[0];
        return (chosen, verdicts.Of(chosen));

        bool IsOf(string? address) => address is not null && MailReference.DigestOf(address) == reference.RecipientDigest;
    }

    private async ValueTask<(DeliveryFeedback?, string)> Complaint(
        MailReference? to, ComplaintReport report, CancellationToken cancellationToken)
    {
        if (FeedbackVerdicts.OfComplaint(report.Kind) is not { } verdict) return (null, report.Kind.ToString());
        var reference = Long(report.Original) ?? Short(report.Original.ReturnPath) ?? Short(report.OriginalMailFrom) ?? to;
        if (reference is null) return (null, "Unsigned");
        var (feedback, word) = await ties.Tie(reference, report.Recipients, verdict, cancellationToken);
        return feedback is null ? (null, word) : (Typed(feedback, report.FeedbackType), "");
    }

    private static DeliveryFeedback Typed(DeliveryFeedback feedback, string type) =>
        feedback.Kind == FeedbackKind.Complaint ? feedback with { ComplaintType = type } : feedback;

    private MailReference? Long(ReturnedMessage original)
    {
        foreach (var text in original.References)
            if (codec.ReadLong(text, time.GetUtcNow(), out var reference) == ReferenceReading.Valid) return reference;
        return null;
    }

    private MailReference? Short(string? address) =>
        address is not null && ReadAddress(address, out var reference) == ReferenceReading.Valid ? reference : null;
}
