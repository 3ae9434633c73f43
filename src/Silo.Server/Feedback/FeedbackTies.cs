using Silo.Server.Delivery;
using Silo.Storage;

namespace Silo.Server.Feedback;

/// <summary>Ties a reference whose signature holds to the tenant and the unit that it names.</summary>
internal sealed class FeedbackTies(UnitFinder finder, ITenantStore tenants, TimeProvider time)
{
    /// <summary>The word for a unit that nobody knows.</summary>
    public const string Unknown = "UnknownUnit";

    /// <summary>The word for a unit that nobody knows so far: a report may be faster than the log. It is to be told again.</summary>
    public const string UnknownSoFar = "UnknownSoFar";

    /// <summary>The word for a report that would have to be looked for while others are. It is to be told again.</summary>
    public const string Busy = "Busy";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(15);

    /// <summary>Whether whoever told a report is to tell it again: it may be found then.</summary>
    public static bool IsToBeToldAgain(string word) => word is UnknownSoFar or Busy;

    /// <summary>Null and a word when there is no such tenant any more, or the log does not say of whom and when.</summary>
    /// <param name="told">
    /// Addresses that the report gives, if the reference has none: one is believed when its digest is the reference's.
    /// </param>
    public async ValueTask<(DeliveryFeedback? Feedback, string Word)> Tie(
        MailReference reference, IReadOnlyList<string?> told, FeedbackVerdict verdict, CancellationToken cancellationToken)
    {
        if (await tenants.FindName(reference.TenantKey, cancellationToken) is not { } tenantName) return (null, WordFor(reference));
        var (recipient, sentAt, left) = (reference.Recipient, reference.SentAt, reference.Left);
        recipient ??= told.FirstOrDefault(t => t is not null && MailReference.DigestOf(t) == reference.RecipientDigest);
        if (recipient is null || sentAt is null)
        {
            // The log is looked through for what is still missing: the short form does not know the time, and reports may name nobody.
            var (found, wasBusy) = await finder.FindUnlessBusy(
                reference.MessageId, r => MailReference.DigestOf(r) == reference.RecipientDigest, cancellationToken);
            if (wasBusy) return (null, Busy);
            if (found is not null) (recipient, sentAt, left) = (found.Recipient, found.SentAt, found.Left);
        }

        if (recipient is null) return (null, WordFor(reference));
        // Without any trace of the hand-over: most mail leaves when it is accepted.
        if (sentAt is null && Core.Messages.MessageIdFormat.TryGetAcceptedAt(reference.MessageId, out var acceptedAt)) sentAt = acceptedAt;
        var feedback = new DeliveryFeedback(tenantName, reference.MessageId, recipient, sentAt!.Value, verdict.Kind)
        {
            TenantKey = reference.TenantKey, Previous = left, BounceSubType = verdict.BounceSubType, Diagnostic = verdict.Diagnostic,
        };
        return (feedback, "");
    }

    private string WordFor(MailReference reference) =>
        Core.Messages.MessageIdFormat.TryGetAcceptedAt(reference.MessageId, out var at) && time.GetUtcNow() - at < Patience
            ? UnknownSoFar
            : Unknown;
}
