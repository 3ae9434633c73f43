using Silo.Core.Addresses;
using Silo.Server.Access;
using Silo.Smtp.Server;

namespace Silo.Server.Submission;

/// <summary>The rules of one connection of submission: who has logged in, and what that allows.</summary>
/// <param name="isTlsRequired">Of the endpoint that the connection came to.</param>
internal sealed class SubmissionReceiver(SmtpPeer peer, bool isTlsRequired, SubmissionRules rules) : ISmtpReceiver
{
    private readonly bool _isTrusted = rules.IsTrusted(peer.Address);
    private AccessKey? _key;
    private AccessKey? _counted;
    private bool _wasTls;

    public async ValueTask<SmtpServerReply> Authenticate(SmtpCredentials credentials, CancellationToken cancellationToken)
    {
        _wasTls = peer.IsTls;
        // Whoever logs in again, after STARTTLS, has one place.
        Ended();
        (_key, var refusal) = await rules.Login(peer, credentials, cancellationToken);
        _counted = _key;
        return refusal ?? SubmissionReplies.Authenticated;
    }

    public void Ended()
    {
        if (_counted is not null) rules.LoggedOut(_counted);
        _counted = null;
    }

    public async ValueTask<SmtpServerReply> Sender(string sender, CancellationToken cancellationToken)
    {
        // What was said before the handshake may have been said by somebody else (RFC 3207 4.2).
        if (_wasTls != peer.IsTls) _key = null;
        if (_key is { } key)
        {
            // A connection may be open for an hour; a key that is disabled meanwhile does not send on.
            _key = await rules.Renew(key, cancellationToken);
            if (_key is null) return rules.Refuse("wrong_credentials", SubmissionReplies.WrongCredentials);
        }
        else if (!_isTrusted)
        {
            return isTlsRequired && !peer.IsTls
                ? rules.Refuse("tls_required", SmtpServerReply.TlsFirst)
                : rules.Refuse("login_required", SubmissionReplies.LoginFirst);
        }

        if (!rules.AcceptsWrites) return rules.Refuse("unavailable", SubmissionReplies.DiskFull);
        return EmailAddress.TryParse(sender, allowUtf8: true, out _)
            ? SubmissionReplies.SenderOk
            : rules.Refuse("bad_sender", SubmissionReplies.NoAddress(sender, "5.1.7"));
    }

    public ValueTask<SmtpServerReply> Recipient(string recipient, CancellationToken cancellationToken) => ValueTask.FromResult(
        EmailAddress.TryParse(recipient, allowUtf8: true, out _)
            ? SubmissionReplies.RecipientOk
            : rules.Refuse("bad_recipient", SubmissionReplies.NoAddress(recipient, "5.1.3")));

    public ValueTask<SmtpServerReply> Message(SmtpServerMessage message, CancellationToken cancellationToken) =>
        rules.Submit(peer, _key, message, cancellationToken);
}
