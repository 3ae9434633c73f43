namespace Silo.Smtp.Server;

/// <summary>
/// Whose mail a server takes, and where it goes: the rules behind the protocol, of one connection. One that keeps nothing may serve
/// several.
/// </summary>
public interface ISmtpReceiver
{
    /// <summary>Asked only where AUTH is offered; a positive reply lets the client in.</summary>
    ValueTask<SmtpServerReply> Authenticate(SmtpCredentials credentials, CancellationToken cancellationToken) =>
        ValueTask.FromResult(new SmtpServerReply(535, "5.7.8", "Authentication Credentials Invalid"));

    /// <summary>The dialogue is over; asked nothing more after it. Called once for each dialogue.</summary>
    void Ended()
    {
    }

    /// <param name="sender">The reverse path without angle brackets; empty for the null sender.</param>
    ValueTask<SmtpServerReply> Sender(string sender, CancellationToken cancellationToken);

    /// <param name="recipient">The forward path without angle brackets.</param>
    ValueTask<SmtpServerReply> Recipient(string recipient, CancellationToken cancellationToken);

    /// <summary>
    /// A positive reply takes the responsibility over (RFC 5321 6.1): not before what follows from the message is stored.
    /// </summary>
    ValueTask<SmtpServerReply> Message(SmtpServerMessage message, CancellationToken cancellationToken);
}

/// <param name="Recipients">Those that were taken, one at least.</param>
/// <param name="Content">Lines end in CRLF and nothing else; dots are as the sender meant them. Not changed afterwards.</param>
public sealed record SmtpServerMessage(string Sender, IReadOnlyList<string> Recipients, ReadOnlyMemory<byte> Content);
