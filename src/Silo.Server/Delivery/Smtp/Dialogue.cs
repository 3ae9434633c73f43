using Silo.Core.Delivery;
using Silo.Core.Tenants;
using Silo.Smtp.Client;

namespace Silo.Server.Delivery.Smtp;

/// <summary>What the transports that speak SMTP have in common about one hand-over.</summary>
internal static class Dialogue
{
    /// <param name="left">As what a unit counts that the other side has taken.</param>
    public static SmtpMail ToMail(this HandOver handOver, UnitState left)
    {
        var reference = handOver.Refer(left);
        return new SmtpMail(reference.Sender ?? handOver.Envelope.Sender, handOver.Recipient, handOver.Content, handOver)
        {
            Header = reference.Header,
            NeedsEightBit = handOver.Envelope.NeedsEightBit,
            NeedsSmtpUtf8 = handOver.Envelope.NeedsSmtpUtf8,
        };
    }

    /// <summary>
    /// The peer had left before it answered MAIL: nothing was transferred. On a connection that was used before, a new one may well work.
    /// </summary>
    public static bool IsStale(this SmtpOutcome outcome) => outcome.Stage == DeliveryStage.Mail
        && (outcome is { Kind: SmtpOutcomeKind.Broken, Fault: SmtpFault.Closed } or { Kind: SmtpOutcomeKind.Refused, Reply.Code: 421 });
}
