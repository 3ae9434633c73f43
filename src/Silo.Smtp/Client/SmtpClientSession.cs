namespace Silo.Smtp.Client;

/// <summary>
/// One SMTP dialogue as a client (RFC 5321), over a stream that is connected already. Not for concurrent use: one step after the
/// other. Every step answers an <see cref="SmtpOutcome"/>; after one that leaves <see cref="IsUsable"/> false the session is to be
/// disposed.
/// </summary>
public sealed class SmtpClientSession : IAsyncDisposable
{
    private readonly Wire _wire;
    private readonly SmtpClientOptions _options;

    /// <param name="stream">Owned from here on. Must honour the token of its reads and writes.</param>
    public SmtpClientSession(Stream stream, SmtpClientOptions options, TimeProvider time)
    {
        _wire = new Wire(stream, time);
        _options = options;
    }

    /// <summary>What the server offers; after STARTTLS, what it offers under TLS.</summary>
    public PeerExtensions Extensions { get; private set; } = PeerExtensions.None;

    /// <summary>The dialogue is encrypted.</summary>
    public bool IsSecure { get; private set; }

    /// <summary>The dialogue is open, in step, and can take another transaction.</summary>
    public bool IsUsable { get; private set; }

    /// <summary>Transactions that were written to this connection, whatever came of them.</summary>
    public int Transactions { get; private set; }

    // The last transaction was left open, so RSET comes before the next MAIL.
    private bool NeedsReset { get; set; }

    /// <summary>Greeting, EHLO, STARTTLS and AUTH as the options say. Once per session.</summary>
    public async ValueTask<SmtpOutcome> Open(CancellationToken cancellationToken)
    {
        var cancellation = _wire.Watchdog.EndWith(cancellationToken);
        try
        {
            var opening = new Opening(_wire, _options);
            var outcome = await opening.Run();
            (Extensions, IsSecure, IsUsable) = (opening.Extensions, opening.IsSecure, outcome.IsAccepted);
            return outcome;
        }
        finally
        {
            await cancellation.DisposeAsync();
        }
    }

    /// <summary>One transaction. What cannot be sent to this peer is refused before anything is written.</summary>
    public async ValueTask<SmtpOutcome> Send(SmtpMail mail, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(!IsUsable, this);
        var objection = Objection(mail);
        if (objection != SmtpFault.None) return SmtpOutcome.Unsendable(objection);
        var cancellation = _wire.Watchdog.EndWith(cancellationToken);
        try
        {
            var transaction = new Transaction(_wire, _options.Timeouts, Extensions, mail, NeedsReset);
            var outcome = await transaction.Run();
            if (transaction.Written) Transactions++;
            NeedsReset = transaction.LeftOpen;
            IsUsable = transaction.InStep && _wire.Watchdog.Fault == SmtpFault.None && outcome.Kind != SmtpOutcomeKind.Broken
                && outcome is not { Fault: SmtpFault.Closed } and not { Reply.Code: 421 };
            return outcome;
        }
        finally
        {
            await cancellation.DisposeAsync();
        }
    }

    /// <summary>Says QUIT and waits briefly for the answer, as RFC 5321 4.1.1.10 asks. Nothing depends on it.</summary>
    public async ValueTask Quit()
    {
        if (!IsUsable) return;
        IsUsable = false;
        _wire.Add("QUIT\r\n"u8);
        if (await _wire.Flush(_options.Timeouts.Quit) == SmtpFault.None) await _wire.Replies.Read(_options.Timeouts.Quit);
    }

    public ValueTask DisposeAsync()
    {
        IsUsable = false;
        return _wire.DisposeAsync();
    }

    private SmtpFault Objection(in SmtpMail mail)
    {
        if (!Mailbox.IsSafe(mail.Sender, mayBeEmpty: true)) return SmtpFault.BadSender;
        if (!Mailbox.IsSafe(mail.Recipient, mayBeEmpty: false)) return SmtpFault.BadRecipient;
        if (Transaction.NeedsUtf8(mail) && !Extensions.SmtpUtf8) return SmtpFault.Utf8Missing;
        if (mail.NeedsEightBit && !Extensions.EightBitMime) return SmtpFault.EightBitMissing;
        return Extensions.MaxSizeBytes < mail.Size ? SmtpFault.TooLarge : SmtpFault.None;
    }
}
