using Silo.Core.Delivery;
using Silo.Smtp.Client;

namespace Silo.Server.Delivery.Smtp;

/// <summary>What the outcome of a dialogue means for the delivery unit.</summary>
/// <param name="rules">Judges replies that say no.</param>
/// <param name="accepted">What a yes to the final dot is worth: delivered by the recipient's own server, handed over by a relay.</param>
/// <param name="peer">The other side, in sentences for a person: "relay", "server".</param>
internal sealed class DialogueResults(ReplyRuleBook rules, DeliveryResultKind accepted, string peer)
{
    /// <param name="outcome">How the dialogue ended.</param>
    /// <param name="host">Whom it was led with.</param>
    /// <param name="provider">Whose server that is; null when it is not the recipient's own.</param>
    public DeliveryResult Of(SmtpOutcome outcome, string host, string? provider = null)
    {
        var result = outcome.Kind switch
        {
            SmtpOutcomeKind.Accepted => new DeliveryResult
            {
                Kind = accepted,
                Stage = DeliveryStage.FinalDot,
                Reply = outcome.Reply,
                RemoteId = QueueId.Of(outcome.Reply!),
            },
            SmtpOutcomeKind.Refused => Refused(outcome.Stage, outcome.Reply!, provider),
            SmtpOutcomeKind.NotBegun => DeliveryResult.NotStarted,
            SmtpOutcomeKind.Unsendable => Unsendable(outcome),
            _ => Broken(outcome),
        };
        return outcome.Kind == SmtpOutcomeKind.NotBegun ? result : result with { RemoteHost = host };
    }

    private DeliveryResult Refused(DeliveryStage stage, SmtpReply reply, string? provider)
    {
        // 2xx or 3xx where neither belongs: the peer does not speak the protocol.
        return reply.Code < 400
            ? Result(DeliveryResultKind.RouteFailed, stage, $"The {peer} answered out of place: {reply}") with { Reply = reply }
            : rules.Present.Judge(stage, reply, provider);
    }

    private DeliveryResult Unsendable(SmtpOutcome outcome) => outcome.Fault switch
    {
        SmtpFault.BadRecipient => Bounce(DeliveryResultKind.HardBounce, BounceSubType.General,
            "The address holds characters that no mail address may hold; it was not sent."),
        SmtpFault.BadSender => Bounce(DeliveryResultKind.SoftBounce, BounceSubType.General,
            "The sender's address holds characters that no mail address may hold; nothing was sent."),
        SmtpFault.TooLarge => Bounce(DeliveryResultKind.SoftBounce, BounceSubType.MessageTooLarge,
            $"The message is larger than the {peer} accepts (SIZE)."),
        SmtpFault.EightBitMissing => Bounce(DeliveryResultKind.SoftBounce, BounceSubType.ContentRejected,
            $"The message holds 8-bit content and the {peer} does not offer 8BITMIME."),
        SmtpFault.Utf8Missing => Bounce(DeliveryResultKind.SoftBounce, BounceSubType.ContentRejected,
            $"The message has non-ASCII addresses or headers and the {peer} does not offer SMTPUTF8."),
        _ => Result(DeliveryResultKind.RouteFailed, DeliveryStage.StartTls,
            $"The message requires TLS and the connection to the {peer} has none; it was not sent in plain text."),
    };

    /// <summary>Decided by us before anything was written, so at no stage of the dialogue.</summary>
    private static DeliveryResult Bounce(DeliveryResultKind kind, BounceSubType subType, string diagnostic) =>
        Result(kind, DeliveryStage.None, diagnostic) with { BounceSubType = subType };

    private DeliveryResult Broken(SmtpOutcome outcome)
    {
        var what = Sentence(outcome);
        if (outcome.FinalDotWritten)
            return Result(DeliveryResultKind.InDoubt, DeliveryStage.FinalDot,
                what + $" The message had been written, so the {peer} may have it.");
        // Cancelled by us: no one's fault, and nothing can have left without the final dot.
        if (outcome.Fault == SmtpFault.Cancelled) return Result(DeliveryResultKind.NotStarted, outcome.Stage, what);
        return outcome.Stage <= DeliveryStage.Mail
            ? Result(DeliveryResultKind.RouteFailed, outcome.Stage, what)
            // It burns an attempt: a message on which the peer breaks must not come back for ever.
            : Result(DeliveryResultKind.Deferred, outcome.Stage, what) with { DeferralScope = DeferralScope.Recipient };
    }

    private static DeliveryResult Result(DeliveryResultKind kind, DeliveryStage stage, string diagnostic) =>
        new() { Kind = kind, Stage = stage, Diagnostic = diagnostic };

    private string Sentence(SmtpOutcome outcome)
    {
        var what = outcome.Fault switch
        {
            SmtpFault.Closed when outcome.Stage <= DeliveryStage.Connect => $"No connection to the {peer}.",
            SmtpFault.Closed => $"The {peer} closed the connection.",
            SmtpFault.TimedOut => $"The {peer} did not answer in time.",
            SmtpFault.Cancelled => "The hand-over was called off.",
            SmtpFault.ReplyTooLong => $"The {peer} sent a reply beyond all limits.",
            SmtpFault.TlsMissing => $"TLS is required and the {peer} does not offer it.",
            SmtpFault.TlsFailed => $"The TLS handshake with the {peer} failed.",
            SmtpFault.AuthenticationMissing => $"The {peer} offers no way to log in that is known.",
            SmtpFault.AuthenticationUnprotected => "The password was not sent, since the connection is not encrypted.",
            _ => $"The {peer} sent what is no reply.",
        };
        return outcome.Detail is null ? what : $"{what} ({outcome.Detail})";
    }
}
