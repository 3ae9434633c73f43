using Silo.Core.Delivery;
using Silo.Smtp.Client;

namespace Silo.Server.Delivery.Smtp;

/// <summary>What the outcome of a dialogue with a relay means for the delivery unit.</summary>
internal sealed class RelayResults(string host, ReplyRules rules)
{
    public DeliveryResult Of(SmtpOutcome outcome) => outcome.Kind switch
    {
        SmtpOutcomeKind.Accepted => new DeliveryResult
        {
            Kind = DeliveryResultKind.HandedOver,
            Stage = DeliveryStage.FinalDot,
            Reply = outcome.Reply,
            RemoteHost = host,
            RemoteId = QueueId.Of(outcome.Reply!),
        },
        SmtpOutcomeKind.Refused => Refused(outcome.Stage, outcome.Reply!),
        SmtpOutcomeKind.NotBegun => DeliveryResult.NotStarted,
        SmtpOutcomeKind.Unsendable => Unsendable(outcome),
        _ => Broken(outcome),
    };

    private DeliveryResult Refused(DeliveryStage stage, SmtpReply reply)
    {
        // 2xx or 3xx where neither belongs: the peer does not speak the protocol.
        return reply.Code < 400
            ? Result(DeliveryResultKind.RouteFailed, stage, $"The relay answered out of place: {reply}") with { Reply = reply }
            : rules.Judge(stage, reply) with { RemoteHost = host };
    }

    private DeliveryResult Unsendable(SmtpOutcome outcome) => outcome.Fault switch
    {
        SmtpFault.BadRecipient => Bounce(DeliveryResultKind.HardBounce, BounceSubType.General,
            "The address holds characters that no mail address may hold; it was not sent."),
        SmtpFault.BadSender => Bounce(DeliveryResultKind.SoftBounce, BounceSubType.General,
            "The sender's address holds characters that no mail address may hold; nothing was sent."),
        SmtpFault.TooLarge => Bounce(DeliveryResultKind.SoftBounce, BounceSubType.MessageTooLarge,
            "The message is larger than the relay accepts (SIZE)."),
        SmtpFault.EightBitMissing => Bounce(DeliveryResultKind.SoftBounce, BounceSubType.ContentRejected,
            "The message holds 8-bit content and the relay does not offer 8BITMIME."),
        SmtpFault.Utf8Missing => Bounce(DeliveryResultKind.SoftBounce, BounceSubType.ContentRejected,
            "The message has non-ASCII addresses or headers and the relay does not offer SMTPUTF8."),
        _ => Result(DeliveryResultKind.RouteFailed, DeliveryStage.StartTls,
            "The message requires TLS and the connection to the relay has none; it was not sent in plain text."),
    };

    /// <summary>Decided by us before anything was written, so at no stage of the dialogue.</summary>
    private DeliveryResult Bounce(DeliveryResultKind kind, BounceSubType subType, string diagnostic) =>
        Result(kind, DeliveryStage.None, diagnostic) with { BounceSubType = subType };

    private DeliveryResult Broken(SmtpOutcome outcome)
    {
        var what = Sentence(outcome);
        if (outcome.FinalDotWritten)
            return Result(DeliveryResultKind.InDoubt, DeliveryStage.FinalDot,
                what + " The message had been written, so the relay may have it.");
        // Cancelled by us: no one's fault, and nothing can have left without the final dot.
        if (outcome.Fault == SmtpFault.Cancelled) return Result(DeliveryResultKind.NotStarted, outcome.Stage, what);
        return outcome.Stage <= DeliveryStage.Mail
            ? Result(DeliveryResultKind.RouteFailed, outcome.Stage, what)
            // It burns an attempt: a message on which the relay breaks must not come back for ever.
            : Result(DeliveryResultKind.Deferred, outcome.Stage, what) with { DeferralScope = DeferralScope.Recipient };
    }

    private DeliveryResult Result(DeliveryResultKind kind, DeliveryStage stage, string diagnostic) =>
        new() { Kind = kind, Stage = stage, RemoteHost = host, Diagnostic = diagnostic };

    private static string Sentence(SmtpOutcome outcome)
    {
        var what = outcome.Fault switch
        {
            SmtpFault.Closed => outcome.Stage == DeliveryStage.Connect ? "No connection to the relay." : "The relay closed the connection.",
            SmtpFault.TimedOut => "The relay did not answer in time.",
            SmtpFault.Cancelled => "The hand-over was called off.",
            SmtpFault.ReplyTooLong => "The relay sent a reply beyond all limits.",
            SmtpFault.TlsMissing => "TLS is required and the relay does not offer it.",
            SmtpFault.TlsFailed => "The TLS handshake with the relay failed.",
            SmtpFault.AuthenticationMissing => "The relay offers no way to log in that is known.",
            SmtpFault.AuthenticationUnprotected => "The password was not sent, since the connection is not encrypted.",
            _ => "The relay sent what is no reply.",
        };
        return outcome.Detail is null ? what : $"{what} ({outcome.Detail})";
    }
}
