using System.Globalization;
using System.Text;
using Silo.Core.Delivery;

namespace Silo.Smtp.Client;

/// <summary>
/// MAIL, RCPT, DATA, the message. With PIPELINING (RFC 2920) the three commands leave in one write and the answers are read in order.
/// The gate stands directly before MAIL and before the final dot.
/// </summary>
internal sealed class Transaction(Wire wire, SmtpTimeouts timeouts, PeerExtensions peer, SmtpMail mail, bool reset)
{
    private readonly bool _reset = reset;
    private CancellationTokenRegistration _abort;

    /// <summary>MAIL was written.</summary>
    public bool Written { get; private set; }

    /// <summary>MAIL was taken and the transaction neither finished nor reset.</summary>
    public bool LeftOpen { get; private set; } = reset;

    /// <summary>Every command has its reply, so the connection can go on.</summary>
    public bool InStep { get; private set; } = true;

    public static bool NeedsUtf8(in SmtpMail mail) => mail.NeedsSmtpUtf8 || !Ascii.IsValid(mail.Sender) || !Ascii.IsValid(mail.Recipient);

    public async ValueTask<SmtpOutcome> Run()
    {
        var outcome = await Begin();
        if (outcome is not null) return outcome;
        outcome = peer.Pipelining ? await RestOfThePipeline() : await StepByStep();
        return outcome ?? await new MessageBody(wire, timeouts, mail).Send();
    }

    /// <summary>Up to the answered MAIL; null when it was taken.</summary>
    private async ValueTask<SmtpOutcome?> Begin()
    {
        if (wire.Replies.HasUnread)
            return SmtpOutcome.Broken(DeliveryStage.Mail, SmtpFault.BadReply, "a reply came that nothing had asked for");
        if (_reset && !peer.Pipelining && await Reset() is { } broken) return broken;

        _abort = wire.Watchdog.EndWith(mail.Gate.Aborted);
        try
        {
            AddCommands();
            if (!mail.Gate.TryBegin()) return Unwritten();
            Written = true;
            var fault = await wire.Flush(timeouts.Mail);
            if (fault == SmtpFault.None && _reset && peer.Pipelining) fault = await wire.Replies.Read(timeouts.Hello);
            if (fault == SmtpFault.None && _reset && peer.Pipelining && !wire.Replies.IsPositive)
                fault = wire.Replies.Code == 421 ? SmtpFault.Closed : SmtpFault.BadReply;
            if (fault == SmtpFault.None) fault = await wire.Replies.Read(timeouts.Mail);

            // From here on an abort comes too late; one that came before has ended the connection.
            await _abort.DisposeAsync();
            if (fault == SmtpFault.None) fault = wire.Watchdog.Fault;
            if (fault != SmtpFault.None) return NotAnswered(fault);
        }
        finally
        {
            await _abort.DisposeAsync();
        }

        return await MailAnswered();
    }

    private async ValueTask<SmtpOutcome?> MailAnswered()
    {
        // 421 closes the channel (RFC 5321 3.8): it answers no command, and the caller may begin anew elsewhere.
        if (wire.Replies.Code == 421)
        {
            InStep = false;
            return SmtpOutcome.Refused(DeliveryStage.Mail, wire.Replies.Reply);
        }

        mail.Gate.Begun();
        LeftOpen = wire.Replies.IsPositive;
        if (wire.Replies.IsPositive) return null;
        var refusal = SmtpOutcome.Refused(DeliveryStage.Mail, wire.Replies.Reply);
        if (peer.Pipelining) await ReadAway(recipientToo: true);
        return refusal;
    }

    private async ValueTask<SmtpOutcome?> RestOfThePipeline()
    {
        var fault = await wire.Replies.Read(timeouts.Recipient);
        if (fault != SmtpFault.None) return SmtpOutcome.Broken(DeliveryStage.Recipient, fault);
        if (!wire.Replies.IsPositive)
        {
            var refusal = SmtpOutcome.Refused(DeliveryStage.Recipient, wire.Replies.Reply);
            if (wire.Replies.Code == 421) InStep = false;
            else await ReadAway(recipientToo: false);
            return refusal;
        }

        return await DataAnswered();
    }

    private async ValueTask<SmtpOutcome?> StepByStep()
    {
        wire.Add("RCPT TO:<"u8);
        wire.Add(mail.Recipient);
        wire.Add(">\r\n"u8);
        var fault = await Ask(timeouts.Recipient);
        if (fault != SmtpFault.None) return SmtpOutcome.Broken(DeliveryStage.Recipient, fault);
        if (!wire.Replies.IsPositive) return SmtpOutcome.Refused(DeliveryStage.Recipient, wire.Replies.Reply);

        if (wire.Replies.HasUnread) return SmtpOutcome.Broken(DeliveryStage.Data, SmtpFault.BadReply);
        wire.Add("DATA\r\n"u8);
        fault = await wire.Flush(timeouts.Data);
        return fault == SmtpFault.None ? await DataAnswered() : SmtpOutcome.Broken(DeliveryStage.Data, fault);
    }

    private async ValueTask<SmtpOutcome?> DataAnswered()
    {
        var fault = await wire.Replies.Read(timeouts.Data);
        if (fault != SmtpFault.None) return SmtpOutcome.Broken(DeliveryStage.Data, fault);
        if (wire.Replies.Code == 354)
        {
            LeftOpen = false;
            return wire.Replies.HasUnread ? SmtpOutcome.Broken(DeliveryStage.Data, SmtpFault.BadReply) : null;
        }

        // 2xx to DATA leaves open what the peer will do with the next line, so nothing more is written to it.
        return wire.Replies.Code >= 400
            ? SmtpOutcome.Refused(DeliveryStage.Data, wire.Replies.Reply)
            : SmtpOutcome.Broken(DeliveryStage.Data, SmtpFault.BadReply, wire.Replies.Reply.ToString());
    }

    /// <summary>
    /// After a refusal the replies to the commands behind it are still to come. A 354 among them waits for a message (RFC 2920
    /// 3.1).
    /// </summary>
    private async ValueTask ReadAway(bool recipientToo)
    {
        InStep = false;
        if (recipientToo && await wire.Replies.Read(timeouts.Recipient) != SmtpFault.None) return;
        // A recipient that was taken without MAIL: a lone dot would send it an empty message.
        if (recipientToo && wire.Replies.Code < 400) return;
        if (await wire.Replies.Read(timeouts.Data) != SmtpFault.None) return;
        if (wire.Replies.Code == 354)
        {
            wire.Add(".\r\n"u8);
            if (await Ask(timeouts.FinalDot) != SmtpFault.None) return;
            LeftOpen = false;
        }

        InStep = wire.Replies.Code != 421 && !wire.Replies.HasUnread;
    }

    private async ValueTask<SmtpOutcome?> Reset()
    {
        wire.Add("RSET\r\n"u8);
        var fault = await Ask(timeouts.Hello);
        if (fault == SmtpFault.None && wire.Replies.Code == 421) fault = SmtpFault.Closed;
        if (fault == SmtpFault.None && !wire.Replies.IsPositive) fault = SmtpFault.BadReply;
        return fault == SmtpFault.None ? null : SmtpOutcome.Broken(DeliveryStage.Mail, fault);
    }

    private async ValueTask<SmtpFault> Ask(TimeSpan timeout)
    {
        if (wire.Replies.HasUnread) return SmtpFault.BadReply;
        var fault = await wire.Flush(timeout);
        return fault == SmtpFault.None ? await wire.Replies.Read(timeout) : fault;
    }

    private void AddCommands()
    {
        var culture = CultureInfo.InvariantCulture;
        if (_reset && peer.Pipelining) wire.Add("RSET\r\n"u8);
        wire.Add("MAIL FROM:<"u8);
        wire.Add(mail.Sender);
        wire.Add(">"u8);
        if (peer.Size) wire.Add(string.Create(culture, $" SIZE={mail.Size}"));
        if (mail.NeedsEightBit) wire.Add(" BODY=8BITMIME"u8);
        if (NeedsUtf8(mail)) wire.Add(" SMTPUTF8"u8);
        wire.Add("\r\n"u8);
        if (!peer.Pipelining) return;
        wire.Add("RCPT TO:<"u8);
        wire.Add(mail.Recipient);
        wire.Add(">\r\nDATA\r\n"u8);
    }

    private SmtpOutcome Unwritten()
    {
        wire.Discard();
        return new SmtpOutcome(SmtpOutcomeKind.NotBegun, DeliveryStage.Mail);
    }

    private SmtpOutcome NotAnswered(SmtpFault fault)
    {
        InStep = false;
        return fault == SmtpFault.Cancelled
            ? new SmtpOutcome(SmtpOutcomeKind.NotBegun, DeliveryStage.Mail) { Fault = fault }
            : SmtpOutcome.Broken(DeliveryStage.Mail, fault);
    }
}
