using Silo.Core.Delivery;

namespace Silo.Smtp.Client;

/// <summary>From the greeting to the point where mail may be sent. Each step answers null to go on.</summary>
internal sealed class Opening(Wire wire, SmtpClientOptions options)
{
    private readonly SmtpTimeouts _timeouts = options.Timeouts;

    public PeerExtensions Extensions { get; private set; } = PeerExtensions.None;

    public bool IsSecure { get; private set; }

    public async ValueTask<SmtpOutcome> Run() =>
        await Implicit() ?? await Greeting() ?? await Hello() ?? await StartTls() ?? await Authenticate()
            ?? new SmtpOutcome(SmtpOutcomeKind.Accepted, DeliveryStage.None);

    private async ValueTask<SmtpOutcome?> Implicit()
    {
        if (options.TlsMode == SmtpTlsMode.Implicit) return await Secure();
        wire.Begin();
        return null;
    }

    private async ValueTask<SmtpOutcome?> Greeting()
    {
        var fault = await wire.Replies.Read(_timeouts.Greeting);
        if (fault != SmtpFault.None) return SmtpOutcome.Broken(DeliveryStage.Greeting, fault);
        return wire.Replies.Code == 220 ? null : SmtpOutcome.Refused(DeliveryStage.Greeting, wire.Replies.Reply);
    }

    private async ValueTask<SmtpOutcome?> Hello()
    {
        var lines = new List<string>();
        var broken = await Ask($"EHLO {options.HelloName}\r\n", DeliveryStage.Hello, lines);
        if (broken is not null) return broken;
        if (wire.Replies.Code == 250)
        {
            Extensions = PeerExtensions.Parse(lines);
            return null;
        }

        // 500, 501, 502, 504 and 550 say "not this command" (RFC 5321 3.2); the rest is about us.
        if (wire.Replies.Code is not (500 or 501 or 502 or 504 or 550)) return SmtpOutcome.Refused(DeliveryStage.Hello, wire.Replies.Reply);
        broken = await Ask($"HELO {options.HelloName}\r\n", DeliveryStage.Hello);
        if (broken is not null) return broken;
        Extensions = PeerExtensions.None;
        return wire.Replies.Code == 250 ? null : SmtpOutcome.Refused(DeliveryStage.Hello, wire.Replies.Reply);
    }

    private async ValueTask<SmtpOutcome?> StartTls()
    {
        if (IsSecure || options.TlsMode is SmtpTlsMode.None) return null;
        if (!Extensions.StartTls)
            return options.TlsMode == SmtpTlsMode.Required ? SmtpOutcome.Broken(DeliveryStage.StartTls, SmtpFault.TlsMissing) : null;

        var broken = await Ask("STARTTLS\r\n", DeliveryStage.StartTls);
        if (broken is not null) return broken;
        if (wire.Replies.Code != 220) return SmtpOutcome.Refused(DeliveryStage.StartTls, wire.Replies.Reply);
        // What came behind the 220 was not sent by the one who holds the key (CVE-2011-0411).
        if (wire.Replies.HasUnread)
            return SmtpOutcome.Broken(DeliveryStage.StartTls, SmtpFault.TlsFailed, "plain text was injected before the handshake");
        return await Secure() ?? await Hello();
    }

    private async ValueTask<SmtpOutcome?> Secure()
    {
        var (fault, detail) = await TlsUpgrade.Run(wire, options);
        if (fault != SmtpFault.None) return SmtpOutcome.Broken(DeliveryStage.StartTls, fault, detail);
        IsSecure = true;
        return null;
    }

    private async ValueTask<SmtpOutcome?> Authenticate()
    {
        if (options.Credential is not { } credential) return null;
        if (!IsSecure && !options.PeerIsLoopback)
            return SmtpOutcome.Broken(DeliveryStage.Authenticate, SmtpFault.AuthenticationUnprotected);
        if (!Extensions.AuthPlain && !Extensions.AuthLogin)
            return SmtpOutcome.Broken(DeliveryStage.Authenticate, SmtpFault.AuthenticationMissing);

        foreach (var line in Authentication.Lines(credential, Extensions.AuthPlain))
        {
            var broken = await Ask(line + "\r\n", DeliveryStage.Authenticate);
            if (broken is not null) return broken;
            if (wire.Replies.Code is not (334 or 235)) return SmtpOutcome.Refused(DeliveryStage.Authenticate, wire.Replies.Reply);
        }

        return wire.Replies.Code == 235 ? null : SmtpOutcome.Refused(DeliveryStage.Authenticate, wire.Replies.Reply);
    }

    private async ValueTask<SmtpOutcome?> Ask(string command, DeliveryStage stage, List<string>? lines = null)
    {
        // An answer that is there before the question would be taken for the answer to every later one.
        if (wire.Replies.HasUnread) return SmtpOutcome.Broken(stage, SmtpFault.BadReply, "a reply came that nothing had asked for");
        wire.Add(command);
        var fault = await wire.Flush(_timeouts.Hello);
        if (fault == SmtpFault.None) fault = await wire.Replies.Read(_timeouts.Hello, lines);
        return fault == SmtpFault.None ? null : SmtpOutcome.Broken(stage, fault);
    }
}
