using Silo.Core.Feedback;
using Silo.Server.Delivery;

namespace Silo.Server.Feedback;

/// <summary>Makes feedback of records of SES, which carry the reference back that the message left with.</summary>
internal sealed class SesFeedback(
    ReferenceCodec codec, FeedbackTies ties, FeedbackVerdicts verdicts, FeedbackIntake intake, TimeProvider time)
{
    /// <summary>The message tag with the reference.</summary>
    public const string Tag = "silo-ref";

    /// <summary>True when it is stored or was found to be none; false when it is to be told again.</summary>
    public async ValueTask<bool> Take(FeedbackSource source, SesRecordReading reading, CancellationToken cancellationToken)
    {
        var (feedback, result) = await Read(reading, cancellationToken);
        if (feedback is not null) return await intake.Store(source, [feedback], cancellationToken);
        intake.Count(source, result);
        return !FeedbackTies.IsToBeToldAgain(result);
    }

    private async ValueTask<(DeliveryFeedback? Feedback, string Result)> Read(SesRecordReading reading, CancellationToken cancellationToken)
    {
        if (reading is not SesRecordReading.Read { Record: var record })
            return (null, ((SesRecordReading.Refused)reading).Fault.ToString());
        // Each call to SES has one recipient, so whoever the record names, it is about that one.
        var recipient = record.Recipients.Count > 0 ? record.Recipients[0] : null;
        if (verdicts.Of(record, recipient) is not { } verdict) return (null, record.Kind.ToString());
        if (!record.Tags.TryGetValue(Tag, out var text)) return (null, "Unsigned");
        var readAs = codec.ReadTag(text, time.GetUtcNow(), out var reference);
        if (readAs != ReferenceReading.Valid) return (null, readAs.ToString());
        var (feedback, word) = await ties.Tie(reference!, [.. record.Recipients.Select(r => r.Address)], verdict, cancellationToken);
        if (feedback is null) return (null, word);
        return (verdict.Kind == FeedbackKind.Complaint ? feedback with { ComplaintType = record.ComplaintType ?? "abuse" } : feedback, "");
    }
}
