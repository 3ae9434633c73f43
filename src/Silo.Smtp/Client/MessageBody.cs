using Silo.Core.Delivery;

namespace Silo.Smtp.Client;

/// <summary>The message behind the 354, to the answer of its final dot.</summary>
internal sealed class MessageBody(Wire wire, SmtpTimeouts timeouts, SmtpMail mail)
{
    public async ValueTask<SmtpOutcome> Send()
    {
        // A field name begins its lines, so there is no dot to double.
        var fault = mail.Header.IsEmpty ? SmtpFault.None : await wire.AddContent(mail.Header, timeouts.DataBlock);
        if (fault == SmtpFault.None) fault = await DotStuffing.AddStuffed(wire, mail.Content, timeouts.DataBlock);
        if (fault != SmtpFault.None) return await WriteFailed(fault, finalDotWritten: false);
        // Without the final dot the peer drops what it has (RFC 5321 4.1.1.4), so the connection is closed and nothing has left.
        if (!mail.Gate.MayFinish())
            return SmtpOutcome.Broken(DeliveryStage.FinalDot, SmtpFault.Cancelled, "the right to act for the tenant was lost");
        if (wire.Watchdog.Fault is not SmtpFault.None and var ended) return SmtpOutcome.Broken(DeliveryStage.FinalDot, ended);

        wire.Add(".\r\n"u8);
        fault = await wire.Flush(timeouts.DataBlock);
        if (fault != SmtpFault.None) return await WriteFailed(fault, finalDotWritten: true);
        fault = await wire.Replies.Read(timeouts.FinalDot);
        if (fault != SmtpFault.None) return SmtpOutcome.Broken(DeliveryStage.FinalDot, fault, finalDotWritten: true);

        var reply = wire.Replies.Reply;
        if (wire.Replies.IsPositive) return new SmtpOutcome(SmtpOutcomeKind.Accepted, DeliveryStage.FinalDot) { Reply = reply };
        return reply.Code >= 400
            ? SmtpOutcome.Refused(DeliveryStage.FinalDot, reply)
            : SmtpOutcome.Broken(DeliveryStage.FinalDot, SmtpFault.BadReply, reply.ToString(), finalDotWritten: true);
    }

    /// <summary>A peer that refuses in the middle of a message closes behind its reply: the reason may still lie there.</summary>
    private async ValueTask<SmtpOutcome> WriteFailed(SmtpFault fault, bool finalDotWritten)
    {
        if (fault == SmtpFault.Closed && await wire.Replies.Read(timeouts.FinalDot) == SmtpFault.None && wire.Replies.Code >= 400)
            return SmtpOutcome.Refused(DeliveryStage.FinalDot, wire.Replies.Reply) with { Fault = SmtpFault.Closed };
        return SmtpOutcome.Broken(DeliveryStage.FinalDot, fault, finalDotWritten: finalDotWritten);
    }
}
